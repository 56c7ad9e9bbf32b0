import { resolve } from "node:path";
import { readExecutors } from "@artesian/executors";
import { type DagExecutors, type KafkaPlace, type WorkflowName, workflows } from "@artesian/workflows";
import type { CommandContext } from "./command.ts";
import { type LoadedDag, loadDag, moduleUrl } from "./dag-document.ts";
import { EXIT, UsageError } from "./exit.ts";
import { portNumber } from "./experiment-options.ts";
import { hostPages, untilStopped } from "./host.ts";
import { imageRootsOf } from "./image-roots.ts";
import { executorsPlace, leftToOthers } from "./kafka-executors.ts";
import type { ServeFlags } from "./serve-flags.ts";
import { type BoundWorkflow, openWorkspace, type Workspace } from "./workspace.ts";

/** Serves pages of workflows that run on Kafka: this process brings their results into its data folder and does its share of the work. */
export async function serveKafka(
  flags: ServeFlags,
  kafka: KafkaPlace,
  { output, exit }: CommandContext,
): Promise<void> {
  const workers = Number(flags.workers ?? 2);
  if (!Number.isInteger(workers) || workers < 0)
    throw new UsageError(`--workers ${flags.workers}: expected a whole number from 0.`);
  if (workers === 0 && flags.executors !== undefined)
    throw new UsageError(
      "--executors: --workers 0 leaves what executors run to artesian worker; leave one of the two out.",
    );
  const named = await Promise.all((flags.workflow ?? ["phenomics"]).map((name) => chosen(name, flags, kafka)));
  const workspaces: Workspace[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(workspaces.map((workspace) => workspace.close("stopped")));
  };
  try {
    for (const { notes: _, ...choice } of named)
      workspaces.push(
        await openWorkspace({
          dir: flags.data,
          kafka,
          ...choice,
          data: kafka.brokers.join(","),
          args: { ...flags },
          workers,
          onTrouble: (error) => output.say(`trouble: ${error.message}`),
          onNote: (line) => output.say(`note: ${line}`),
        }),
      );
    for (const { notes } of named) if (workers > 0) for (const line of notes) output.say(`note: ${line}`);
    const [first] = workspaces;
    if (first === undefined) throw new UsageError("--workflow: name one at least.");
    const host = await hostPages(
      {
        dir: first.dir,
        store: first.store,
        reader: first.reader,
        live: workspaces.map(({ runId, runtime }) => ({ runId, control: runtime })),
        imageRoots: [...imageRootsOf(first.store), ...(flags.images ?? []).map((path) => resolve(path))],
        host: flags.host,
        port: portNumber(flags.port),
        mode: "kafka",
        ...(flags.maps === undefined ? {} : { maps: flags.maps }),
      },
      output,
    );
    output.data(host.url);
    output.say(
      `Working on ${kafka.brokers.join(",")}. Ctrl-C stops this process; others go on, and it goes on when it is started again.`,
    );
    await untilStopped();
    await host.close();
  } finally {
    await close();
  }
  exit(EXIT.done);
}

/** A workflow of the product, or one of one's own. */
async function chosen(
  name: string,
  flags: ServeFlags,
  kafka: KafkaPlace,
): Promise<{ name: string; notes: string[] } & ({ workflow: WorkflowName } | { bound: BoundWorkflow })> {
  if (isOfProduct(name)) {
    for (const flag of ["tasks", "executors", "functions", "schemas"] as const)
      if (flags[flag] !== undefined && flags.workflow?.every(isOfProduct) !== false)
        throw new UsageError(`--${flag}: ${name} has its own; leave it out.`);
    return { name, workflow: name, notes: [] };
  }
  const loaded = await loadDag(name, flags, kafka.partitions);
  if (loaded.plan.dag in workflows)
    throw new UsageError(`${name}: "${loaded.plan.dag}" is a workflow of the product; give yours another name.`);
  const executors = executorsPlace(name, flags.data, flags.executors);
  return {
    name: loaded.plan.dag,
    bound: boundOnKafka(loaded, flags.tasks, executors),
    notes: leftToOthers(loaded.plan, Object.keys(readExecutors(executors.executors))),
  };
}

/** A workflow of one's own, to be run on Kafka. @param tasks file of the module that exports its tasks */
export function boundOnKafka(
  { plan, functionsModule }: LoadedDag,
  tasks: string | undefined,
  executors: DagExecutors,
): BoundWorkflow {
  return {
    name: plan.dag,
    plan,
    runtime: import.meta.resolve("@artesian/workflows/kafka-runtime.ts"),
    settings: {
      plan,
      executors,
      ...(functionsModule === undefined ? {} : { functions: functionsModule }),
      ...(tasks === undefined ? {} : { tasks: moduleUrl(tasks) }),
    },
  };
}

function isOfProduct(name: string): name is WorkflowName {
  return name in workflows;
}
