import { userInfo } from "node:os";
import { folderStore, type ObjectStore } from "@artesian/data";
import { type NodeStats, type Plan, type RuntimeClient, startRuntimeThread } from "@artesian/engine";
import {
  finishRun,
  openReader,
  openStore,
  type RunCounts,
  type RunState,
  recordRun,
  type Store,
  type StoreReader,
} from "@artesian/store";
import {
  dataFolder,
  type KafkaPlace,
  planGraph,
  planOf,
  type RuntimeSettings,
  type WorkflowName,
} from "@artesian/workflows";
import { makeDataFolder } from "./data-folder.ts";
import { enterDeployment, refuseDeployment } from "./deployment-folder.ts";
import { renewFolder } from "./renew.ts";
import { newRunId } from "./run-id.ts";
import { version } from "./version.ts";

/** An open data folder with its engine running in a thread of its own. */
export interface Workspace {
  dir: string;
  runId: string;
  runtime: RuntimeClient;
  store: Store;
  reader: StoreReader;
  objects: ObjectStore;
  /** Says that the run has ended as `state`; the engine goes on for those who look at it. */
  finish(state: RunState): Promise<void>;
  /** Ends the run as `state` unless it has ended already, stops the engine, closes the folder. */
  close(state: RunState): Promise<void>;
}

export interface WorkspaceOptions {
  dir: string;
  /** Default phenomics. */
  workflow?: WorkflowName;
  /** A workflow whose graph is made of what people declare, in place of one of the product's. */
  bound?: BoundWorkflow;
  /** The deployment on Kafka that does the work. Default: an engine of the folder's own. */
  kafka?: KafkaPlace | undefined;
  /** Name of the run on pages. */
  name: string;
  /** What it was given, in words. */
  data: string;
  args: Record<string, unknown>;
  workers: number;
  onTrouble: (error: Error) => void;
  /** Told of what a person should know. */
  onNote: (line: string) => void;
}

/** A workflow that is made where it runs. Its engine is kept through changes of code: what was done is not done again. */
export interface BoundWorkflow {
  name: string;
  plan: Plan;
  /** Address of the module that exports `runtimeOptions`, and what it is told beside folder, run and threads. */
  runtime: string;
  settings: Record<string, unknown>;
}

/**
 * Opens a data folder for a run; it is made when it does not exist. A run that was cut off in this folder is taken up again under
 * its own identity.
 * @throws LockedError (engine/locked) when another process works in the folder
 */
export async function openWorkspace(options: WorkspaceOptions): Promise<Workspace> {
  const dir = makeDataFolder(options.dir);
  const { bound } = options;
  const standing = options.workflow ?? "phenomics";
  const workflow = bound?.name ?? standing;
  const folder = dataFolder(dir, workflow);
  const plan = bound?.plan ?? planOf(standing, options.kafka?.partitions);
  await renew(options, plan);
  const store = openStore(folder.store);
  const runId = unfinishedRun(store, workflow) ?? newRunId(Date.now(), Math.random);
  const startedAt = new Date().toISOString();
  const settings: RuntimeSettings = { workflow: standing, dir, runId, workers: options.workers };
  const module =
    options.kafka === undefined ? "@artesian/workflows/runtime.ts" : "@artesian/workflows/kafka-runtime.ts";
  const runtime = await startRuntimeThread({
    module: bound?.runtime ?? import.meta.resolve(module),
    options: {
      ...(bound === undefined ? settings : { dir, runId, workers: options.workers, ...bound.settings }),
      ...(options.kafka === undefined ? {} : { kafka: options.kafka }),
    },
    onTrouble: options.onTrouble,
  });
  recordRun(store, {
    id: runId,
    name: options.name,
    workflow,
    planHash: plan.sha256,
    plan: planGraph(plan),
    state: "running",
    data: options.data,
    dataDir: dir,
    args: options.args,
    who: userInfo().username,
    codeVersion: version,
    startedAt,
  });
  const reader = openReader(folder.store);
  let closed = false;
  let finished = false;
  const finish = async (state: RunState): Promise<void> => {
    if (finished) return;
    finished = true;
    const { nodes } = await runtime.stats();
    finishRun(store, { id: runId, state, finishedAt: new Date().toISOString(), counts: countsOf(nodes) });
  };
  return {
    dir,
    runId,
    runtime,
    store,
    reader,
    objects: folderStore(folder.objects),
    finish,
    async close(state) {
      if (closed) return;
      closed = true;
      try {
        await finish(state);
      } finally {
        await runtime.stop();
        await reader.close();
        store.close();
      }
    },
  };
}

/** Sets aside what was made by other code or comes from elsewhere, and says so. */
async function renew(
  { dir, bound, workflow = "phenomics", kafka, onNote }: WorkspaceOptions,
  plan: Plan,
): Promise<void> {
  const folder = dataFolder(dir, bound?.name ?? workflow);
  if (kafka !== undefined) {
    const own = bound === undefined ? { workflow } : {};
    if (await enterDeployment(folder, { plan, kafka, now: new Date(), ...own }))
      onNote("this folder's results came from another deployment: they are brought again from this one.");
    return;
  }
  refuseDeployment(folder);
  const changed = bound === undefined ? await renewFolder(folder, workflow, new Date()) : [];
  if (changed.length > 0)
    onNote(`the code of ${changed.join(", ")} has changed since this folder was made: everything is computed again.`);
}

/** What pages show of a run once its engine is gone. */
function countsOf(nodes: readonly NodeStats[]): RunCounts {
  const sum = (count: (tasks: NonNullable<NodeStats["tasks"]>) => number): number =>
    nodes.reduce((total, { tasks }) => total + (tasks === undefined ? 0 : count(tasks)), 0);
  return {
    tasks: {
      done: sum(({ done }) => done),
      failed: sum(({ failed }) => failed),
      total: sum(({ done, failed, waiting, running, retrying }) => done + failed + waiting + running + retrying),
    },
    nodes: Object.fromEntries(
      nodes.map(({ node, tasks, out, failed }) => [
        node,
        { done: tasks?.done ?? out, total: null, failed: tasks?.failed ?? failed, cached: tasks?.cached ?? 0 },
      ]),
    ),
  };
}

function unfinishedRun(store: Store, workflow: string): string | undefined {
  const row = store.all(
    "SELECT id FROM run WHERE state = 'running' AND workflow = ? ORDER BY started_at DESC LIMIT 1",
    workflow,
  )[0];
  return row === undefined ? undefined : String(row.id);
}
