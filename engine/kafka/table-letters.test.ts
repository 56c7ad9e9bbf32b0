import { expect, test } from "vitest";
import { compile } from "../compile.ts";
import type { SimulatedKafka } from "../fixtures/kafka-simulation.ts";
import { runningWorker } from "../fixtures/kafka-worker.ts";
import type { Plan } from "../plan.ts";
import type { Value } from "../template.ts";
import { fromWire } from "./wire-record.ts";

/** Wells with the row of their plate, which has a compound as text. */
const planOf = (compound: string[]): Plan =>
  compile({
    name: "t",
    partitions: 2,
    schemas: {
      "plate@1": { type: "object", properties: { compound: { type: compound } }, required: ["compound"] },
      "well@1": { type: "object", properties: { plate: { type: "string" }, well: { type: "string" } } },
    },
    graph: {
      wells: { type: "topic-stream", "topic-name": "wells", key: "{well}", schema: "well@1" },
      plates: { type: "topic-table", "topic-name": "plates", schema: "plate@1" },
      treated: {
        type: "stream-operation",
        inputs: ["wells", "plates"],
        function: { join: { table: "plates", key: "{plate}", as: "plate", wait: true } },
      },
      out: { type: "publish", "topic-name": "out", stream: "treated" },
    },
  });
const strict = planOf(["string"]);
const lax = planOf(["string", "number"]);
const row = (kafka: SimulatedKafka, value: Value): void => {
  const record = { key: "P1", value: JSON.stringify(value), timestamp: 1 };
  kafka.append([{ topic: "plates", partition: 0, records: [record] }]);
};
interface Found {
  at: { partition: number; offset: number };
  key: string;
  letter: Value;
}
/** Dead letters that nobody has taken back. */
function letters(kafka: SimulatedKafka): Found[] {
  return [0, 1].flatMap((partition) => {
    const { records } = kafka.read({ topic: "t-dead-letters", partition });
    const gone = new Set(records.flatMap(({ value, headers }) => (value === null ? [Number(headers?.offset)] : [])));
    return records.flatMap((record) => {
      const letter = record.value === null || gone.has(record.offset) ? undefined : fromWire(record);
      return letter === undefined
        ? []
        : [{ at: { partition, offset: record.offset }, key: letter.key, letter: letter.value }];
    });
  });
}
function redrive(kafka: SimulatedKafka, found: Found): void {
  const value = JSON.stringify({ kind: "redrive", ...found });
  for (const partition of [0, 1])
    kafka.append([{ topic: "t-commands", partition, records: [{ key: "redrive", value, timestamp: kafka.now }] }]);
}
const well = (value: Value): string => String(value.well);

test("a table row that came while nobody ran and breaks its schema is told of once, and changes nothing", async () => {
  const first = runningWorker(strict);
  const { kafka } = first;
  await first.until(() => first.worker.status.state === "running");
  row(kafka, { compound: "DMSO" });
  first.put("wells", [{ well: "A01", plate: "P1" }], well);
  await first.until(() => first.read("out").length === 1);
  kafka.kill("w");
  row(kafka, { compound: 7 });
  for (const host of ["second", "third"]) {
    const next = runningWorker(strict, { kafka, host });
    next.put("wells", [{ well: host, plate: "P1" }], well);
    await next.until(() => next.read("out").some((value) => value.well === host) && letters(kafka).length > 0);
    expect(letters(kafka).map(({ letter }) => [letter.node, letter.code])).toEqual([
      ["plates", "engine/schema-violation"],
    ]);
    expect(next.read("out").at(-1)).toMatchObject({ plate: { compound: "DMSO" } });
    kafka.kill(host);
  }
});

test("a table row's dead letter that is sent again is a row again where its schema takes it, else a letter again", async () => {
  const first = runningWorker(strict);
  const { kafka } = first;
  await first.until(() => first.worker.status.state === "running");
  row(kafka, { compound: 7 });
  await first.until(() => letters(kafka).length === 1);
  const [broken] = letters(kafka) as [Found];
  redrive(kafka, broken);
  await first.until(() => letters(kafka).some(({ at }) => at.offset !== broken.at.offset));
  expect(letters(kafka)).toMatchObject([{ letter: { node: "plates", key: "P1", code: "engine/schema-violation" } }]);
  row(kafka, { compound: "DMSO" });
  kafka.kill("w");
  const second = runningWorker(lax, { kafka, host: "second" });
  const [again] = letters(kafka) as [Found];
  redrive(kafka, again);
  redrive(kafka, again);
  await second.until(() => letters(kafka).length === 0);
  const { records } = kafka.read({ topic: "plates", partition: 0 });
  expect(records.map(({ value }) => JSON.parse(String(value)))).toEqual(
    [7, 7, "DMSO", 7].map((compound) => ({ compound })),
  );
  const before = kafka.now;
  await second.until(() => kafka.now > before + 5000);
  second.put("wells", [{ well: "A01", plate: "P1" }], well);
  await second.until(() => second.read("out").length === 1);
  expect(second.read("out")).toMatchObject([{ plate: { compound: 7 } }]);
});
