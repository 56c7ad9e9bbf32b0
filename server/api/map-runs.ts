import { z } from "zod";
import { Instant } from "./common.ts";

const GroupName = z.object({ id: z.string(), version: z.string() });

/** A run of a map's build. */
export const MapRun = z.object({
  id: z.string(),
  map: z.string(),
  /** "asked for", or the schedule with the time that was due. */
  because: z.string(),
  state: z.enum(["running", "published", "refused", "unchanged", "failed", "cut off"]),
  startedAt: Instant,
  finishedAt: Instant.nullable(),
  durationS: z.number().nullable(),
  /** Of the settings that decide what is built. */
  configSha256: z.string(),
  codeVersion: z.string(),
  host: z.string(),
  who: z.string(),
  steps: z.array(z.object({ name: z.string(), seconds: z.number(), reused: z.boolean() })),
  groups: z.array(GroupName),
  /** "id@version": what entered the catalogue by this run. */
  created: z.array(z.string()),
  /** What the gate has against it. */
  reasons: z.array(z.string()),
  problem: z.object({ code: z.string(), message: z.string() }).nullable(),
  uploadedBytes: z.number(),
  revision: z.number().nullable(),
});
export type MapRun = z.infer<typeof MapRun>;

/** GET /api/v1/maps/runs: the newest first. */
export const MapRunList = z.object({
  store: z.string(),
  /** Maps whose builds this process runs; empty where another process does, or nobody. */
  schedules: z.array(
    z.object({
      map: z.string(),
      config: z.string(),
      cron: z.string(),
      timeZone: z.string(),
      nextAt: Instant.nullable(),
    }),
  ),
  runs: z.array(MapRun),
});
export type MapRunList = z.infer<typeof MapRunList>;

/** GET /api/v1/maps/runs/:run */
export const MapRunDetail = z.object({ run: MapRun, log: z.array(z.string()) });
export type MapRunDetail = z.infer<typeof MapRunDetail>;

/** POST /api/v1/maps/runs: asks for a run now. */
export const AskMapRunBody = z.object({ map: z.string().min(1).max(200) });
export type AskMapRunBody = z.infer<typeof AskMapRunBody>;

export const AskMapRunAnswer = z.object({ run: z.string() });
export type AskMapRunAnswer = z.infer<typeof AskMapRunAnswer>;
