import type { Schema, Type } from "avsc";
import { AvroSchemaError } from "../errors.ts";
import type { JsonSchema } from "../json-schema.ts";
import { avroOfJsonSchema } from "./avro-schema.ts";
import type { RecordIn } from "./broker.ts";
import type { RegistryClient } from "./registry-client.ts";

/** What begins a record in Confluent's wire format: a zero byte, then the schema's id in four bytes, big-endian. */
const frameBytes = 5;

/** A value in Confluent's wire format: no JSON text begins with a zero byte. @returns the schema's id; undefined for any other value */
export function schemaIdOf(value: Buffer): number | undefined {
  return value.length >= frameBytes && value[0] === 0 ? value.readUInt32BE(1) : undefined;
}

/** Reads a value after its frame as JSON text; what cannot be read says why. */
type Reader = (payload: Buffer) => Buffer;

/** Reads and writes values in Confluent's wire format, of schemas that a registry keeps. */
export class ConfluentWire {
  readonly #registry: RegistryClient;
  readonly #readers = new Map<number, Promise<Reader>>();

  constructor(registry: RegistryClient) {
    this.#registry = registry;
  }

  /**
   * Turns framed values into the JSON text that they mean; others stay as they are, and so do those that cannot be read, with the reason as
   * `unreadable`. Bytes become base64, a union its value.
   * @throws SchemaRegistryError (engine/schema-registry) when the registry cannot be asked: the records are read again later
   */
  async read(records: readonly RecordIn[]): Promise<void> {
    for (const record of records) {
      const id = record.value === null ? undefined : schemaIdOf(record.value);
      if (id === undefined || record.value === null) continue;
      const reader = await this.#reader(id);
      try {
        record.value = reader(record.value.subarray(frameBytes));
      } catch (error) {
        const { message } = error as Error;
        record.unreadable = [`a value of schema ${id}: ${message}`, "one that its schema can read"];
      }
    }
  }

  /**
   * Registers a topic's schema, and writes its records by it.
   * @param subject "features-value"
   * @throws AvroSchemaError (engine/avro-schema); SchemaRegistryError (engine/schema-registry), as when the registry's rule for changes forbids it
   */
  async writer(subject: string, format: "avro" | "json", schema: JsonSchema): Promise<(json: string) => Buffer> {
    if (format === "json") {
      const frame = frameOf(await this.#registry.register(subject, "JSON", JSON.stringify(schema)));
      return (json) => Buffer.concat([frame, Buffer.from(json)]);
    }
    const avro = avroOfJsonSchema(schema, subject.replace(/-value$/, ""));
    const type = await typeOf(avro, []);
    const frame = frameOf(await this.#registry.register(subject, "AVRO", JSON.stringify(avro)));
    return (json) => {
      try {
        return Buffer.concat([frame, type.toBuffer(JSON.parse(json))]);
      } catch (error) {
        throw new AvroSchemaError(subject, `a record does not fit, ${(error as Error).message}`);
      }
    };
  }

  #reader(id: number): Promise<Reader> {
    const known = this.#readers.get(id);
    if (known !== undefined) return known;
    const asked = this.#open(id);
    this.#readers.set(id, asked);
    // What could not be asked is asked again.
    asked.catch(() => this.#readers.delete(id));
    return asked;
  }

  async #open(id: number): Promise<Reader> {
    const found = await this.#registry.byId(id);
    if (found === undefined) return refusing("the registry has no such schema");
    if (found.schemaType === "JSON") return (payload) => payload;
    if (found.schemaType === "PROTOBUF") return refusing("Protobuf is not read; Avro and JSON are");
    const type = await typeOf(JSON.parse(found.schema), await this.#named(found));
    return (payload) => Buffer.from(jsonOf(type.fromBuffer(payload)));
  }

  /** Schemas that another one refers to, each after those that it refers to itself. */
  async #named({ references }: { references: readonly { subject: string; version: number }[] }): Promise<Schema[]> {
    const schemas: Schema[] = [];
    for (const { subject, version } of references) {
      const one = await this.#registry.bySubject(subject, version);
      schemas.push(...(await this.#named(one)), JSON.parse(one.schema));
    }
    return schemas;
  }
}

async function typeOf(schema: Schema, named: readonly Schema[]): Promise<Type> {
  // Avro's library is loaded by those who meet a record of it.
  const { default: avsc } = await import("avsc");
  // The library's own long is wrong beyond 2^52: it loses the last digits of what it writes.
  const long = avsc.types.LongType.__with({
    fromBuffer: (bytes: Buffer) => {
      const wide = bytes.readBigInt64LE();
      if (Number.isSafeInteger(Number(wide))) return Number(wide);
      throw new RangeError(`the number ${wide}, beyond 2^53 - 1`);
    },
    toBuffer: (value: number) => {
      const bytes = Buffer.alloc(8);
      bytes.writeBigInt64LE(BigInt(value));
      return bytes;
    },
    fromJSON: Number,
    toJSON: Number,
    isValid: Number.isSafeInteger,
    compare: (a: number, b: number) => a - b,
  });
  const options = { registry: { long }, wrapUnions: "never" as const };
  for (const one of named) avsc.Type.forSchema(one, options);
  return avsc.Type.forSchema(schema, options);
}

function refusing(reason: string): Reader {
  return () => {
    throw new RangeError(reason);
  };
}

function frameOf(id: number): Buffer {
  const frame = Buffer.alloc(frameBytes);
  frame.writeUInt32BE(id, 1);
  return frame;
}

function jsonOf(value: unknown): string {
  return JSON.stringify(value, function (this: Record<string, unknown>, name, text: unknown) {
    const own = this[name];
    return own instanceof Uint8Array ? Buffer.from(own).toString("base64") : text;
  });
}
