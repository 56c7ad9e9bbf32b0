import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import fc from "fast-check";
import { describe, expect, it, onTestFinished } from "vitest";
import type { RecordIn } from "./broker.ts";
import { ConfluentWire } from "./confluent-wire.ts";
import { type RegistryClient, type RegistrySchema, registryClient } from "./registry-client.ts";

const golden = JSON.parse(readFileSync(new URL("../fixtures/confluent-wire.json", import.meta.url), "utf8"));

function memoryRegistry(schemas: Record<number, Partial<RegistrySchema>> = {}) {
  const subjects = new Map<string, RegistrySchema>();
  const ids = new Map<number, RegistrySchema>();
  const whole = (one: Partial<RegistrySchema>): RegistrySchema => ({
    schemaType: "AVRO",
    schema: "",
    references: [],
    ...one,
  });
  for (const [id, one] of Object.entries(schemas)) ids.set(Number(id), whole(one));
  const asked: number[] = [];
  const registry: RegistryClient = {
    async byId(id) {
      asked.push(id);
      return ids.get(id);
    },
    async bySubject(subject, version) {
      return subjects.get(`${subject} ${version}`)!;
    },
    async register(subject, schemaType, schema) {
      const one = whole({ schemaType, schema });
      subjects.set(`${subject} 1`, one);
      ids.set(ids.size + 1, one);
      return ids.size;
    },
  };
  return { registry, asked, subjects };
}

const recordOf = (value: Buffer): RecordIn => ({ offset: 0, key: "k", value, timestamp: 0 });
const read = async (wire: ConfluentWire, value: Buffer): Promise<RecordIn> => {
  const record = recordOf(value);
  await wire.read([record]);
  return record;
};
const jsonOf = ({ value }: RecordIn): unknown => JSON.parse(value!.toString());

describe("records in Confluent's wire format", () => {
  it("are read as Confluent's own client means them, Avro and JSON, each schema asked for once", async () => {
    const { registry, asked } = memoryRegistry({
      1: { schema: JSON.stringify(golden.avro.schema) },
      2: { schemaType: "JSON", schema: JSON.stringify(golden.json.schema) },
    });
    const wire = new ConfluentWire(registry);
    for (const { bytes, value } of [...golden.avro.cases, golden.json])
      expect(jsonOf(await read(wire, Buffer.from(bytes, "hex")))).toEqual(value);
    expect(asked).toEqual([1, 2]);
  });

  it("that cannot be read stay as they are and say why; others are left alone", async () => {
    const wire = new ConfluentWire(
      memoryRegistry({ 1: { schema: JSON.stringify(golden.avro.schema) }, 7: { schemaType: "PROTOBUF" } }).registry,
    );
    const cut = Buffer.from(golden.avro.cases[0].bytes, "hex").subarray(0, 20);
    expect((await read(wire, cut)).unreadable?.[0]).toMatch(/^a value of schema 1: /);
    expect((await read(wire, Buffer.from(golden.avro.beyondExact, "hex"))).unreadable?.[0]).toBe(
      "a value of schema 1: the number 9007199254740993, beyond 2^53 - 1",
    );
    expect((await read(wire, Buffer.from("000000000963", "hex"))).unreadable?.[0]).toBe(
      "a value of schema 9: the registry has no such schema",
    );
    expect((await read(wire, Buffer.from("000000000763", "hex"))).unreadable?.[0]).toContain("Protobuf is not read");
    expect((await read(wire, cut)).value).toEqual(cut);
    for (const text of ['{"a":1}', "\0", ""])
      expect(await read(wire, Buffer.from(text))).toEqual(recordOf(Buffer.from(text)));
  });

  it("may refer to schemas of other subjects, which refer to others", async () => {
    const { registry, subjects } = memoryRegistry({
      1: {
        schema: JSON.stringify({ type: "record", name: "A", fields: [{ name: "b", type: "B" }] }),
        references: [{ name: "B", subject: "b", version: 1 }],
      },
    });
    const fields = [{ name: "c", type: "C" }];
    const b = JSON.stringify({ type: "record", name: "B", fields });
    subjects.set("b 1", { schemaType: "AVRO", schema: b, references: [{ name: "C", subject: "c", version: 1 }] });
    const c = JSON.stringify({ type: "enum", name: "C", symbols: ["X", "Y"] });
    subjects.set("c 1", { schemaType: "AVRO", schema: c, references: [] });
    expect(jsonOf(await read(new ConfluentWire(registry), Buffer.from("000000000102", "hex")))).toEqual({
      b: { c: "Y" },
    });
  });

  it("are read again when the registry could not be asked", async () => {
    const { registry } = memoryRegistry({ 1: { schemaType: "JSON" } });
    let isDown = true;
    const wire = new ConfluentWire({
      ...registry,
      byId: async (id) => {
        if (isDown) throw new Error("connection refused");
        return registry.byId(id);
      },
    });
    const framed = Buffer.from(golden.json.bytes, "hex");
    framed.writeUInt32BE(1, 1);
    await expect(read(wire, framed)).rejects.toThrow("connection refused");
    isDown = false;
    expect(jsonOf(await read(wire, framed))).toEqual(golden.json.value);
  });
});

describe("records that are published in Confluent's wire format", () => {
  const schema = {
    type: "object",
    properties: {
      plate: { type: "string" },
      site: { type: "integer" },
      focus: { type: "number" },
      isBlurred: { type: ["boolean", "null"] },
      note: { anyOf: [{ type: "string" }, { type: "null" }] },
      channels: {
        type: "array",
        items: { type: "object", properties: { name: { enum: ["DNA", "ER"] } }, required: ["name"] },
      },
      metrics: { type: "object", additionalProperties: { type: "number" } },
    },
    required: ["plate", "site", "focus", "channels"],
  };

  it.each(["avro", "json"] as const)("as %s come back as they were", async (format) => {
    const { registry, subjects } = memoryRegistry();
    const wire = new ConfluentWire(registry);
    const write = await wire.writer("lab-sites-value", format, schema);
    expect(subjects.get("lab-sites-value 1")!.schemaType).toBe(format.toUpperCase());
    const records = fc.record(
      {
        plate: fc.string(),
        site: fc.maxSafeInteger(),
        focus: fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0),
        isBlurred: fc.option(fc.boolean()),
        note: fc.option(fc.string()),
        channels: fc.array(fc.record({ name: fc.constantFrom("DNA", "ER") })),
        metrics: fc.dictionary(
          fc.string().filter((name) => name !== "__proto__"),
          fc.integer(),
        ),
      },
      { requiredKeys: ["plate", "site", "focus", "channels"] },
    );
    await fc.assert(
      fc.asyncProperty(records, async (record) => {
        // Avro has no field that is absent: it is null.
        const absent = format === "json" ? {} : { isBlurred: null, note: null, metrics: null };
        const found = jsonOf(await read(wire, write(JSON.stringify(record))));
        expect(found).toEqual(JSON.parse(JSON.stringify({ ...absent, ...record })));
      }),
    );
  });

  it("that do not fit, as a number beyond 2^53, are refused with the topic's subject", async () => {
    const write = await new ConfluentWire(memoryRegistry().registry).writer("sites-value", "avro", schema);
    const record = { plate: "P1", site: 2 ** 60, focus: 1, channels: [] };
    expect(() => write(JSON.stringify(record))).toThrow(/^sites-value: a record does not fit, .*1152921504606/);
  });

  it.each([
    [{ type: "object", properties: { a: {} } }, "/properties/a", "does not say its type"],
    [{ type: "object", properties: { a: { type: ["string", "number"] } } }, "/properties/a", "one of string, number"],
    [{ type: "object", properties: { "a-b": { type: "string" } } }, "/properties/a-b", "its name is none in Avro"],
    [
      { $ref: "#/$defs/a", $defs: { a: { properties: { a: { $ref: "#/$defs/a" } } } } },
      "/properties/a",
      "it holds itself",
    ],
    [{ type: "array", items: { anyOf: [{ type: "string" }, { type: "object" }] } }, "/items", "one of 2 kinds"],
  ])("are refused at the start when Avro has no type: %j", async (wrong, path, problem) => {
    const started = new ConfluentWire(memoryRegistry().registry).writer("a-value", "avro", wrong);
    await expect(started).rejects.toMatchObject({ code: "engine/avro-schema", path });
    await expect(started).rejects.toThrow(problem);
  });
});

describe("a registry", () => {
  it("is asked by its HTTP API, logged in with what the address has, which no message tells", async () => {
    const seen: { path: string; method: string; login: string | undefined; body: string }[] = [];
    const server = createServer(async (request, response) => {
      let body = "";
      for await (const chunk of request) body += chunk;
      const { url: path = "", method = "", headers } = request;
      seen.push({ path, method, login: headers.authorization, body });
      const told: Record<string, [number, unknown]> = {
        "/r/schemas/ids/3": [200, { schema: '"string"' }],
        "/r/schemas/ids/4": [404, { error_code: 40403, message: "Schema not found" }],
        "/r/schemas/ids/5": [200, { hello: 1 }],
        "/r/subjects/a%2Fb-value/versions": [200, { id: 9 }],
        "/r/subjects/c/versions": [409, { error_code: 409, message: "Schema being registered is incompatible" }],
      };
      const [status, answer] = told[path] ?? [503, "busy"];
      response.writeHead(status).end(JSON.stringify(answer));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const client = registryClient(`http://key:se%3Acret@127.0.0.1:${port}/r/`);
    expect(await client.byId(3)).toEqual({ schema: '"string"', schemaType: "AVRO", references: [] });
    expect(await client.byId(4)).toBeUndefined();
    expect(await client.register("a/b-value", "JSON", "{}")).toBe(9);
    expect(seen[0]!.login).toBe(`Basic ${Buffer.from("key:se:cret").toString("base64")}`);
    expect(JSON.parse(seen[2]!.body)).toEqual({ schema: "{}", schemaType: "JSON" });
    const wrong = await client.register("c", "AVRO", "{}").catch((error: Error) => error);
    expect(wrong).toMatchObject({ code: "engine/schema-registry" });
    expect((wrong as Error).message).toContain("is incompatible");
    expect((wrong as Error).message).not.toContain("cret");
    await expect(client.byId(5)).rejects.toThrow("not that of a schema registry");
    await expect(client.byId(6)).rejects.toThrow("status 503");
    server.close();
    server.closeAllConnections();
    await expect(client.byId(3)).rejects.toMatchObject({ code: "engine/schema-registry" });
  });
});
