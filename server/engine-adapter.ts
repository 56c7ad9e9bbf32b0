import { existsSync } from "node:fs";
import { join } from "node:path";
import {
  type DeadLetterRow,
  type EngineReader,
  type Inspector,
  type NodeStats,
  openReader,
  type Plan,
  type RunEvent,
  type RuntimeClient,
  type TaskDetail,
  type TaskRow,
} from "@artesian/engine";
import { planGraph } from "@artesian/workflows";
import type {
  EngineDeadLetter,
  EngineEvent,
  EngineNode,
  Engines,
  EngineTask,
  EngineTaskDetail,
  EngineView,
  LeaseControl,
  RunEngine,
} from "./engine-view.ts";

/** What the server asks of a runtime client. */
export type RuntimeControl = Pick<RuntimeClient, "retry" | "redrive"> &
  Partial<LeaseControl & Pick<RuntimeClient, "survey">>;

/** Engines that were added, and those of earlier runs by their data folders. */
export interface EngineRegistry extends Engines {
  /**
   * Adds the engine of a run.
   * @param dir the engine's folder (with `engine.db`); may still be empty
   * @param control a running runtime; without it the run can only be looked at
   */
  add(runId: string, dir: string, control?: RuntimeControl): void;
  /** The run ended: it can still be looked at, and no longer polled. */
  end(runId: string): void;
  close(): void;
}

/** @param clock milliseconds since 1970 */
export function engineRegistry(clock: () => number = Date.now): EngineRegistry {
  const engines = new Map<string, RunEngine & { live: boolean; close(): void }>();
  return {
    add(runId, dir, control) {
      engines.get(runId)?.close();
      const { view, close } = engineView(dir, clock);
      engines.set(runId, {
        runId,
        view,
        close,
        live: true,
        ...(control === undefined ? {} : { control: controlOf(control) }),
      });
    },
    end(runId) {
      const engine = engines.get(runId);
      if (engine === undefined) return;
      engine.live = false;
      delete engine.control;
    },
    of: (runId) => engines.get(runId),
    all: () => [...engines.values()].filter((engine) => engine.live),
    close() {
      for (const engine of engines.values()) engine.close();
      engines.clear();
    },
  };
}

function controlOf(control: RuntimeControl): NonNullable<RunEngine["control"]> {
  return {
    retry: (taskId) => control.retry(taskId),
    async redrive(ids) {
      if (ids === "all") return control.redrive("all");
      let count = 0;
      for (const id of ids) count += await control.redrive(Number(id));
      return count;
    },
    ...(control.survey === undefined ? {} : { survey: async () => control.survey?.() }),
    ...(isLeasing(control) ? { leases: control } : {}),
  };
}

function isLeasing(control: RuntimeControl): control is RuntimeControl & LeaseControl {
  return control.lease !== undefined && control.leasedNames !== undefined;
}

/** Reads an engine's folder beside its runtime; everything is empty until there is an engine in it. */
export function engineView(dir: string, clock: () => number): { view: EngineView; close(): void } {
  let reader: EngineReader | undefined;
  let drawn: { plans: Plan[]; graph: ReturnType<typeof planGraph> } | undefined;
  const inspector = (): Inspector | undefined => {
    if (reader === undefined && existsSync(join(dir, "engine.db"))) reader = openReader(dir);
    return reader?.inspector;
  };
  const graph = (): { plans: Plan[]; graph: ReturnType<typeof planGraph> } => {
    if (drawn !== undefined) return drawn;
    const plans = inspector()?.plans() ?? [];
    const parts = plans.map(planGraph);
    const found = {
      plans,
      graph: { nodes: parts.flatMap((part) => part.nodes), edges: parts.flatMap((part) => part.edges) },
    };
    if (plans.length > 0) drawn = found;
    return found;
  };
  /** Failures pass through every node after the one they arose at; only that one counts them as its own. */
  const ownFailures = (stats: NodeStats): number => {
    if (stats.tasks !== undefined) return stats.tasks.failed;
    if (stats.failed === 0) return 0;
    const letters = inspector()?.deadLetters({ node: stats.name, limit: 1000 }) ?? [];
    return letters.filter((letter) => letter.state === "open").length;
  };
  const view: EngineView = {
    nodes() {
      const labels = new Map(graph().graph.nodes.map((node) => [node.id, node.label]));
      const nodes = inspector()?.stats(clock()).nodes ?? [];
      return nodes.flatMap((stats) => {
        const label = labels.get(stats.node);
        return label === undefined ? [] : [nodeOf(stats, label, ownFailures(stats))];
      });
    },
    edges: () => graph().graph.edges,
    tasks({ node, state, text, limit, after }) {
      const found: TaskRow[] = [];
      let seq = Number(after ?? 0);
      // A text is looked for page by page, over at most so many tasks a request.
      for (let looked = 0; looked < MOST_LOOKED_AT; ) {
        const page =
          inspector()?.tasks({ limit: PAGE, after: seq, ...(node ? { node } : {}), ...(state ? { state } : {}) }) ?? [];
        for (const task of page) {
          looked++;
          seq = task.seq;
          if (text === undefined || task.key.toLowerCase().includes(text.toLowerCase())) found.push(task);
          if (found.length === limit) return { tasks: found.map(taskOf), next: String(seq) };
        }
        if (page.length < PAGE) return { tasks: found.map(taskOf), next: null };
      }
      return { tasks: found.map(taskOf), next: String(seq) };
    },
    task(id) {
      const task = inspector()?.task(id);
      return task === undefined ? undefined : taskDetailOf(task);
    },
    deadLetters({ limit, after }) {
      const letters = inspector()?.deadLetters({ limit, after: Number(after ?? 0) }) ?? [];
      return {
        letters: letters.map(deadLetterOf),
        next: letters.length < limit ? null : String(letters.at(-1)?.id ?? 0),
      };
    },
    events: (after, limit) => (inspector()?.events(after, limit) ?? []).map(eventOf),
    lastOffset: () => inspector()?.stats(clock()).lastEvent ?? 0,
  };
  return { view, close: () => reader?.close() };
}

const PAGE = 500;
const MOST_LOOKED_AT = 20_000;

function nodeOf(stats: NodeStats, label: string, failed: number): EngineNode {
  const { tasks } = stats;
  return {
    id: stats.node,
    label,
    kind: stats.type,
    done: tasks?.done ?? Math.max(0, Math.max(stats.out, stats.type.startsWith("topic") ? stats.in : 0) - stats.failed),
    failed,
    cached: tasks?.cached ?? 0,
    lag: stats.lag,
    ratePerS: stats.ratePerS,
    oldestAgeMs: tasks === undefined || tasks.oldestAgeMs === 0 ? null : tasks.oldestAgeMs,
    tasks:
      tasks === undefined
        ? null
        : {
            waiting: tasks.waiting,
            running: tasks.running,
            retrying: tasks.retrying,
            done: tasks.done,
            failed: tasks.failed,
          },
  };
}

/** `phenomics.site-features` → `site-features`, as the graph calls it. */
function shortName(name: string): string {
  return name.slice(name.indexOf(".") + 1);
}

function taskOf(task: TaskRow): EngineTask {
  const failed = task.state === "failed" || task.state === "retrying";
  return {
    id: task.taskId,
    node: shortName(task.node),
    key: task.key,
    state: task.state,
    attempts: task.attempts,
    cached: task.cached,
    queuedAt: instant(task.admittedAt),
    startedAt: instant(task.startedAt),
    finishedAt: instant(task.finishedAt),
    error: failed && task.code !== undefined ? { code: task.code, message: task.message ?? task.code } : null,
  };
}

function taskDetailOf(task: TaskDetail): EngineTaskDetail {
  const last = task.attemptRows.at(-1);
  const error = last?.error;
  const causes = (error?.causes ?? []).map((cause) => cause.message);
  return {
    ...taskOf(task),
    input: task.input ?? null,
    output: null,
    stack: error?.stack ?? null,
    chain: error === undefined ? [] : causes[0] === error.message ? causes : [error.message, ...causes],
    attemptList: task.attemptRows.map((attempt) => ({
      attempt: attempt.attempt,
      state: attempt.outcome,
      startedAt: instant(attempt.startedAt),
      finishedAt: instant(attempt.endedAt),
      code: attempt.error?.code ?? null,
      message: attempt.firstCause ?? null,
    })),
    log: task.attemptRows.flatMap((attempt) => attempt.log).slice(-200),
    identity: identityOf(task),
  };
}

/** On Kafka the digest of the code is no part of it. */
function identityOf({ components, cacheKey }: TaskDetail): EngineTaskDetail["identity"] {
  const { code, ...others } = components;
  return { ...others, ...(code === "" ? {} : { code }), cacheKey };
}

function deadLetterOf(letter: DeadLetterRow): EngineDeadLetter {
  return {
    id: String(letter.id),
    node: shortName(letter.node),
    key: letter.key,
    code: letter.code,
    message: letter.message,
    at: new Date(letter.at).toISOString(),
    value: letter.value,
  };
}

function eventOf(event: RunEvent): EngineEvent {
  const { data } = event;
  const text = (name: string): string => (typeof data[name] === "string" ? data[name] : "");
  const item = [text("node"), text("key")].filter(Boolean).join(" ");
  const said = text("message");
  return {
    offset: event.offset,
    at: new Date(event.at).toISOString(),
    kind: KINDS[event.kind] ?? "note",
    text: SENTENCES[event.kind] ?? ([item, said].filter(Boolean).join(": ") || event.kind),
    taskId: text("taskId") || null,
  };
}

const KINDS: Record<string, EngineEvent["kind"]> = {
  counters: "counters",
  "task-failed": "task-failed",
  "group-incomplete": "group-incomplete",
  "dead-letter": "task-failed",
  "run-started": "run-started",
  "run-drained": "run-drained",
  "run-stopped": "run-stopped",
};

const SENTENCES: Record<string, string> = {
  counters: "counts",
  "run-started": "The run started.",
  "run-drained": "Everything that came is done.",
  "run-stopped": "The engine stopped.",
};

function instant(milliseconds: number | undefined): string | null {
  return milliseconds === undefined ? null : new Date(milliseconds).toISOString();
}
