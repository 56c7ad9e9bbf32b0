import { VerdictNotFoundError } from "./errors.ts";
import type { Store } from "./open-store.ts";
import { upsert } from "./upsert.ts";

/** A workflow's graph as the Runs page draws it. */
export interface PlanGraph {
  nodes: readonly { id: string; label?: string; kind: string }[];
  edges: readonly { from: string; to: string }[];
}

export type RunState = "running" | "done" | "failed" | "incomplete" | "stopped";

export interface RunInput {
  id: string;
  name: string;
  experimentId?: string | null;
  /** "phenomics" */
  workflow: string;
  planHash?: string | null;
  plan?: PlanGraph;
  state: RunState;
  /** What it was given, in words. */
  data?: string;
  /** The engine's data folder. */
  dataDir: string;
  args?: Readonly<Record<string, unknown>>;
  who?: string;
  codeVersion?: string;
  startedAt: string;
  finishedAt?: string | null;
}

/** Stores a run; a resumed run keeps its first start. */
export function recordRun(store: Store, input: RunInput): void {
  upsert(
    store,
    "run",
    ["id"],
    {
      id: input.id,
      name: input.name,
      experiment_id: input.experimentId ?? null,
      workflow: input.workflow,
      plan_hash: input.planHash ?? null,
      plan: JSON.stringify(input.plan ?? { nodes: [], edges: [] }),
      state: input.state,
      data: input.data ?? "",
      data_dir: input.dataDir,
      args: JSON.stringify(input.args ?? {}),
      who: input.who ?? "",
      code_version: input.codeVersion ?? "",
      finished_at: input.finishedAt ?? null,
    },
    { started_at: input.startedAt, counts: "{}" },
  );
}

/** Counts a run ended with; the list and the graph of a run whose engine is gone read them. */
export interface RunCounts {
  tasks: { done: number; total: number; failed: number };
  nodes?: Readonly<Record<string, { done: number; total: number | null; failed: number; cached: number }>>;
}

/** Closes a run. */
export function finishRun(
  store: Store,
  input: { id: string; state: RunState; finishedAt: string; counts: RunCounts },
): void {
  store.run(
    "UPDATE run SET state = ?, finished_at = ?, counts = ? WHERE id = ?",
    input.state,
    input.finishedAt,
    JSON.stringify(input.counts),
    input.id,
  );
}

/** Names the experiment of a run once its metadata is known. */
export function linkRun(store: Store, input: { id: string; experimentId: string }): void {
  store.run("UPDATE run SET experiment_id = ? WHERE id = ?", input.experimentId, input.id);
}

export interface VerdictInput {
  id: string;
  experimentId: string;
  plate: string;
  /** null = the plate. */
  well: string | null;
  /** null = the well. */
  site: number | null;
  verdict: "pass" | "re-image" | "fail";
  note?: string;
  by: string;
  at: string;
}

/** Stores a reviewer's verdict and its audit line. The latest one of a place that is not undone stands. */
export function postVerdict(store: Store, input: VerdictInput): void {
  store.transaction(() => {
    upsert(store, "verdict", ["id"], {
      id: input.id,
      experiment_id: input.experimentId,
      plate: input.plate,
      well: input.well ?? "",
      site: input.site ?? 0,
      verdict: input.verdict,
      note: input.note ?? "",
      by_whom: input.by,
      at: input.at,
    });
    recordAudit(store, {
      at: input.at,
      who: input.by,
      action: "verdict.post",
      target: placeName(input),
      detail: { id: input.id, verdict: input.verdict, note: input.note ?? "" },
    });
  });
}

/**
 * Takes a verdict back; it stays in the history and the one before stands again.
 * @throws VerdictNotFoundError (store/verdict-not-found)
 */
export function undoVerdict(store: Store, input: { experimentId: string; id: string; by: string; at: string }): void {
  store.transaction(() => {
    const { changes } = store.run(
      "UPDATE verdict SET undone_at = ?, undone_by = ? WHERE id = ? AND experiment_id = ? AND undone_at IS NULL",
      input.at,
      input.by,
      input.id,
      input.experimentId,
    );
    if (changes === 0) throw new VerdictNotFoundError(input.experimentId, input.id);
    recordAudit(store, {
      at: input.at,
      who: input.by,
      action: "verdict.undo",
      target: `${input.experimentId}/${input.id}`,
      detail: {},
    });
  });
}

/** Adds a line to the audit trail. */
export function recordAudit(
  store: Store,
  line: { at: string; who: string; action: string; target: string; detail?: unknown },
): void {
  store.run(
    "INSERT INTO audit (at, who, action, target, detail) VALUES (?, ?, ?, ?, ?)",
    line.at,
    line.who,
    line.action,
    line.target,
    JSON.stringify(line.detail ?? {}),
  );
}

/** Next offset that a sink has not applied yet; 0 at first. */
export function sinkPosition(store: Store, sink: string, topic: string, partition: number): number {
  const rows = store.all(
    "SELECT next_offset FROM sink_offset WHERE sink = ? AND topic = ? AND partition = ?",
    sink,
    topic,
    partition,
  );
  return Number(rows[0]?.next_offset ?? 0);
}

/** Stores how far a sink has come; call it in the transaction that writes the rows. */
export function recordSinkPosition(
  store: Store,
  sink: string,
  topic: string,
  partition: number,
  nextOffset: number,
): void {
  upsert(store, "sink_offset", ["sink", "topic", "partition"], { sink, topic, partition, next_offset: nextOffset });
}

function placeName(place: { experimentId: string; plate: string; well: string | null; site: number | null }): string {
  return [place.experimentId, place.plate, place.well, place.site].filter((part) => part !== null).join("/");
}

/** Tables whose rows carry the generation of the record that made them. */
const GENERATED = [
  "image_quality",
  "well_profile",
  "plate_result",
  "profile_result",
  "flag_set",
  "hit",
  "experiment_result",
] as const;

/**
 * Forgets how far a workflow's sink has come and which generation made a row: an engine that starts anew may write every row again.
 * @param sink the sink's name
 */
export function forgetDeliveries(store: Store, sink: string, workflow: string): void {
  store.transaction(() => {
    store.run("DELETE FROM sink_offset WHERE sink = ?", sink);
    store.run("DELETE FROM failure WHERE experiment_id IN (SELECT id FROM experiment WHERE workflow = ?)", workflow);
    for (const table of GENERATED)
      store.run(
        `UPDATE ${table} SET generation = 0 WHERE experiment_id IN (SELECT id FROM experiment WHERE workflow = ?)`,
        workflow,
      );
  });
}
