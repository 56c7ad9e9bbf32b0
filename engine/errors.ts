import { defineError } from "@artesian/data/define-error.ts"; // alone: threads and commands start sooner

/** A workflow document that is not one: `path` says where. */
export class InvalidSpecError extends defineError(
  "engine/invalid-spec",
  (dag: string, path: string, problem: string) => [`Workflow "${dag}", ${path}: ${problem}`, { dag, path, problem }],
) {}

/** A document that is not JSON or EDN: line and column, from 1, say where. */
export class DocumentSyntaxError extends defineError(
  "engine/syntax",
  (format: "JSON" | "EDN", line: number, column: number, problem: string) => [
    `Line ${line}, column ${column}: ${problem}. Correct the document there; it is read as ${format}.`,
    { format, line, column, problem },
  ],
) {}

/** An input or stream that names no node of the graph. */
export class UnknownNodeError extends defineError(
  "engine/unknown-node",
  (dag: string, path: string, found: string, known: string[]) => [
    `Workflow "${dag}", ${path}: there is no node "${found}". Nodes are ${known.join(", ")}.`,
    { dag, path, found, known },
  ],
) {}

/** Nodes that wait for each other. */
export class CycleError extends defineError("engine/cycle", (dag: string, nodes: string[]) => [
  `Workflow "${dag}": ${nodes.join(" → ")} is a cycle. A graph must flow one way: remove one of these inputs.`,
  { dag, nodes },
]) {}

/** A node used as an input although it has no output of that kind. */
export class WrongInputError extends defineError(
  "engine/wrong-input",
  (dag: string, path: string, found: string, expected: string) => [
    `Workflow "${dag}", ${path}: found ${found}, expected ${expected}.`,
    { dag, path, found, expected },
  ],
) {}

/** Two streams to be joined whose equal keys do not lie in the same partition. */
export class NotCoPartitionedError extends defineError(
  "engine/not-co-partitioned",
  (dag: string, node: string, sides: { name: string; key: string | undefined; keys: string | undefined }[]) => {
    const found = sides.map(({ name, key, keys }) => {
      const by = key === undefined ? "keys nobody states" : `"${key}"`;
      return `"${name}" by ${by}${keys === undefined ? "" : ` as ${keys}`}`;
    });
    return [
      `Workflow "${dag}", graph.${node}: its sides are not co-partitioned: ${found.join(", ")}. Give the join "by" (both sides are then repartitioned), or key both streams alike.`,
      { dag, node, sides },
    ];
  },
) {}

/** A node that no topic reaches, so that it would never run. */
export class UnreachableNodeError extends defineError("engine/unreachable-node", (dag: string, node: string) => [
  `Workflow "${dag}", graph.${node}: no stream reaches this node. Give it a topic-stream or a node that has one as input.`,
  { dag, node },
]) {}

/** A name that the engine keeps for itself or that a topic cannot have. */
export class ReservedNameError extends defineError(
  "engine/reserved-name",
  (dag: string, path: string, found: string) => [
    `Workflow "${dag}", ${path}: "${found}" cannot be used. Names are letters, digits, "-" and "_" (topics also "."), and neither begin with "." nor equal another node's topic.`,
    { dag, path, found },
  ],
) {}

/** A function that the registry does not hold. */
export class UnknownFunctionError extends defineError(
  "engine/unknown-function",
  (dag: string, path: string, found: string, known: string[]) => [
    `Workflow "${dag}", ${path}: no function "${found}" is registered. Registered: ${known.length > 0 ? known.join(", ") : "none"}.`,
    { dag, path, found, known },
  ],
) {}

/** A task name for which no handler was given. */
export class UnknownTaskError extends defineError("engine/unknown-task", (task: string, known: string[]) => [
  `No handler for task "${task}". The tasks module exports ${known.length > 0 ? known.join(", ") : "none"}.`,
  { task, known },
]) {}

/** A script of test cases that cannot be read: `path` says where. */
export class InvalidTestError extends defineError(
  "engine/invalid-test",
  (file: string, path: string, problem: string) => [
    `${file}, ${path}: ${problem}. Steps are push, advance, task, run-tasks, close-input, redrive, crash and expect.`,
    { file, path, problem },
  ],
) {}

/** Two nodes of one name, as a builder sees them. */
export class DuplicateNodeError extends defineError("engine/duplicate-node", (dag: string, node: string) => [
  `Workflow "${dag}": there is a node "${node}" already. Give this one another name: by it its state and topics are known.`,
  { dag, node },
]) {}

/**
 * An edge whose consumer reads a field that its producer does not write: `at` is where in the consumer the document says so, `fields` are
 * there in its place, `nearest` is the whole path that was most likely meant. The producer has `fields: "by"` when it is the consumer itself, of
 * which only what it groups by can be read.
 */
export class SchemaMismatchError extends defineError(
  "engine/schema-mismatch",
  (
    dag: string,
    producer: { node: string; fields?: string },
    consumer: { node: string; at: string },
    field: string,
    missing: { at: string; step: string; known: string[]; found: string },
    nearest: string | undefined,
  ) => {
    const place = missing.at === "" ? "It has" : `At "${missing.at}" it has`;
    const there = `${place} ${missing.known.length > 0 ? missing.known.join(", ") : missing.found}`;
    const what =
      producer.fields === undefined
        ? `which "${producer.node}" does not write`
        : `which is not among the fields of its "${producer.fields}"`;
    const hint = nearest === undefined ? "Correct either side." : `Did you mean "${nearest}"?`;
    return [
      `Workflow "${dag}", graph.${consumer.node}.${consumer.at}: "${consumer.node}" reads field "${field}", ${what}. ${there}. ${hint}`,
      { dag, producer: producer.node, consumer: consumer.node, at: consumer.at, field, fields: missing.known, nearest },
    ];
  },
) {}

/** An edge whose consumer needs a field in another form than its producer writes it. */
export class FieldTypeError extends defineError(
  "engine/field-type",
  (
    dag: string,
    producer: string,
    consumer: { node: string; at: string },
    field: string,
    found: string,
    expected: string,
  ) => [
    `Workflow "${dag}", graph.${consumer.node}.${consumer.at}: "${consumer.node}" reads "${field}" as ${expected}, "${producer}" writes ${found}. Name another field, or correct the schema.`,
    { dag, producer, consumer: consumer.node, field, found, expected },
  ],
) {}

/** A schema that no registry holds. */
export class UnknownSchemaError extends defineError(
  "engine/unknown-schema",
  (dag: string, path: string, found: string, known: string[], nearest: string | undefined) => [
    `Workflow "${dag}", ${path}: there is no schema "${found}". ${nearest === undefined ? "" : `Did you mean "${nearest}"? `}There are ${known.join(", ")}.`,
    { dag, path, found, known },
  ],
) {}

/** A schema that is no JSON Schema, or a name that no schema can have. */
export class InvalidSchemaError extends defineError("engine/invalid-schema", (schema: string, problem: string) => [
  `Schema "${schema}": ${problem}. Schemas are JSON Schema (draft 2020-12), named like image@2.`,
  { schema, problem },
]) {}

/** An expression of `expect` that cannot be read. */
export class InvalidExpressionError extends defineError(
  "engine/invalid-expression",
  (expression: string, position: number, problem: string) => [
    `Expression "${expression}", character ${position + 1}: ${problem}. Allowed: numbers, fields, + - * / ( ).`,
    { expression, position, problem },
  ],
) {}

/** A topic that no plan of this engine names. */
export class UnknownTopicError extends defineError("engine/unknown-topic", (topic: string, known: string[]) => [
  `No workflow here reads or writes topic "${topic}". Topics are ${known.join(", ")}.`,
  { topic, known },
]) {}

/** A record whose given key differs from the one its topic's template makes. */
export class KeyMismatchError extends defineError(
  "engine/key-mismatch",
  (topic: string, found: string | undefined, expected: string) => [
    `A record for topic "${topic}" has key "${found ?? ""}"; expected ${expected}. Leave the key out, or correct the fields.`,
    { topic, found, expected },
  ],
) {}

/** A key that is not what its node's `key-schema` says. */
export class KeyTypeError extends defineError("engine/key-type", (node: string, found: string) => [
  `A record at node "${node}" has key "${found}"; its key-schema is "long", a whole number of 64 bits. Correct the field that the key is made of, or the key-schema.`,
  { node, found },
]) {}

/** A record over the size limit: big data belongs into an object store, its pointer into the record. */
export class RecordTooLargeError extends defineError(
  "engine/record-too-large",
  (origin: string, sizeBytes: number, limitBytes: number) => [
    `A record of "${origin}" has ${sizeBytes} bytes, the limit is ${limitBytes}. Put the data into the object store and send its pointer.`,
    { origin, sizeBytes, limitBytes, retryable: false as const },
  ],
) {}

/** No room on the disk: nothing was accepted, nothing is lost, and the engine goes on when there is room again. */
export class DiskFullError extends defineError("engine/disk-full", (dir: string) => [
  `No room is left for ${dir}. Nothing was accepted and nothing is lost; free some space and the engine goes on.`,
  { dir },
]) {}

/** A data folder that another process writes to. */
export class LockedError extends defineError("engine/locked", (dir: string, pid: number) => [
  `${dir} is in use by process ${pid}. One data folder has one writer: stop that process, or use another folder.`,
  { dir, pid },
]) {}

/** A data folder made by a newer engine. */
export class NewerDatabaseError extends defineError(
  "engine/newer-database",
  (dir: string, found: number, expected: number) => [
    `${dir} has format ${found}, this engine knows formats up to ${expected}. Use the newer version, or another folder.`,
    { dir, found, expected },
  ],
) {}

/** A call to a runtime that has been stopped. */
export class StoppedError extends defineError("engine/stopped", () => [
  "The runtime has been stopped. Open it again on the same folder: everything that was acknowledged is there.",
  {},
]) {}

/** A task id or dead letter that does not exist, or not in a state that allows the call. */
export class NotFoundError extends defineError("engine/not-found", (what: string, id: string) => [
  `No ${what} ${id}. It may have been resolved or removed by retention.`,
  { what, id },
]) {}

/** A node whose executor is not there. */
export class UnknownExecutorError extends defineError(
  "engine/unknown-executor",
  (node: string, executor: string, known: string[]) => [
    `Node "${node}" names executor "${executor}", which is not configured. There are thread, lease${known.map((one) => `, ${one}`).join("")}. Configure it (docs/executors.md) or name one of these.`,
    { node, executor, known },
  ],
) {}

/** A task that ran longer than its node allows. */
export class TaskTimeoutError extends defineError("engine/task-timeout", (task: string, timeoutMs: number) => [
  `Task "${task}" did not finish within ${timeoutMs} ms, nor was its worker heard of. Raise the node's timeout, send heartbeats, or look at its log.`,
  { task, timeoutMs },
]) {}

/** A worker that ended while it had a task. */
export class WorkerLostError extends defineError("engine/worker-lost", (task: string, reason: string) => [
  `The worker that ran task "${task}" ended: ${reason}.`,
  { task, reason },
]) {}

/** A state that changed its place in a way that needs a migration, such as another number of partitions. */
export class IncompatiblePlanError extends defineError(
  "engine/incompatible-plan",
  (what: string, found: string, expected: string) => [
    `${what}: this folder has ${found}, the workflow asks for ${expected}. Keep the old value, or have the state rebuilt beside the old: artesian replay FILE --data DIR --from 0 --shadow, then --switch.`,
    { what, found, expected },
  ],
) {}

/** A changed workflow that cannot go on with entries of its stores: they would be mixed with new ones of another kind. */
export class PlanChangedError extends defineError(
  "engine/plan-changed",
  (
    dag: string,
    stores: readonly { store: string; kind: string; why: string }[],
    where: "folder" | "kafka" = "folder",
  ) => {
    const otherwise =
      where === "folder"
        ? ", have the state rebuilt beside the old (artesian replay FILE --data DIR --from 0 --shadow, then --switch), or discard these entries (--discard-state)"
        : ", or have the state built anew from the input beside the old (--shadow TEXT with another data folder; nothing is discarded on Kafka)";
    const named = stores.map(({ store, kind, why }) => `${store} (${kind}): ${why}`).join(". ");
    return [
      `Workflow "${dag}" has changed, and entries of its state do not fit it. ${named}. Give the node or the workflow another name${otherwise}.`,
      { dag, stores: stores.map(({ store, why }) => ({ store, why })) },
    ];
  },
) {}

/** A record without a field that its node needs. */
export class MissingFieldError extends defineError("engine/missing-field", (node: string, fields: string) => [
  `Node "${node}" needs ${fields} as text or number in every record; this record lacks it. Correct its producer, then re-drive.`,
  { node, fields },
]) {}

/** A schedule that cannot be followed. */
export class BadScheduleError extends defineError(
  "engine/bad-schedule",
  (cron: string, timeZone: string, problem: string, options?: ErrorOptions) => [
    `Schedule "${cron}" in ${timeZone} cannot be followed: ${problem}. Expected five parts, minute hour day month weekday ("0 3 * * 1-5"), or six with the second first, and a time zone such as "Europe/Berlin".`,
    { cron, timeZone, problem },
    options,
  ],
) {}

/** A document that should tell of objects, and does not in any form that stores and queues send. */
export class NotificationError extends defineError("engine/notification", (at: string, problem: string) => [
  `This is no notification of objects: ${at} is ${problem}. Expected {"Records": [{"eventName", "s3": {"bucket", "object"}}]} as S3 and MinIO send it, or a message of SQS or SNS around it. Nothing of it was taken in.`,
  { at, problem },
]) {}

/** A newer producer or group generation has taken this worker's place; it drops what it holds and joins again. */
export class KafkaFencedError extends defineError("engine/kafka-fenced", (what: string, reason: string) => [
  `${what}: Kafka answered ${reason}. Another worker has taken over; nothing of this transaction was committed. The worker joins again by itself.`,
  { what, reason },
]) {}

/** Kafka cannot be reached, or did not do what was asked within its time. */
export class KafkaUnavailableError extends defineError(
  "engine/kafka-unavailable",
  (brokers: readonly string[], reason: string, cause?: unknown) => [
    `Kafka at ${brokers.join(", ")}: ${reason}. Check the address and that the brokers run.`,
    { brokers, reason },
    { cause },
  ],
) {}

/** A process has ended while Kafka did not answer. */
export class KafkaLeftError extends defineError(
  "engine/kafka-left",
  (brokers: readonly string[], records: number, answers: number) => {
    const parts = [
      ...(records > 0 ? [`${records} records that were computed and not committed`] : []),
      ...(answers > 0 ? [`${answers} answers of tasks`] : []),
    ];
    const left = parts.length === 0 ? "Nothing was open." : `Left: ${parts.join(", ")}; they are done again.`;
    return [
      `Kafka at ${brokers.join(", ")} did not answer while this process ended. ${left} Nothing is lost: others, or the next start, go on from what is committed once the brokers are back.`,
      { brokers, records, answers },
    ];
  },
) {}

/** A schema registry that does not answer, or refuses. */
export class SchemaRegistryError extends defineError(
  "engine/schema-registry",
  (registry: string, request: string, reason: string) => [
    `Schema registry ${registry}, ${request}: ${reason}. Check --registry, and that the registry allows the change.`,
    { registry, request, reason },
  ],
) {}

/** A schema of records that Avro has no type for. */
export class AvroSchemaError extends defineError("engine/avro-schema", (path: string, problem: string) => [
  `${path}: ${problem}. Avro needs one type for each value; say so in the schema, or publish as JSON.`,
  { path, problem },
]) {}

/** Kafka refuses a request for good. */
export class KafkaRefusedError extends defineError(
  "engine/kafka-refused",
  (request: string, reason: string, cause?: unknown) => [
    `Kafka refused ${request} with ${reason}. Look the name up under "Error Codes" of Kafka's protocol guide; rights and limits are set at the broker.`,
    { request, reason },
    { cause },
  ],
) {}

/** A workflow asks for something that holds on one machine only. */
export class KafkaPlanError extends defineError("engine/kafka-plan", (node: string, problem: string) => [
  `Node "${node}" cannot run on Kafka: ${problem}`,
  { node, problem },
]) {}

/** A topic on Kafka has another number of partitions than the plan: keys would be looked for in the wrong place. */
export class KafkaPartitionsError extends defineError(
  "engine/kafka-partitions",
  (topic: string, found: number, expected: number) => [
    `Topic "${topic}" has ${found} partitions on Kafka, the workflow asks for ${expected}. Set "partitions": ${found} in the workflow, or run it under another name from the start of its input.`,
    { topic, found, expected },
  ],
) {}

/** A deployment on Kafka computes by other code than this process has: their results would be mixed. */
export class KafkaCodeError extends defineError(
  "engine/kafka-code",
  (dag: string, tasks: readonly string[], since: string) => [
    `The deployment of "${dag}" on Kafka, made ${since}, computes ${tasks.join(", ")} by other code than this process. Run the version that it was made with, or give --shadow NAME: today's code then works through the same input from its start, beside it.`,
    { dag, tasks, since },
  ],
) {}

/** A replay from an offset that retention has removed. */
export class ReplayOffsetError extends defineError(
  "engine/replay-offset",
  (topic: string, partition: number, found: number, expected: number) => [
    `Topic "${topic}", partition ${partition}, begins at offset ${found}: what came from ${expected} on has been removed by retention. Replay from a later offset, or from "earliest".`,
    { topic, partition, found, expected },
  ],
) {}

/** A replay or a switch of versions that cannot be. */
export class ReplayRefusedError extends defineError("engine/replay-refused", (dir: string, problem: string) => [
  `${dir}: ${problem}`,
  { dir, problem },
]) {}

/** A transaction that nobody ends: committed readers wait at its first record. */
export class KafkaHungTransactionError extends defineError(
  "engine/kafka-hung-transaction",
  (topic: string, partition: number, stable: number, end: number, forMs: number) => [
    `Topic "${topic}", partition ${partition}: the last stable offset has stood at ${stable} for ${Math.round(forMs / 1000)} s while the end has moved to ${end}. Some producer's transaction there is open; Kafka aborts it after that producer's own timeout. Find it with kafka-transactions.sh find-hanging and end its process; where that has long ended, as after the crash of a lone broker, "kafka-transactions.sh abort --topic ${topic} --partition ${partition} --start-offset ${stable}" frees the partition.`,
    { topic, partition, stable, end, forMs },
  ],
) {}

/** Codes of dead letters and failure records that the engine itself makes; others come from functions and handlers. */
export const failureCodes: Readonly<Record<string, string>> = {
  "engine/function-threw": "A function of the graph threw for this record. Correct it, then re-drive.",
  "engine/task-threw": "A handler threw an error without a code of its own.",
  "engine/task-result": "A handler returned something other than an object.",
  "engine/input-expired": "Retention removed a task's input before the task ran. Keep topics longer.",
  "engine/incomplete-group": "A group's time or input was over before all of its members came; `missing` names them.",
  "engine/unexpected-member":
    "A member that the group's expectation does not name. Correct the metadata, then re-drive.",
  "engine/late-member": "A member came after its group was complete, and the group's rule is not to revise.",
  "engine/late-after-retention": "A member came after its finished group's record had been removed by retention.",
  "engine/schema-violation":
    "A record breaks the schema of its topic; the path is named. Correct who writes it, or the schema, then re-drive.",
  "engine/unreadable-record":
    "A record on Kafka holds no JSON object, or a whole number beyond 2^53 - 1. Whoever wrote it is to write one, such ids as text.",
  "engine/late-record": "A record came after its event-time window had closed. Raise `graceMs` to wait longer.",
};
