import { z } from "zod";
import { Instant } from "./common.ts";

/** `GET /api/v1/search?q=`: Ctrl-K. */
export const SearchResult = z.object({
  kind: z.enum(["experiment", "plate", "well", "perturbation", "run", "page", "action"]),
  id: z.string(),
  title: z.string(),
  detail: z.string(),
  href: z.string(),
  /** An action is sent as POST to this address instead of opening `href`. */
  post: z.string().optional(),
});
export type SearchResult = z.infer<typeof SearchResult>;

export const SearchAnswer = z.object({ query: z.string(), results: z.array(SearchResult) });
export type SearchAnswer = z.infer<typeof SearchAnswer>;

/** Kinds of answer that can be out of date: the first word of the pages' query keys. */
export const STALE_RESOURCES: readonly string[] = [
  "home",
  "experiments",
  "plates",
  "wells",
  "profiles",
  "edits",
  "hits",
  "map",
  "perturbations",
  "projects",
  "functions",
  "runs",
  "tasks",
];

/**
 * One event of `GET /api/v1/events` (server-sent events). The event's id is `<run>:<offset>`: the offset in the run's event topic;
 * a browser that was away sends it back as Last-Event-ID and misses nothing. All events come as the default `message` type with
 * this JSON; a comment line every 15 s keeps the connection.
 * `hello` tells that the stream is connected (its id is the newest offset, so nothing before it is replayed).
 * `changed` says which parts of the store have new rows: answers of the named resources are stale.
 */
export const LiveEvent = z.object({
  type: z.enum([
    "hello",
    "changed",
    "counters",
    "task-failed",
    "group-incomplete",
    "run-started",
    "run-drained",
    "run-stopped",
    "note",
  ]),
  runId: z.string().nullable(),
  experimentId: z.string().nullable(),
  at: Instant,
  /** Those of STALE_RESOURCES whose answers are stale. */
  stale: z.array(z.string()),
  /** Live numbers for the header and the run page, with counters. */
  imagesPerS: z.number().optional(),
  text: z.string().optional(),
});
export type LiveEvent = z.infer<typeof LiveEvent>;

/** `GET /healthz` and `GET /readyz` */
export const Health = z.object({ status: z.enum(["ok", "not ready"]), checks: z.record(z.string(), z.string()) });
export type Health = z.infer<typeof Health>;
