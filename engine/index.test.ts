import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import * as engine from "./index.ts";

test("the room's public names", () => {
  expect(Object.keys(engine).sort()).toMatchInlineSnapshot(`
    [
      "AvroSchemaError",
      "BadScheduleError",
      "CycleError",
      "DiskFullError",
      "DocumentSyntaxError",
      "DuplicateNodeError",
      "FieldTypeError",
      "IncompatiblePlanError",
      "Inspector",
      "InvalidExpressionError",
      "InvalidSchemaError",
      "InvalidSpecError",
      "InvalidTestError",
      "KafkaCodeError",
      "KafkaFencedError",
      "KafkaHungTransactionError",
      "KafkaLeftError",
      "KafkaPartitionsError",
      "KafkaPlanError",
      "KafkaRefusedError",
      "KafkaRuntime",
      "KafkaUnavailableError",
      "KeyMismatchError",
      "KeyTypeError",
      "LockedError",
      "MissingFieldError",
      "NewerDatabaseError",
      "NotCoPartitionedError",
      "NotFoundError",
      "NotificationError",
      "PlanChangedError",
      "RecordTooLargeError",
      "ReplayOffsetError",
      "ReplayRefusedError",
      "ReservedNameError",
      "SchemaMismatchError",
      "SchemaRegistryError",
      "StoppedError",
      "TaskTimeoutError",
      "TestDriver",
      "UnknownExecutorError",
      "UnknownFunctionError",
      "UnknownNodeError",
      "UnknownSchemaError",
      "UnknownTaskError",
      "UnknownTopicError",
      "UnreachableNodeError",
      "WorkerLostError",
      "WrongInputError",
      "appendOnceToKafka",
      "bucketUri",
      "compareEvents",
      "compile",
      "connectBucket",
      "connectFolder",
      "connectSchedule",
      "connectTopic",
      "dag",
      "defaultLimits",
      "defaultRetention",
      "defaultWorkerLimits",
      "diffPlans",
      "failureCodes",
      "fullName",
      "idempotencyKeyOf",
      "isSameVersion",
      "joinDeployment",
      "namedSchema",
      "objectEventSchema",
      "objectUri",
      "occurrenceOf",
      "openEmbedded",
      "openKafka",
      "openKafkaEngine",
      "openReader",
      "parseDagTest",
      "parseSpec",
      "partitionOf",
      "readNotification",
      "readSchedule",
      "redriveStopped",
      "registryBreaks",
      "replayShadow",
      "runDagTest",
      "schemaBreaks",
      "severities",
      "severitiesOf",
      "startRuntimeThread",
      "step",
      "switchToShadow",
      "taskError",
      "taskIdentity",
      "testDriver",
      "topologyOf",
      "versionBreaks",
      "versionOf",
    ]
  `);
});

test("the README's example runs and says what it says", async () => {
  const readme = readFileSync(new URL("./README.md", import.meta.url), "utf8");
  const example = /```ts\n([\s\S]*?)```/.exec(readme)?.[1] ?? "";
  const body = example
    .replace(/^import .*$/m, "")
    .replaceAll(" as unknown[]", "")
    .replace(/^(driver\.read.*);.*$/m, "return $1;");
  const run = new Function("compile", "testDriver", `return (async () => {${body}})()`) as (
    ...args: unknown[]
  ) => Promise<unknown>;
  expect(await run(engine.compile, engine.testDriver)).toBe(2);
});

test("every error has a code of this room and a message that says what to do", () => {
  const source = readFileSync(new URL("./errors.ts", import.meta.url), "utf8");
  const classes = source.match(/^export class \w+/gm) ?? [];
  const codes = source.match(/defineError\(\s*"engine\/[a-z-]+"/g) ?? [];
  expect(new Set(codes.map((code) => code.replaceAll(/\s/g, ""))).size).toBe(classes.length);
  expect(classes.length).toBeGreaterThan(40);
});

test("every code that the room can give is a class's or listed with what to do", () => {
  const room = new URL(".", import.meta.url);
  const sources = readdirSync(room).filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"));
  const used = sources.flatMap((name) => readFileSync(new URL(name, room), "utf8").match(/"engine\/[a-z-]+"/g) ?? []);
  const errors = readFileSync(new URL("./errors.ts", import.meta.url), "utf8");
  const known: readonly string[] = errors.match(/"engine\/[a-z-]+"/g) ?? [];
  expect([...new Set(used)].filter((code) => !known.includes(code))).toEqual([]);
  expect(Object.keys(engine.failureCodes).filter((code) => !used.includes(`"${code}"`))).toEqual([]);
});
