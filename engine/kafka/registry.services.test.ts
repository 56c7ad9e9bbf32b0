/** Needs brokers and a schema registry: `scripts/services up kafka`, `scripts/services up registry`. */
import { readFileSync } from "node:fs";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { compile } from "../compile.ts";
import { connectKafka } from "./client.ts";
import { openKafka } from "./open-kafka.ts";
import { registryClient } from "./registry-client.ts";

const { ARTESIAN_KAFKA: kafka = "", ARTESIAN_SCHEMA_REGISTRY: address = "" } = process.env;
const isHere = kafka !== "" && address !== "";
const golden = JSON.parse(readFileSync(new URL("../fixtures/confluent-wire.json", import.meta.url), "utf8"));
const name = `wire-${Date.now()}`;
const plan = compile({
  name,
  partitions: 2,
  schemas: {
    "focus@1": {
      type: "object",
      properties: { plate: { type: "string" }, site: { type: "integer" }, note: { type: ["string", "null"] } },
      required: ["plate", "site"],
    },
  },
  graph: {
    images: { type: "topic-stream", "topic-name": `${name}-images` },
    focus: {
      type: "stream-operation",
      inputs: ["images"],
      function: { map: { pick: ["plate", "site", "note"] } },
      "value-schema": "focus@1",
    },
    out: { type: "publish", "topic-name": `${name}-focus`, stream: "focus" },
  },
});

if (!isHere)
  it.skip("2 tests of a schema registry need it and brokers: scripts/services up kafka, up registry", () => {});

describe.skipIf(!isHere)("a workflow beside a schema registry", () => {
  it("reads what Confluent's client wrote, publishes by a registered schema, and sets aside what no schema reads", async () => {
    const brokers = kafka.split(",");
    const broker = await connectKafka({ brokers });
    onTestFinished(() => broker.close());
    const registry = registryClient(address);
    const id = await registry.register(`${name}-images-value`, "AVRO", JSON.stringify(golden.avro.schema));
    const runtime = await openKafka({ brokers, plans: [plan], registry: { address, publishAs: "avro" } });
    onTestFinished(() => runtime.stop());
    const framed = (bytes: string, schema = id): Buffer => {
      const value = Buffer.from(bytes, "hex");
      value.writeUInt32BE(schema, 1);
      return value;
    };
    const [first, second] = golden.avro.cases as {
      bytes: string;
      value: { plate: string; site: number; note: string | null };
    }[];
    const values = [
      framed(first!.bytes),
      framed(first!.bytes, 4_000_000),
      framed(second!.bytes),
      '{"plate":"P3","site":3}',
    ];
    const records = values.map((value) => ({ key: "P", value, timestamp: 1 }));
    await broker.append([{ topic: `${name}-images`, partition: 0, records }]);
    const read = async () =>
      (await Promise.all([0, 1].map((partition) => runtime.readTopic(`${name}-focus`, partition)))).flat();
    await vi.waitFor(async () => expect(await read()).toHaveLength(3), { timeout: 20_000 });
    const told = [first!.value, second!.value].map(({ plate, site, note }) => ({ plate, site, note }));
    expect((await read()).map(({ value }) => value)).toEqual([...told, { plate: "P3", site: 3, note: null }]);
    // Others find the schema by the id in each record.
    const raw = (
      await Promise.all(
        [0, 1].map((partition) =>
          broker.readAt({ topic: `${name}-focus`, partition, offset: 0 }, { maxWaitMs: 100, maxBytes: 2 ** 20 }),
        ),
      )
    ).flatMap((one) => one.records);
    expect(raw).toHaveLength(3);
    for (const { value } of raw) {
      const known = await registry.byId(value!.readUInt32BE(1));
      expect(value![0]).toBe(0);
      expect(JSON.parse(known!.schema).fields.map((field: { name: string }) => field.name)).toEqual([
        "plate",
        "site",
        "note",
      ]);
    }
    const [letter, ...others] = await runtime.deadLetters(name);
    expect(others).toEqual([]);
    expect(letter).toMatchObject({ code: "engine/unreadable-record" });
    expect(letter!.message).toContain("a value of schema 4000000: the registry has no such schema");
  }, 60_000);

  it("does not start with a schema that the registry's rule for changes forbids, and says so", async () => {
    const registry = registryClient(address);
    const subject = `${name}-changed-${name}-focus-value`;
    const fields = [{ name: "plate", type: "string" }];
    await registry.register(subject, "AVRO", JSON.stringify({ type: "record", name: "Focus", fields }));
    const rule = await fetch(`${address}/config/${subject}`, {
      method: "PUT",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ compatibility: "FULL" }),
    });
    expect(rule.ok).toBe(true);
    const started = openKafka({
      brokers: kafka.split(","),
      plans: [plan],
      topics: { prefix: `${name}-changed-` },
      registry: { address, publishAs: "avro" },
    });
    await expect(started).rejects.toMatchObject({ code: "engine/schema-registry" });
  });
});
