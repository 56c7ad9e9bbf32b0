import { z } from "zod";
import { Instant } from "./common.ts";

export const RunState = z.enum(["running", "done", "failed", "incomplete", "stopped"]);
export type RunState = z.infer<typeof RunState>;

export const RunSummary = z.object({
  id: z.string(),
  name: z.string(),
  experimentId: z.string().nullable(),
  workflow: z.string(),
  planHash: z.string().nullable(),
  state: RunState,
  /** What the run was given, in words ("folder plates/, 1049_Metadata.csv"). */
  data: z.string(),
  startedAt: Instant,
  finishedAt: Instant.nullable(),
  durationMs: z.number(),
  /** Finished tasks of those known so far. */
  tasks: z.object({ done: z.number(), total: z.number(), failed: z.number() }),
  who: z.string(),
  href: z.string(),
});
export type RunSummary = z.infer<typeof RunSummary>;

/** `GET /api/v1/runs?state=&q=&limit=&after=`; failed first, then running, then newest. */
export const RunList = z.object({ runs: z.array(RunSummary), total: z.number(), next: z.string().nullable() });
export type RunList = z.infer<typeof RunList>;

export const NodeKind = z.enum(["topic-stream", "topic-table", "stream-operation", "external-task", "publish"]);
export type NodeKind = z.infer<typeof NodeKind>;

/** One box of the graph. */
export const RunNode = z.object({
  id: z.string(),
  label: z.string(),
  kind: NodeKind,
  state: z.enum(["waiting", "running", "done", "failed"]),
  done: z.number(),
  /** Expected in the end (from the experiment's layout, else from what arrived); null = not known. */
  total: z.number().nullable(),
  failed: z.number(),
  cached: z.number(),
  /** Records or tasks waiting now. */
  lag: z.number(),
  ratePerS: z.number(),
  oldestAgeMs: z.number().nullable(),
  /** Null for nodes that run no tasks. */
  tasks: z
    .object({ waiting: z.number(), running: z.number(), retrying: z.number(), done: z.number(), failed: z.number() })
    .nullable(),
});
export type RunNode = z.infer<typeof RunNode>;

export const RunGraph = z.object({
  nodes: z.array(RunNode),
  edges: z.array(z.object({ from: z.string(), to: z.string() })),
});
export type RunGraph = z.infer<typeof RunGraph>;

export const Failure = z.object({
  taskId: z.string(),
  node: z.string(),
  /** "P3 · C11 · site 2" */
  what: z.string(),
  code: z.string(),
  /** First cause in plain words. */
  cause: z.string(),
  attempts: z.number(),
  at: Instant,
  /** Failed tasks of this run with the same code and node. */
  alike: z.number(),
  /** Where the item can be looked at, if there is a page. */
  href: z.string().nullable(),
});
export type Failure = z.infer<typeof Failure>;

/** `GET /api/v1/runs/:run` */
export const RunDetail = RunSummary.extend({
  experimentName: z.string().nullable(),
  /** Is the engine of this run reachable from here: actions are offered only then. */
  live: z.boolean(),
  /** Does it run on Kafka: then `…/kafka` tells of its partitions. */
  kafka: z.boolean(),
  /** Numbers of the status cards; null total = not known. */
  cards: z.object({
    plates: z.object({ done: z.number(), total: z.number().nullable() }),
    wells: z.object({ done: z.number(), total: z.number().nullable() }),
    images: z.object({ done: z.number(), total: z.number().nullable() }),
    imagesPerS: z.number(),
    /** Last image of a site in → site complete out; null before there is one. */
    imageToSiteP99Ms: z.number().nullable(),
    failed: z.number(),
    flagged: z.number(),
  }),
  graph: RunGraph,
  failures: z.array(Failure),
  /** Wells that became complete, per minute. */
  wellsPerMinute: z.array(z.object({ minute: Instant, wells: z.number() })),
  /** From measured history only; `reason` says why there is none. */
  estimate: z.object({ finishAt: Instant.nullable(), reason: z.string() }),
  args: z.record(z.string(), z.unknown()),
  asOf: Instant,
});
export type RunDetail = z.infer<typeof RunDetail>;

export const TaskState = z.enum(["waiting", "running", "retrying", "done", "failed"]);
export type TaskState = z.infer<typeof TaskState>;

export const TaskRow = z.object({
  id: z.string(),
  node: z.string(),
  key: z.string(),
  what: z.string(),
  state: TaskState,
  attempts: z.number(),
  cached: z.boolean(),
  queuedAt: Instant.nullable(),
  startedAt: Instant.nullable(),
  finishedAt: Instant.nullable(),
  durationMs: z.number().nullable(),
  cause: z.string().nullable(),
});
export type TaskRow = z.infer<typeof TaskRow>;

/** `GET /api/v1/runs/:run/tasks?node=&state=&q=&limit=&after=` */
export const TaskList = z.object({
  tasks: z.array(TaskRow),
  next: z.string().nullable(),
  counts: z.object({
    waiting: z.number(),
    running: z.number(),
    retrying: z.number(),
    done: z.number(),
    failed: z.number(),
  }),
});
export type TaskList = z.infer<typeof TaskList>;

/** `GET /api/v1/runs/:run/tasks/:task` */
export const TaskDetail = TaskRow.extend({
  /** The first cause on top: code, words, and the chain of errors below it. */
  failure: z
    .object({
      code: z.string(),
      message: z.string(),
      hint: z.string().nullable(),
      chain: z.array(z.string()),
      stack: z.string().nullable(),
    })
    .nullable(),
  /** Failed tasks of this run with the same code and node, this one among them; 0 when it has not failed. */
  alike: z.number(),
  attemptList: z.array(
    z.object({
      attempt: z.number(),
      state: z.string(),
      startedAt: Instant.nullable(),
      finishedAt: Instant.nullable(),
      durationMs: z.number().nullable(),
      code: z.string().nullable(),
      message: z.string().nullable(),
    }),
  ),
  input: z.unknown(),
  output: z.unknown(),
  log: z.array(z.string()),
  /** What the cache key is made of. */
  identity: z.record(z.string(), z.unknown()).nullable(),
  href: z.string().nullable(),
});
export type TaskDetail = z.infer<typeof TaskDetail>;

/** `GET /api/v1/runs/:run/log?after=&limit=`: what happened, newest first. */
export const RunLog = z.object({
  events: z.array(
    z.object({ offset: z.number(), at: Instant, kind: z.string(), text: z.string(), taskId: z.string().nullable() }),
  ),
  next: z.number().nullable(),
});
export type RunLog = z.infer<typeof RunLog>;

/** `GET /api/v1/runs/:run/kafka`; there is none for a run that an engine of its own works on. */
export const RunPartitions = z.object({
  /** When Kafka said so; null before it has answered. */
  asOf: Instant.nullable(),
  /** Since when Kafka has not answered, with what it said in place of an answer. */
  away: z.object({ since: Instant, reason: z.string().nullable() }).nullable(),
  /** Workers came or went, and partitions are being shared out. */
  isMoving: z.boolean(),
  partitions: z.array(
    z.object({
      partition: z.number(),
      /** The member of the consumer group that has it; null = nobody. */
      worker: z.object({ memberId: z.string(), clientId: z.string(), host: z.string() }).nullable(),
      /** Records that are there and not read, over all topics that are read. */
      lag: z.number(),
      /** How far last stable offsets lie from the ends, over all topics. */
      undecided: z.number(),
      /** The last stable offset that an open transaction has kept where it is, for ten seconds or more. */
      held: z.object({ topic: z.string(), offset: z.number(), since: Instant }).nullable(),
    }),
  ),
});
export type RunPartitions = z.infer<typeof RunPartitions>;

/** Answer of `POST …/tasks/:task/retry`, `POST …/retry-failed`, `POST …/dead-letters/redrive`. */
export const ActionAnswer = z.object({ accepted: z.number(), sentence: z.string() });
export type ActionAnswer = z.infer<typeof ActionAnswer>;

/** Body of `POST /api/v1/runs/:run/dead-letters/redrive`. */
export const RedriveBody = z.strictObject({ ids: z.union([z.literal("all"), z.array(z.string().max(200)).max(1000)]) });
export type RedriveBody = z.infer<typeof RedriveBody>;

/** `GET /api/v1/runs/:run/dead-letters` */
export const DeadLetters = z.object({
  letters: z.array(
    z.object({
      id: z.string(),
      node: z.string(),
      key: z.string(),
      what: z.string(),
      code: z.string(),
      cause: z.string(),
      at: Instant,
      value: z.unknown(),
    }),
  ),
  next: z.string().nullable(),
});
export type DeadLetters = z.infer<typeof DeadLetters>;
