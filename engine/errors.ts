/** A workflow document that is not one: `path` says where. */
export class InvalidSpecError extends Error {
  readonly code = "engine/invalid-spec";
  readonly dag: string;
  readonly path: string;
  readonly problem: string;
  constructor(dag: string, path: string, problem: string) {
    super(`Workflow "${dag}", ${path}: ${problem}`);
    this.dag = dag;
    this.path = path;
    this.problem = problem;
  }
}

/** A document that is not JSON or EDN: line and column, from 1, say where. */
export class DocumentSyntaxError extends Error {
  readonly code = "engine/syntax";
  readonly format: "JSON" | "EDN";
  readonly line: number;
  readonly column: number;
  readonly problem: string;
  constructor(format: "JSON" | "EDN", line: number, column: number, problem: string) {
    super(`Line ${line}, column ${column}: ${problem}. Correct the document there; it is read as ${format}.`);
    this.format = format;
    this.line = line;
    this.column = column;
    this.problem = problem;
  }
}

/** An input or stream that names no node of the graph. */
export class UnknownNodeError extends Error {
  readonly code = "engine/unknown-node";
  readonly dag: string;
  readonly path: string;
  readonly found: string;
  readonly known: string[];
  constructor(dag: string, path: string, found: string, known: string[]) {
    super(`Workflow "${dag}", ${path}: there is no node "${found}". Nodes are ${known.join(", ")}.`);
    this.dag = dag;
    this.path = path;
    this.found = found;
    this.known = known;
  }
}

/** Nodes that wait for each other. */
export class CycleError extends Error {
  readonly code = "engine/cycle";
  readonly dag: string;
  readonly nodes: string[];
  constructor(dag: string, nodes: string[]) {
    super(`Workflow "${dag}": ${nodes.join(" → ")} is a cycle. A graph must flow one way: remove one of these inputs.`);
    this.dag = dag;
    this.nodes = nodes;
  }
}

/** A node used as an input although it has no output of that kind. */
export class WrongInputError extends Error {
  readonly code = "engine/wrong-input";
  readonly dag: string;
  readonly path: string;
  readonly found: string;
  readonly expected: string;
  constructor(dag: string, path: string, found: string, expected: string) {
    super(`Workflow "${dag}", ${path}: found ${found}, expected ${expected}.`);
    this.dag = dag;
    this.path = path;
    this.found = found;
    this.expected = expected;
  }
}

/** Two streams to be joined whose equal keys do not lie in the same partition. */
export class NotCoPartitionedError extends Error {
  readonly code = "engine/not-co-partitioned";
  readonly dag: string;
  readonly node: string;
  readonly sides: { name: string; key: string | undefined }[];
  constructor(dag: string, node: string, sides: { name: string; key: string | undefined }[]) {
    const found = sides.map(({ name, key }) => `"${name}" by ${key === undefined ? "keys nobody states" : `"${key}"`}`);
    super(
      `Workflow "${dag}", graph.${node}: its sides are not co-partitioned: ${found.join(", ")}. Give the join "by" (both sides are then repartitioned), or key both streams alike.`,
    );
    this.dag = dag;
    this.node = node;
    this.sides = sides;
  }
}

/** A node that no topic reaches, so that it would never run. */
export class UnreachableNodeError extends Error {
  readonly code = "engine/unreachable-node";
  readonly dag: string;
  readonly node: string;
  constructor(dag: string, node: string) {
    super(
      `Workflow "${dag}", graph.${node}: no stream reaches this node. Give it a topic-stream or a node that has one as input.`,
    );
    this.dag = dag;
    this.node = node;
  }
}

/** A name that the engine keeps for itself or that a topic cannot have. */
export class ReservedNameError extends Error {
  readonly code = "engine/reserved-name";
  readonly dag: string;
  readonly path: string;
  readonly found: string;
  constructor(dag: string, path: string, found: string) {
    super(
      `Workflow "${dag}", ${path}: "${found}" cannot be used. Names are letters, digits, "-" and "_" (topics also "."), and neither begin with "." nor equal another node's topic.`,
    );
    this.dag = dag;
    this.path = path;
    this.found = found;
  }
}

/** A function that the registry does not hold. */
export class UnknownFunctionError extends Error {
  readonly code = "engine/unknown-function";
  readonly dag: string;
  readonly path: string;
  readonly found: string;
  readonly known: string[];
  constructor(dag: string, path: string, found: string, known: string[]) {
    super(
      `Workflow "${dag}", ${path}: no function "${found}" is registered. Registered: ${known.length > 0 ? known.join(", ") : "none"}.`,
    );
    this.dag = dag;
    this.path = path;
    this.found = found;
    this.known = known;
  }
}

/** A task name for which no handler was given. */
export class UnknownTaskError extends Error {
  readonly code = "engine/unknown-task";
  readonly task: string;
  readonly known: string[];
  constructor(task: string, known: string[]) {
    super(`No handler for task "${task}". The tasks module exports ${known.length > 0 ? known.join(", ") : "none"}.`);
    this.task = task;
    this.known = known;
  }
}

/** A script of test cases that cannot be read: `path` says where. */
export class InvalidTestError extends Error {
  readonly code = "engine/invalid-test";
  readonly file: string;
  readonly path: string;
  readonly problem: string;
  constructor(file: string, path: string, problem: string) {
    super(
      `${file}, ${path}: ${problem}. Steps are push, advance, task, run-tasks, close-input, redrive, crash and expect.`,
    );
    this.file = file;
    this.path = path;
    this.problem = problem;
  }
}

/** Two nodes of one name, as a builder sees them. */
export class DuplicateNodeError extends Error {
  readonly code = "engine/duplicate-node";
  readonly dag: string;
  readonly node: string;
  constructor(dag: string, node: string) {
    super(
      `Workflow "${dag}": there is a node "${node}" already. Give this one another name: by it its state and topics are known.`,
    );
    this.dag = dag;
    this.node = node;
  }
}

/** An edge whose consumer reads a field that its producer does not write. */
export class SchemaMismatchError extends Error {
  readonly code = "engine/schema-mismatch";
  readonly dag: string;
  readonly producer: string;
  readonly consumer: string;
  /** Where in the consumer the document says so. */
  readonly at: string;
  readonly field: string;
  /** Names that are there in its place. */
  readonly fields: string[];
  /** The whole path that was most likely meant. */
  readonly nearest: string | undefined;
  /** @param producer with `fields: "by"` when the consumer itself, of which only what it groups by can be read */
  constructor(
    dag: string,
    producer: { node: string; fields?: string },
    consumer: { node: string; at: string },
    field: string,
    missing: { at: string; step: string; known: string[]; found: string },
    nearest: string | undefined,
  ) {
    const place = missing.at === "" ? "It has" : `At "${missing.at}" it has`;
    const there = `${place} ${missing.known.length > 0 ? missing.known.join(", ") : missing.found}`;
    const what =
      producer.fields === undefined
        ? `which "${producer.node}" does not write`
        : `which is not among the fields of its "${producer.fields}"`;
    const hint = nearest === undefined ? "Correct either side." : `Did you mean "${nearest}"?`;
    super(
      `Workflow "${dag}", graph.${consumer.node}.${consumer.at}: "${consumer.node}" reads field "${field}", ${what}. ${there}. ${hint}`,
    );
    this.dag = dag;
    this.producer = producer.node;
    this.consumer = consumer.node;
    this.at = consumer.at;
    this.field = field;
    this.fields = missing.known;
    this.nearest = nearest;
  }
}

/** An edge whose consumer needs a field in another form than its producer writes it. */
export class FieldTypeError extends Error {
  readonly code = "engine/field-type";
  readonly dag: string;
  readonly producer: string;
  readonly consumer: string;
  readonly field: string;
  readonly found: string;
  readonly expected: string;
  constructor(
    dag: string,
    producer: string,
    consumer: { node: string; at: string },
    field: string,
    found: string,
    expected: string,
  ) {
    super(
      `Workflow "${dag}", graph.${consumer.node}.${consumer.at}: "${consumer.node}" reads "${field}" as ${expected}, "${producer}" writes ${found}. Name another field, or correct the schema.`,
    );
    this.dag = dag;
    this.producer = producer;
    this.consumer = consumer.node;
    this.field = field;
    this.found = found;
    this.expected = expected;
  }
}

/** A schema that no registry holds. */
export class UnknownSchemaError extends Error {
  readonly code = "engine/unknown-schema";
  readonly dag: string;
  readonly path: string;
  readonly found: string;
  readonly known: string[];
  constructor(dag: string, path: string, found: string, known: string[], nearest: string | undefined) {
    super(
      `Workflow "${dag}", ${path}: there is no schema "${found}". ${nearest === undefined ? "" : `Did you mean "${nearest}"? `}There are ${known.join(", ")}.`,
    );
    this.dag = dag;
    this.path = path;
    this.found = found;
    this.known = known;
  }
}

/** A schema that is no JSON Schema, or a name that no schema can have. */
export class InvalidSchemaError extends Error {
  readonly code = "engine/invalid-schema";
  readonly schema: string;
  readonly problem: string;
  constructor(schema: string, problem: string) {
    super(`Schema "${schema}": ${problem}. Schemas are JSON Schema (draft 2020-12), named like image@2.`);
    this.schema = schema;
    this.problem = problem;
  }
}

/** An expression of `expect` that cannot be read. */
export class InvalidExpressionError extends Error {
  readonly code = "engine/invalid-expression";
  readonly expression: string;
  readonly position: number;
  readonly problem: string;
  constructor(expression: string, position: number, problem: string) {
    super(`Expression "${expression}", character ${position + 1}: ${problem}. Allowed: numbers, fields, + - * / ( ).`);
    this.expression = expression;
    this.position = position;
    this.problem = problem;
  }
}

/** A topic that no plan of this engine names. */
export class UnknownTopicError extends Error {
  readonly code = "engine/unknown-topic";
  readonly topic: string;
  readonly known: string[];
  constructor(topic: string, known: string[]) {
    super(`No workflow here reads or writes topic "${topic}". Topics are ${known.join(", ")}.`);
    this.topic = topic;
    this.known = known;
  }
}

/** A record whose given key differs from the one its topic's template makes. */
export class KeyMismatchError extends Error {
  readonly code = "engine/key-mismatch";
  readonly topic: string;
  readonly found: string | undefined;
  readonly expected: string;
  constructor(topic: string, found: string | undefined, expected: string) {
    super(
      `A record for topic "${topic}" has key "${found ?? ""}"; expected ${expected}. Leave the key out, or correct the fields.`,
    );
    this.topic = topic;
    this.found = found;
    this.expected = expected;
  }
}

/** A record over the size limit: big data belongs into an object store, its pointer into the record. */
export class RecordTooLargeError extends Error {
  readonly code = "engine/record-too-large";
  readonly retryable = false;
  readonly origin: string;
  readonly sizeBytes: number;
  readonly limitBytes: number;
  constructor(origin: string, sizeBytes: number, limitBytes: number) {
    super(
      `A record of "${origin}" has ${sizeBytes} bytes, the limit is ${limitBytes}. Put the data into the object store and send its pointer.`,
    );
    this.origin = origin;
    this.sizeBytes = sizeBytes;
    this.limitBytes = limitBytes;
  }
}

/** No room on the disk: nothing was accepted, nothing is lost, and the engine goes on when there is room again. */
export class DiskFullError extends Error {
  readonly code = "engine/disk-full";
  readonly dir: string;
  constructor(dir: string) {
    super(
      `No room is left for ${dir}. Nothing was accepted and nothing is lost; free some space and the engine goes on.`,
    );
    this.dir = dir;
  }
}

/** A data folder that another process writes to. */
export class LockedError extends Error {
  readonly code = "engine/locked";
  readonly dir: string;
  readonly pid: number;
  constructor(dir: string, pid: number) {
    super(
      `${dir} is in use by process ${pid}. One data folder has one writer: stop that process, or use another folder.`,
    );
    this.dir = dir;
    this.pid = pid;
  }
}

/** A data folder made by a newer engine. */
export class NewerDatabaseError extends Error {
  readonly code = "engine/newer-database";
  readonly dir: string;
  readonly found: number;
  readonly expected: number;
  constructor(dir: string, found: number, expected: number) {
    super(
      `${dir} has format ${found}, this engine knows formats up to ${expected}. Use the newer version, or another folder.`,
    );
    this.dir = dir;
    this.found = found;
    this.expected = expected;
  }
}

/** A call to a runtime that has been stopped. */
export class StoppedError extends Error {
  readonly code = "engine/stopped";
  constructor() {
    super("The runtime has been stopped. Open it again on the same folder: everything that was acknowledged is there.");
  }
}

/** A task id or dead letter that does not exist, or not in a state that allows the call. */
export class NotFoundError extends Error {
  readonly code = "engine/not-found";
  readonly what: string;
  readonly id: string;
  constructor(what: string, id: string) {
    super(`No ${what} ${id}. It may have been resolved or removed by retention.`);
    this.what = what;
    this.id = id;
  }
}

/** A node whose executor is not there. */
export class UnknownExecutorError extends Error {
  readonly code = "engine/unknown-executor";
  readonly node: string;
  readonly executor: string;
  readonly known: string[];
  constructor(node: string, executor: string, known: string[]) {
    super(
      `Node "${node}" names executor "${executor}", which is not configured. There are thread, lease${known.map((one) => `, ${one}`).join("")}. Configure it (docs/executors.md) or name one of these.`,
    );
    this.node = node;
    this.executor = executor;
    this.known = known;
  }
}

/** A task that ran longer than its node allows. */
export class TaskTimeoutError extends Error {
  readonly code = "engine/task-timeout";
  readonly task: string;
  readonly timeoutMs: number;
  constructor(task: string, timeoutMs: number) {
    super(
      `Task "${task}" did not finish within ${timeoutMs} ms, nor was its worker heard of. Raise the node's timeout, send heartbeats, or look at its log.`,
    );
    this.task = task;
    this.timeoutMs = timeoutMs;
  }
}

/** A worker that ended while it had a task. */
export class WorkerLostError extends Error {
  readonly code = "engine/worker-lost";
  readonly task: string;
  readonly reason: string;
  constructor(task: string, reason: string) {
    super(`The worker that ran task "${task}" ended: ${reason}.`);
    this.task = task;
    this.reason = reason;
  }
}

/** A state that changed its place in a way that needs a migration, such as another number of partitions. */
export class IncompatiblePlanError extends Error {
  readonly code = "engine/incompatible-plan";
  readonly what: string;
  readonly found: string;
  readonly expected: string;
  constructor(what: string, found: string, expected: string) {
    super(
      `${what}: this folder has ${found}, the workflow asks for ${expected}. Keep the old value, or have the state rebuilt beside the old: artesian replay FILE --data DIR --from 0 --shadow, then --switch.`,
    );
    this.what = what;
    this.found = found;
    this.expected = expected;
  }
}

/** A changed workflow that cannot go on with entries of its stores: they would be mixed with new ones of another kind. */
export class PlanChangedError extends Error {
  readonly code = "engine/plan-changed";
  readonly dag: string;
  readonly stores: { store: string; why: string }[];
  constructor(
    dag: string,
    stores: readonly { store: string; kind: string; why: string }[],
    where: "folder" | "kafka" = "folder",
  ) {
    const otherwise =
      where === "folder"
        ? ", have the state rebuilt beside the old (artesian replay FILE --data DIR --from 0 --shadow, then --switch), or discard these entries (--discard-state)"
        : ", or have the state built anew from the input beside the old (--shadow TEXT with another data folder; nothing is discarded on Kafka)";
    const named = stores.map(({ store, kind, why }) => `${store} (${kind}): ${why}`).join(". ");
    super(
      `Workflow "${dag}" has changed, and entries of its state do not fit it. ${named}. Give the node or the workflow another name${otherwise}.`,
    );
    this.dag = dag;
    this.stores = stores.map(({ store, why }) => ({ store, why }));
  }
}

/** A record without a field that its node needs. */
export class MissingFieldError extends Error {
  readonly code = "engine/missing-field";
  readonly node: string;
  readonly fields: string;
  constructor(node: string, fields: string) {
    super(
      `Node "${node}" needs ${fields} as text or number in every record; this record lacks it. Correct its producer, then re-drive.`,
    );
    this.node = node;
    this.fields = fields;
  }
}

/** A schedule that cannot be followed. */
export class BadScheduleError extends Error {
  readonly code = "engine/bad-schedule";
  readonly cron: string;
  readonly timeZone: string;
  readonly problem: string;
  constructor(cron: string, timeZone: string, problem: string, options?: ErrorOptions) {
    super(
      `Schedule "${cron}" in ${timeZone} cannot be followed: ${problem}. Expected five parts, minute hour day month weekday ("0 3 * * 1-5"), or six with the second first, and a time zone such as "Europe/Berlin".`,
      options,
    );
    this.cron = cron;
    this.timeZone = timeZone;
    this.problem = problem;
  }
}

/** A document that should tell of objects, and does not in any form that stores and queues send. */
export class NotificationError extends Error {
  readonly code = "engine/notification";
  readonly at: string;
  readonly problem: string;
  constructor(at: string, problem: string) {
    super(
      `This is no notification of objects: ${at} is ${problem}. Expected {"Records": [{"eventName", "s3": {"bucket", "object"}}]} as S3 and MinIO send it, or a message of SQS or SNS around it. Nothing of it was taken in.`,
    );
    this.at = at;
    this.problem = problem;
  }
}

/** A newer producer or group generation has taken this worker's place; it drops what it holds and joins again. */
export class KafkaFencedError extends Error {
  readonly code = "engine/kafka-fenced";
  readonly what: string;
  readonly reason: string;
  constructor(what: string, reason: string) {
    super(
      `${what}: Kafka answered ${reason}. Another worker has taken over; nothing of this transaction was committed. The worker joins again by itself.`,
    );
    this.what = what;
    this.reason = reason;
  }
}

/** Kafka cannot be reached, or did not do what was asked within its time. */
export class KafkaUnavailableError extends Error {
  readonly code = "engine/kafka-unavailable";
  readonly brokers: readonly string[];
  readonly reason: string;
  constructor(brokers: readonly string[], reason: string, cause?: unknown) {
    super(`Kafka at ${brokers.join(", ")}: ${reason}. Check the address and that the brokers run.`, { cause });
    this.brokers = brokers;
    this.reason = reason;
  }
}

/** Kafka refuses a request for good. */
export class KafkaRefusedError extends Error {
  readonly code = "engine/kafka-refused";
  readonly request: string;
  readonly reason: string;
  constructor(request: string, reason: string, cause?: unknown) {
    super(
      `Kafka refused ${request} with ${reason}. Look the name up under "Error Codes" of Kafka's protocol guide; rights and limits are set at the broker.`,
      { cause },
    );
    this.request = request;
    this.reason = reason;
  }
}

/** A workflow asks for something that holds on one machine only. */
export class KafkaPlanError extends Error {
  readonly code = "engine/kafka-plan";
  readonly node: string;
  readonly problem: string;
  constructor(node: string, problem: string) {
    super(`Node "${node}" cannot run on Kafka: ${problem}`);
    this.node = node;
    this.problem = problem;
  }
}

/** A topic on Kafka has another number of partitions than the plan: keys would be looked for in the wrong place. */
export class KafkaPartitionsError extends Error {
  readonly code = "engine/kafka-partitions";
  readonly topic: string;
  readonly found: number;
  readonly expected: number;
  constructor(topic: string, found: number, expected: number) {
    super(
      `Topic "${topic}" has ${found} partitions on Kafka, the workflow asks for ${expected}. Set "partitions": ${found} in the workflow, or run it under another name from the start of its input.`,
    );
    this.topic = topic;
    this.found = found;
    this.expected = expected;
  }
}

/** A deployment on Kafka computes by other code than this process has: their results would be mixed. */
export class KafkaCodeError extends Error {
  readonly code = "engine/kafka-code";
  readonly dag: string;
  readonly tasks: readonly string[];
  readonly since: string;
  constructor(dag: string, tasks: readonly string[], since: string) {
    super(
      `The deployment of "${dag}" on Kafka, made ${since}, computes ${tasks.join(", ")} by other code than this process. Run the version that it was made with, or give --shadow NAME: today's code then works through the same input from its start, beside it.`,
    );
    this.dag = dag;
    this.tasks = tasks;
    this.since = since;
  }
}

/** A replay from an offset that retention has removed. */
export class ReplayOffsetError extends Error {
  readonly code = "engine/replay-offset";
  readonly topic: string;
  readonly partition: number;
  readonly found: number;
  readonly expected: number;
  constructor(topic: string, partition: number, found: number, expected: number) {
    super(
      `Topic "${topic}", partition ${partition}, begins at offset ${found}: what came from ${expected} on has been removed by retention. Replay from a later offset, or from "earliest".`,
    );
    this.topic = topic;
    this.partition = partition;
    this.found = found;
    this.expected = expected;
  }
}

/** A replay or a switch of versions that cannot be. */
export class ReplayRefusedError extends Error {
  readonly code = "engine/replay-refused";
  readonly dir: string;
  readonly problem: string;
  constructor(dir: string, problem: string) {
    super(`${dir}: ${problem}`);
    this.dir = dir;
    this.problem = problem;
  }
}

/** A transaction that nobody ends: committed readers wait at its first record. */
export class KafkaHungTransactionError extends Error {
  readonly code = "engine/kafka-hung-transaction";
  readonly topic: string;
  readonly partition: number;
  readonly stable: number;
  readonly end: number;
  readonly forMs: number;
  constructor(topic: string, partition: number, stable: number, end: number, forMs: number) {
    super(
      `Topic "${topic}", partition ${partition}: the last stable offset has stood at ${stable} for ${Math.round(forMs / 1000)} s while the end has moved to ${end}. Some producer's transaction there is open; Kafka aborts it after that producer's own timeout. Find it with kafka-transactions.sh find-hanging, end its process, or abort the transaction.`,
    );
    this.topic = topic;
    this.partition = partition;
    this.stable = stable;
    this.end = end;
    this.forMs = forMs;
  }
}

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
