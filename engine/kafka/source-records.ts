import { KeyMismatchError } from "../errors.ts";
import { inexactInteger } from "../json.ts";
import { isLong, type KeyType, partitionOf } from "../partition.ts";
import type { LogRecord } from "../records.ts";
import { parseTemplate, type Template } from "../template.ts";
import type { RecordIn } from "./broker.ts";
import { schemaIdOf } from "./confluent-wire.ts";
import type { Layout } from "./layout.ts";
import type { PartitionOutput } from "./partition-output.ts";
import { fromWire } from "./wire-record.ts";

/** Reads records of Kafka for a partition: what is no record of its topic, or lies in the wrong partition, is set aside. */
export class SourceRecords {
  readonly #partition: number;
  readonly #partitions: number;
  readonly #output: PartitionOutput;
  readonly #templates = new Map<string, Template>();
  readonly #keys: ReadonlyMap<string, KeyType>;

  constructor(partition: number, layout: Layout, output: PartitionOutput) {
    this.#partition = partition;
    this.#partitions = layout.partitions;
    this.#output = output;
    this.#keys = layout.keysOf;
    for (const [topic, handlers] of layout.handlers) {
      for (const handler of handlers)
        if (handler.kind === "source" && handler.key !== undefined)
          this.#templates.set(topic, parseTemplate(handler.key));
    }
  }

  /** A record that somebody wrote, under the key that its topic makes of it. */
  given(node: string, topic: string, one: RecordIn): LogRecord | undefined {
    const record = this.readable(node, topic, one);
    const template = this.#templates.get(topic);
    if (record === undefined || template === undefined || record.failure !== undefined) return record;
    const key = template.fill(record.value);
    const keys = this.#keys.get(topic);
    const isLost = key === undefined || (keys === "long" && !isLong(key));
    if (isLost || partitionOf(key, this.#partitions, keys) !== this.#partition) {
      const error = new KeyMismatchError(topic, record.key, `the partition of "${template.source}"`);
      this.#output.setAside(node, record, error.code, error.message);
      return undefined;
    }
    record.key = key;
    return record;
  }

  /** A record that holds a JSON object. */
  readable(node: string, topic: string, one: RecordIn): LogRecord | undefined {
    const record = fromWire(one);
    if (record !== undefined) return record;
    const text = one.value === null ? null : one.value.toString("utf8", 0, 2000);
    const [found, expected] = unreadable(one);
    const message = `Offset ${one.offset} of topic "${topic}" holds ${found}. Expected ${expected}.`;
    const poison = { key: one.key ?? "", value: { text }, timestamp: one.timestamp };
    this.#output.setAside(node, poison, "engine/unreadable-record", message);
    return undefined;
  }
}

/** What a record holds in place of a JSON object, and what was expected. */
function unreadable({ value, unreadable: why }: RecordIn): readonly [found: string, expected: string] {
  if (why !== undefined) return why;
  if (value === null) return ["no value", "one JSON object a record"];
  const id = schemaIdOf(value);
  if (id !== undefined)
    return [
      `a value of schema ${id} in Confluent's wire format`,
      "JSON, or --registry with the address of the registry",
    ];
  const wide = inexactInteger(value.toString());
  if (wide !== undefined)
    return [`the number ${wide}, beyond 2^53 - 1`, "such ids as text, or they become one another"];
  return ["no JSON object", "one JSON object a record"];
}
