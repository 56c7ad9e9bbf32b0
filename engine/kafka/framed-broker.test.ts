import { expect, test } from "vitest";
import type { Batch, Broker, Read, RecordIn } from "./broker.ts";
import { ConfluentWire } from "./confluent-wire.ts";
import { framedBroker } from "./framed-broker.ts";

const framed = (json: string): Buffer => Buffer.concat([Buffer.from([0, 0, 0, 0, 7]), Buffer.from(json)]);
const wire = new ConfluentWire({
  byId: async () => ({ schemaType: "JSON", schema: "{}", references: [] }),
  bySubject: () => Promise.reject(new Error("not asked")),
  register: async () => 7,
});

test("what is above knows JSON alone: records are read out of their frames, and chosen topics written in them", async () => {
  const written: Batch[] = [];
  const read = (): Read => {
    const records: RecordIn[] = ['{"a":1}', framed('{"a":2}')].map((value, offset) => ({
      offset,
      key: "k",
      value: Buffer.from(value),
      timestamp: 0,
    }));
    return { topic: "in", partition: 0, from: 0, records, next: 2, stable: 2, end: 2 };
  };
  const keep = async (batches: readonly Batch[]): Promise<number[]> => {
    written.push(...batches);
    return batches.map(() => 0);
  };
  const beneath = {
    fetch: async () => [read()],
    readAt: async () => read(),
    append: keep,
  } as Partial<Broker> as Broker;
  const broker = framedBroker(beneath, wire, new Map([["out", await wire.writer("out-value", "json", {})]]));
  const wait = { maxWaitMs: 0, maxBytes: 1 };
  const at = { topic: "in", partition: 0, offset: 0 };
  const [fetched] = await broker.fetch([at], wait);
  for (const { records } of [fetched!, await broker.readAt(at, wait)])
    expect(records.map(({ value }) => value!.toString())).toEqual(['{"a":1}', '{"a":2}']);
  const records = ['{"a":3}', null].map((value) => ({ key: "k", value, timestamp: 0 }));
  await broker.append(["out", "other"].map((topic) => ({ topic, partition: 0, records })));
  expect(written.map((batch) => batch.records.map(({ value }) => value))).toEqual([
    [framed('{"a":3}'), null],
    ['{"a":3}', null],
  ]);
});
