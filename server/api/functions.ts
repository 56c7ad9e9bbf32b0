import { z } from "zod";
import { Instant } from "./common.ts";

/** What became of a request: superseded = another version, or none, was there when its turn came. */
export const FunctionState = z.enum(["waiting", "done", "superseded", "failed"]);
export type FunctionState = z.infer<typeof FunctionState>;

export const FunctionCounts = z.object({
  waiting: z.number(),
  done: z.number(),
  superseded: z.number(),
  failed: z.number(),
});
export type FunctionCounts = z.infer<typeof FunctionCounts>;

/** A registered function. */
export const FunctionRow = z.object({
  id: z.string(),
  description: z.string(),
  /** "plates/raw/*.csv" */
  trigger: z.string(),
  /** What runs: a function of the product, a module, a command, a container's image. */
  runs: z.string(),
  /** Of its handler's files and its declaration. */
  digest: z.string(),
  concurrency: z.number().nullable(),
  timeoutS: z.number(),
  attempts: z.number(),
  registeredAt: Instant,
  /** When it was no longer declared; null = it is. */
  removedAt: Instant.nullable(),
  counts: FunctionCounts,
  /** Tasks at work and between attempts; null while it does not run in this server. */
  now: z.object({ running: z.number(), retrying: z.number() }).nullable(),
  lastAt: Instant.nullable(),
});
export type FunctionRow = z.infer<typeof FunctionRow>;

/** `GET /api/v1/functions` */
export const FunctionList = z.object({
  functions: z.array(FunctionRow),
  /** Do they run in this server: actions are offered only then. */
  live: z.boolean(),
  run: z.object({ id: z.string(), href: z.string() }).nullable(),
  /** Addresses of the places that are watched. */
  places: z.array(z.string()),
});
export type FunctionList = z.infer<typeof FunctionList>;

/** A line of the ledger: a function, and the version of an object that it was asked about. */
export const LedgerRow = z.object({
  request: z.string(),
  function: z.string(),
  digest: z.string(),
  idempotencyKey: z.string(),
  bucket: z.string(),
  key: z.string(),
  uri: z.string(),
  version: z.string(),
  sizeBytes: z.number(),
  /** Who told of the object: "notification", "listing", "folder", "replay". */
  source: z.string(),
  eventAt: Instant,
  requestedAt: Instant,
  state: FunctionState,
  attempts: z.number().nullable(),
  durationMs: z.number().nullable(),
  code: z.string().nullable(),
  /** What happened: the function's own sentence, or the cause of its failure. */
  message: z.string().nullable(),
  result: z.unknown(),
  task: z.object({ id: z.string(), href: z.string() }).nullable(),
  /** Pages about what the function made. */
  links: z.array(z.object({ label: z.string(), href: z.string() })),
});
export type LedgerRow = z.infer<typeof LedgerRow>;

/** `GET /api/v1/functions/ledger?function=&state=&q=&limit=&after=`: newest first; counts are of all states. */
export const FunctionLedger = z.object({
  rows: z.array(LedgerRow),
  total: z.number(),
  counts: FunctionCounts,
  next: z.string().nullable(),
});
export type FunctionLedger = z.infer<typeof FunctionLedger>;

/** Body of `POST /api/v1/functions/redrive`: failed requests, or all of them, of one function or of every one. */
export const RedriveFunctionsBody = z.strictObject({
  requests: z.union([z.literal("all"), z.array(z.string().max(64)).min(1).max(1000)]),
  function: z.string().max(64).optional(),
});
export type RedriveFunctionsBody = z.infer<typeof RedriveFunctionsBody>;

/** Body of `POST /api/v1/functions/replay`: objects that are there are told of again. */
export const ReplayFunctionsBody = z.strictObject({
  place: z.string().max(2000).optional(),
  prefix: z.string().max(2000).optional(),
  since: Instant.optional(),
  until: Instant.optional(),
  function: z.string().max(64).optional(),
  /** Apply again what was applied. */
  force: z.boolean().optional(),
});
export type ReplayFunctionsBody = z.infer<typeof ReplayFunctionsBody>;

/** Answer of `POST /api/v1/functions/events`, which stores call when an object appears; sent when the events are durable. */
export const DeliveredAnswer = z.object({ accepted: z.number(), duplicates: z.number(), ignored: z.number() });
export type DeliveredAnswer = z.infer<typeof DeliveredAnswer>;

/** `GET /api/v1/experiments/:experiment/readings`: files of plate readers that an experiment's readings come from. */
export const ReadingSets = z.object({
  sets: z.array(
    z.object({
      plate: z.string(),
      /** Address of the file. */
      object: z.string(),
      version: z.string(),
      instrument: z.string().nullable(),
      /** What was measured, by the metric that plates are coloured by. */
      measures: z.array(z.object({ metric: z.string(), name: z.string(), href: z.string() })),
      /** What the file says of itself. */
      about: z.record(z.string(), z.string()),
      wells: z.number(),
      at: Instant,
      /** The whole tidy table as CSV. */
      tableUrl: z.string(),
    }),
  ),
  csvUrl: z.string(),
});
export type ReadingSets = z.infer<typeof ReadingSets>;
