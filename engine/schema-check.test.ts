import { expect, test } from "vitest";
import { z } from "zod";
import { compile } from "./compile.ts";
import { thrown } from "./fixtures/errors.ts";
import { SimulatedKafka } from "./fixtures/kafka-simulation.ts";
import { layoutOf } from "./kafka/layout.ts";
import { objectOf } from "./kafka/wire-record.ts";
import { Worker } from "./kafka/worker.ts";
import { schemaCheck } from "./schema-check.ts";
import { namedSchema } from "./schema-registry.ts";
import { testDriver } from "./test-driver.ts";

const { codeOf, errorOf } = thrown;
const image = z.object({ plate: z.string(), tiles: z.array(z.object({ x: z.int() })), kind: z.enum(["raw", "made"]) });
const sound = { plate: "P1", tiles: [{ x: 1 }], kind: "raw" };

/** Images joined with rows of plates; both have a schema. */
function planOf(dag: string, schemas: Record<string, unknown> = {}): ReturnType<typeof compile> {
  const row = { type: "object", properties: { role: { type: "string" } }, required: ["role"] };
  const graph = {
    images: { type: "topic-stream", "topic-name": `${dag}-images`, key: "{plate}", schema: "image" },
    plates: { type: "topic-table", "topic-name": `${dag}-plates`, schema: "row@1" },
    placed: {
      type: "stream-operation",
      inputs: ["images", "plates"],
      function: { join: { table: "plates", key: "{plate}", as: "row" } },
    },
    out: { type: "publish", "topic-name": `${dag}-out`, stream: "placed" },
  };
  return compile({
    name: dag,
    partitions: 2,
    graph,
    schemas: { "row@1": row, ...namedSchema("image", 1, image), ...schemas },
  });
}

test.each<[string, unknown, string, RegExp]>([
  ["a field that is missing", { ...sound, plate: undefined }, "plate", /^is missing$/],
  [
    "a deep one of another type",
    { ...sound, tiles: [{ x: 1 }, { x: 1.5 }] },
    "tiles[1].x",
    /^must be integer, found 1\.5$/,
  ],
  ["a value that is not listed", { ...sound, kind: "old" }, "kind", /^must be one of "raw", "made", found "old"$/],
  ["no object", 3, "the record", /^must be object, found 3$/],
])("a violation names its path and what was found: %s", (_, value, path, problem) => {
  const check = schemaCheck("image@1", namedSchema("image", 1, image)["image@1"] as never);
  expect(check(sound)).toBeUndefined();
  expect(check({ ...sound, more: 1 })).toBeUndefined();
  const found = check(JSON.parse(JSON.stringify(value)));
  expect(found?.path).toBe(path);
  expect(found?.problem).toMatch(problem);
});

test("a field beside those of a closed schema is one, too", () => {
  const check = schemaCheck("a", { type: "object", properties: { a: {} }, additionalProperties: false });
  expect(check({ a: 1, b: 2 })).toEqual({ path: "b", problem: "is not among the fields of the schema" });
});

test("what is no JSON Schema, has no sound name or is nowhere, is refused at compile", () => {
  expect(errorOf(() => planOf("d", { "odd@1": { type: "thing" } }))).toMatchObject({
    code: "engine/invalid-schema",
    schema: "odd@1",
  });
  expect(codeOf(() => planOf("d", { "odd@1": { propertys: {} } }))).toBe("engine/invalid-schema");
  const graph = (schema: string): unknown => ({
    name: "d",
    graph: { a: { type: "topic-stream", "topic-name": "a", schema } },
  });
  const schemas = namedSchema("image", 2, image);
  expect(compile(graph("image"), { schemas }).nodes[0]?.schema).toBe("image@2");
  expect(errorOf(() => compile(graph("imge"), { schemas }))).toMatchObject({ code: "engine/unknown-schema" });
  expect(errorOf(() => compile(graph("image@1"), { schemas })).message).toContain('Did you mean "image@2"?');
  expect(codeOf(() => compile(graph("anything")))).toBe("none");
  expect(codeOf(() => compile({ ...(graph("image") as object), schemas: { "image@2": true } }, { schemas }))).toBe(
    "engine/invalid-spec",
  );
});

test("a plan holds the schemas that its nodes name, and no others", () => {
  const plan = planOf("d", { "unused@1": true });
  expect(Object.keys(plan.schemas ?? {})).toEqual(["image@1", "row@1"]);
  expect(planOf("d").sha256).toBe(plan.sha256);
});

test("a record that breaks its schema is set aside with the path, everything else goes on; re-driven under another schema it enters", () => {
  const driver = testDriver(planOf("d"));
  driver.push("d-plates", { role: 3 }, { key: "P1" });
  driver.push("d-plates", { role: "control" }, { key: "P2" });
  driver.push("d-plates", { role: 4 }, { key: "P2" });
  driver.push("d-images", { ...sound, tiles: [{ x: "one" }] });
  driver.push("d-images", { ...sound, plate: "P2" });
  expect(driver.read("d-out").map(({ value }) => [value.plate, value.row])).toEqual([["P2", { role: "control" }]]);
  expect(driver.deadLetters().map(({ node, code, key }) => [node, code, key])).toEqual([
    ["d.plates", "engine/schema-violation", "P1"],
    ["d.plates", "engine/schema-violation", "P2"],
    ["d.images", "engine/schema-violation", "P1"],
  ]);
  expect(driver.deadLetters()[2]?.message).toContain(
    'breaks schema "image@1" at tiles[0].x: must be integer, found "one"',
  );
  driver.redrive("all");
  expect(driver.deadLetters()).toHaveLength(3);
  const tolerant = planOf("d", { "image@2": { type: "object" }, "row@1": { type: "object" } });
  const later = testDriver(tolerant, { db: driver.db });
  later.redrive("all");
  expect(later.deadLetters()).toEqual([]);
  expect(later.read("d-out").map(({ value }) => [value.plate, value.row])).toEqual([
    ["P2", { role: "control" }],
    ["P1", { role: 3 }],
  ]);
});

test("so it is on Kafka: a broken record becomes one dead letter, whoever works", async () => {
  const plan = planOf("k");
  const kafka = new SimulatedKafka(() => 0.5);
  const workers = ["a", "b"].map(
    (host) => new Worker({ broker: kafka.broker(host), clock: kafka.clock(host), plan, id: host }),
  );
  for (const worker of workers) void worker.start();
  const turns = async (count: number): Promise<void> => {
    for (let turn = 0; turn < count; turn++) {
      kafka.step();
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
  };
  await turns(300);
  const append = (topic: string, partition: number, key: string, value: unknown): void => {
    kafka.append([{ topic, partition, records: [{ key, value: JSON.stringify(value), timestamp: 1 }] }]);
  };
  append("k-plates", 0, "P1", { role: "control" });
  append("k-plates", 0, "P1", { role: 3 });
  const { partitionOf } = await import("./partition.ts");
  append("k-images", partitionOf("P1", 2), "P1", { ...sound, kind: "old" });
  await turns(600);
  append("k-images", partitionOf("P1", 2), "P1", sound);
  await turns(600);
  const read = (topic: string): Record<string, unknown>[] =>
    [0, 1].flatMap((partition) =>
      kafka.read({ topic, partition }).records.map(({ value }) => objectOf(value as Buffer) ?? {}),
    );
  expect(read("k-out").map(({ row }) => row)).toEqual([{ role: "control" }]);
  const letters = read(layoutOf(plan).deadLetters).map(({ node, code }) => `${node} ${code}`);
  expect(letters.sort()).toEqual(["images engine/schema-violation", "plates engine/schema-violation"]);
  for (const worker of workers) void worker.stop();
  await turns(200);
});
