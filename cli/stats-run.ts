import { readdirSync, rmSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import type { RuntimeClient } from "@artesian/engine";
import { LOOKS, lookAt, type PortalEntry, portalEntrySchema } from "@artesian/workflows";
import { z } from "zod";
import type { CommandContext } from "./command.ts";
import { EXIT, UsageError } from "./exit.ts";
import { wholeNumber } from "./experiment-options.ts";
import { freeBytesAt, watchDisk } from "./full-disk.ts";
import { plain } from "./live.ts";
import { duration, type Output } from "./output.ts";
import { newRunId } from "./run-id.ts";
import { addressOf, type PortalFlags, portalFrom, portalName } from "./stats-options.ts";
import { followProjects } from "./stats-progress.ts";
import { stopOnSignal } from "./stop-on-signal.ts";
import { openWorkspace, type Workspace } from "./workspace.ts";

export interface StatsRunFlags extends PortalFlags {
  project?: string[];
  force?: true;
  json?: true;
}

/** What a look at a portal came to. */
export interface LookResult {
  projects: PortalEntry[];
  /** Matrices whose summary was computed, and those whose recorded one is still good. */
  summarised: number;
  unchanged: number;
}

/** `artesian stats run`: looks at a portal, summarises what changed, publishes it. */
export async function statsRun(source: string, flags: StatsRunFlags, { output, exit }: CommandContext): Promise<void> {
  const { portal, dir } = await portalFrom(source, flags);
  const disk = watchDisk(
    (line) => output.say(line),
    () => freeBytesAt(dir),
  );
  const workspace = await openPortal(source, flags, dir, output, (error) => disk.told(error));
  const interrupted = stopOnSignal(workspace, () => output.say("Stopped. Run the same command again to go on."));
  const started = Date.now();
  const look = newRunId(started, Math.random);
  try {
    // What an interrupted run left is finished first: it costs nothing twice.
    const full = disk.staysFull(workspace.runtime);
    await Promise.race([workspace.runtime.drain(), full]);
    const before = await cacheCounts(workspace.runtime);
    const progress = await followProjects(workspace.runtime, look, output);
    const record = lookAt(portal, { look, because: "asked for", only: flags.project, force: flags.force === true });
    await workspace.runtime.append(LOOKS, [{ eventId: look, value: plain(record) }]);
    await Promise.race([workspace.runtime.drain(), full]);
    await progress.stop();
    const projects = await publishedBy(workspace.runtime, look);
    if (projects.length === 0) {
      await workspace.close("failed");
      throw new UsageError(
        flags.project === undefined
          ? `${source}: there is no file in it. Give a folder or bucket with a folder for each project.`
          : `${source}: there is no project ${flags.project.join(", ")}.`,
      );
    }
    const after = await cacheCounts(workspace.runtime);
    const result: LookResult = {
      projects,
      summarised: after.done - after.cached - (before.done - before.cached),
      unchanged: after.cached - before.cached,
    };
    const failed = projects.filter(({ status }) => status === "failed" || status === "partial");
    await workspace.close(failed.length === 0 ? "done" : "incomplete");
    report(result, flags, output, (Date.now() - started) / 1000);
    exit(failed.length === 0 ? EXIT.done : EXIT.failed);
  } catch (error) {
    if (interrupted()) return exit(EXIT.incomplete);
    await workspace.close("failed").catch(() => {}); // what ended the run says more than what ended with it
    throw error;
  } finally {
    disk.stop();
  }
}

/** Opens a portal's data folder with its engine running. */
export async function openPortal(
  source: string,
  flags: PortalFlags,
  dir: string,
  output: Output,
  onTrouble: (error: Error) => void,
): Promise<Workspace> {
  const workers = wholeNumber("--workers", flags.workers) ?? Math.min(2, availableParallelism());
  const workspace = await openWorkspace({
    dir,
    workflow: "expression",
    name: portalName(source),
    data: `projects in ${addressOf(source)}`,
    args: { ...flags, source },
    workers,
    onTrouble,
    onNote: (line) => output.say(`note: ${line}`),
  });
  clearScratch(join(workspace.dir, "scratch"));
  return workspace;
}

/** Intermediate files of processes that were killed: the folder's lock says that they are gone. */
function clearScratch(folder: string): void {
  try {
    for (const name of readdirSync(folder))
      if (!name.startsWith(`${process.pid}-`)) rmSync(join(folder, name), { recursive: true, force: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}

async function cacheCounts(runtime: RuntimeClient): Promise<{ done: number; cached: number }> {
  const tasks = (await runtime.stats()).nodes.find(({ node }) => node === "figures")?.tasks;
  return { done: tasks?.done ?? 0, cached: tasks?.cached ?? 0 };
}

const portalParts = z.object({
  look: z.string(),
  projects: z.array(z.object({ entry: portalEntrySchema })),
  failed: z.array(z.object({ member: z.string(), code: z.string(), message: z.string() })),
});
const RECENT = 1000;

/**
 * How the projects of a look came out; none when there is no project.
 * @throws the error that the listing of the portal, or the publishing of its index, failed with
 */
export async function publishedBy(runtime: RuntimeClient, look: string): Promise<PortalEntry[]> {
  for (const topic of ["expression.portal-index", "expression.listing"])
    for (const { partition, next } of await runtime.partitions(topic)) {
      const from = Math.max(0, next - RECENT);
      for (const { value, failure } of (await runtime.readTopic(topic, partition, from, RECENT)).toReversed()) {
        if (value.look !== look) continue;
        if (failure !== undefined) throw Object.assign(new Error(failure.message), { code: failure.code });
        if (topic === "expression.listing") return [];
        const { projects, failed } = portalParts.parse(value);
        const lost = failed.map(({ member, code, message }) => lostEntry(member, { code, message }));
        return [...projects.map(({ entry }) => entry), ...lost].sort((a, b) => (a.project < b.project ? -1 : 1));
      }
    }
  return [];
}

/** A project whose pages could not be written. */
function lostEntry(project: string, problem: { code: string; message: string }): PortalEntry {
  const nothing = { title: null, contentDigest: null, skip: null, cells: null, cellsKept: null, index: "" };
  return { project, status: "failed", problem, matrices: 0, failed: 0, figures: 0, ...nothing };
}

function report(result: LookResult, flags: StatsRunFlags, output: Output, seconds: number): void {
  const { projects, summarised, unchanged } = result;
  if (flags.json) output.json({ ...result, seconds });
  else for (const entry of projects) for (const line of entryLines(entry)) output.data(line);
  const counts = (["done", "partial", "failed", "skipped", "empty"] as const)
    .map((status) => ({ status, count: projects.filter((one) => one.status === status).length }))
    .filter(({ count }) => count > 0)
    .map(({ status, count }) => `${count} ${STATUS_WORDS[status]}`);
  output.say(
    `${projects.length === 1 ? "One project" : `${projects.length} projects`}: ${counts.join(", ")}; ${summarised} matrices summarised, ${unchanged} unchanged, in ${duration(seconds)}.`,
  );
}

export const STATUS_WORDS = {
  done: "done",
  partial: "in part",
  failed: "failed",
  skipped: "skipped",
  empty: "without a matrix",
} as const;

/** A project in a line or two: how it came out, and why not better. */
export function entryLines({ project, status, skip, problem, ...entry }: PortalEntry): string[] {
  const matrices = entry.matrices === 1 ? "one matrix" : `${entry.matrices} matrices`;
  const cells = entry.cells === null ? "" : `, ${entry.cells} cells, ${entry.cellsKept} kept`;
  const what = entry.matrices === 0 ? "" : `, ${matrices}${cells}, ${entry.figures} figures`;
  const why = skip === null ? "" : `: ${skip.reason}${skip.owner === null ? "" : ` (${skip.owner})`}`;
  return [
    `${project}: ${STATUS_WORDS[status]}${what}${why}`,
    ...(problem === null ? [] : [`  ${problem.message} [${problem.code}]`]),
  ];
}
