import { dirname, join, resolve } from "node:path";
import { type CloseSummary, diffPlans, type NodeStats, type Plan } from "@artesian/engine";
import { executorsFile, readExecutors } from "@artesian/executors";
import { type KafkaPlace, workflows } from "@artesian/workflows";
import type { Command } from "commander";
import type { CommandContext } from "./command.ts";
import { describeDiff } from "./dag-diff.ts";
import { addDagOptions, type DagFlags, type LoadedDag, loadDag, moduleUrl, planInFolder } from "./dag-document.ts";
import { readInput } from "./dag-input.ts";
import { type EngineFlags, kafkaPlace, withEngineOptions } from "./engine-options.ts";
import { EXIT, UsageError } from "./exit.ts";
import { wholeNumber } from "./experiment-options.ts";
import { type Host, hostPages } from "./host.ts";
import { executorsPlace, leftToOthers } from "./kafka-executors.ts";
import type { Output } from "./output.ts";
import { boundOnKafka } from "./serve-kafka.ts";
import { stopOnSignal } from "./stop-on-signal.ts";
import { type BoundWorkflow, openWorkspace, type Workspace } from "./workspace.ts";

interface DagRunFlags extends DagFlags, EngineFlags {
  data: string;
  input?: string[];
  read?: string[];
  tasks?: string;
  executors?: string;
  discardState?: true;
  workers: string;
  port?: string;
  stay?: true;
  json?: true;
}

const perAppend = 1000;

/** `artesian dag run`: a workflow of one's own, carried out in a data folder. */
export function registerDagRun(dag: Command, context: CommandContext): void {
  const several = (value: string, before: string[] = []): string[] => [...before, value];
  withEngineOptions(addDagOptions(dag.command("run")))
    .description(
      "Carry a workflow out in a data folder: records in, tasks by threads, executors or workers that lease. With --engine kafka on topics of Kafka, shared with every process that is given the same command.",
    )
    .argument("<file>", "workflow document (JSON or EDN), or a module that exports one")
    .requiredOption("--data <dir>", "data folder; made when it does not exist, gone on with when it does")
    .option(
      "--input <topic=file>",
      "records for a topic, a JSON object a line; each line enters once; repeatable",
      several,
    )
    .option("--read <topic>", "print the records of a topic at the end, a JSON object a line; repeatable", several)
    .option("--tasks <module>", "module that exports tasks for worker threads")
    .option("--executors <file>", `executors that nodes name (default: ${executorsFile} in the data folder)`)
    .option("--discard-state", "begin stores empty whose entries a changed workflow cannot go on with")
    .option("--workers <n>", "worker threads", "2")
    .option("--port <n>", "serve pages and POST /tasks/lease meanwhile; 0 for any free port")
    .option("--stay", "go on when everything is done, until Ctrl-C")
    .option("--json", "one JSON document on stdout")
    .addHelpText("after", examples)
    .action(async (file: string, flags: DagRunFlags) => {
      const kafka = kafkaPlace(flags);
      await runDag(await loadDag(file, flags, kafka?.partitions), file, flags, kafka, context);
    });
}

const examples = `
A line of an input is the record's value, or {"key": …, "value": …} with just these two.

Examples:
  $ artesian dag run features.json --data results --input images=images.jsonl --read features
  $ artesian dag run features.json --data results --input images=images.jsonl --port 8080
  $ artesian dag run features.json --data results --input images=images.jsonl --tasks tasks.ts --engine kafka --brokers k1:9092

Exit code 0 when everything is done, 3 when something failed, is incomplete, or was stopped.`;

async function runDag(
  loaded: LoadedDag,
  file: string,
  flags: DagRunFlags,
  kafka: KafkaPlace | undefined,
  { output, exit }: CommandContext,
): Promise<void> {
  const { plan } = loaded;
  if (plan.dag in workflows)
    throw new UsageError(`${file}: "${plan.dag}" is a workflow of the product; give yours another name.`);
  const inputs = (flags.input ?? []).map((text) => readInput(plan, text));
  const reads = (flags.read ?? []).map((topic) => topicOf(plan, topic));
  const before = planInFolder(flags.data, plan.dag);
  if (before !== undefined && before.sha256 !== plan.sha256)
    for (const line of describeDiff(diffPlans(before, plan))) output.say(line);
  const workspace = await openWorkspace({
    dir: flags.data,
    bound: kafka === undefined ? boundHere(loaded, file, flags) : boundThere(loaded, file, flags),
    kafka,
    name: plan.dag,
    data: inputs.map(({ path }) => path).join(", "),
    args: { file, ...flags },
    workers: wholeNumber("--workers", flags.workers) ?? 2,
    onTrouble: (error) => output.say(`trouble: ${error.message}`),
    onNote: (line) => output.say(`note: ${line}`),
  });
  const interrupted = stopOnSignal(workspace, () => output.say("Stopped. Run the same command again to go on."));
  let host: Host | undefined;
  let timer: NodeJS.Timeout | undefined;
  try {
    host = await serve(workspace, flags, kafka, output);
    if (kafka !== undefined) sayShared(plan, file, flags, kafka, output);
    timer = setInterval(
      () =>
        void workspace.runtime.stats().then(
          ({ nodes }) => output.progress(progressOf(nodes)),
          () => {},
        ),
      1000,
    );
    for (const { topic, records } of inputs)
      for (let from = 0; from < records.length; from += perAppend)
        await workspace.runtime.append(topic, records.slice(from, from + perAppend));
    if (flags.stay) {
      output.say("Stays until Ctrl-C.");
      await workspace.runtime.drain();
      await new Promise<never>((_, reject) => {
        for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => reject(new Error("stopped")));
      });
    }
    const summary = await workspace.runtime.closeInput();
    output.settle();
    for (const topic of reads)
      for (const record of await recordsOf(workspace, topic)) output.data(JSON.stringify(record));
    await workspace.close(summary.complete ? "done" : "incomplete");
    report(workspace.runId, summary, flags, output);
    exit(summary.complete ? EXIT.done : EXIT.incomplete);
  } catch (error) {
    if (interrupted()) return exit(EXIT.incomplete);
    await workspace.close("failed").catch(() => {}); // what ended the run says more than what ended with it
    throw error;
  } finally {
    clearInterval(timer);
    output.settle();
    await host?.close();
  }
}

function boundHere({ plan, functionsModule }: LoadedDag, file: string, flags: DagRunFlags): BoundWorkflow {
  return {
    name: plan.dag,
    plan,
    runtime: import.meta.resolve("@artesian/workflows/dag-runtime.ts"),
    settings: {
      plan,
      folder: dirname(resolve(file)),
      executors: resolve(flags.executors ?? join(flags.data, executorsFile)),
      ...(functionsModule === undefined ? {} : { functions: functionsModule }),
      ...(flags.discardState ? { lostState: "discard" } : {}),
      ...(flags.tasks === undefined ? {} : { tasks: moduleUrl(flags.tasks) }),
    },
  };
}

/** @throws UsageError for options that Kafka cannot hold */
function boundThere(loaded: LoadedDag, file: string, flags: DagRunFlags): BoundWorkflow {
  if (flags.discardState)
    throw new UsageError(
      "--discard-state is of the embedded engine: others may be at work on Kafka's state. Run the changed workflow beside it with --shadow TEXT, or give it another name.",
    );
  return boundOnKafka(loaded, flags.tasks, executorsPlace(file, flags.data, flags.executors));
}

/** Says how others take part, and which tasks wait for them. */
function sayShared(plan: Plan, file: string, flags: DagRunFlags, { brokers }: KafkaPlace, output: Output): void {
  output.say(
    `Working on ${brokers.join(",")}: every process with this command and a folder of its own shares the work.`,
  );
  const here = Object.keys(readExecutors(executorsPlace(file, flags.data, flags.executors).executors));
  for (const line of leftToOthers(plan, here)) output.say(`note: ${line}`);
  const tasks = plan.nodes.flatMap(({ spec }) =>
    spec.type === "external-task" && spec.executor === undefined ? [spec["task-name"]] : [],
  );
  if (flags.tasks === undefined && flags.port === undefined && tasks.length > 0)
    output.say(
      `Tasks ${[...new Set(tasks)].join(", ")} wait for others that have --tasks, such as artesian worker, that lease (--port), or that read their topics of requests.`,
    );
}

async function serve(
  workspace: Workspace,
  flags: DagRunFlags,
  kafka: KafkaPlace | undefined,
  output: Output,
): Promise<Host | undefined> {
  const names = await workspace.runtime.leasedNames();
  if (flags.port === undefined) {
    if (names.length > 0 && kafka === undefined)
      throw new UsageError(
        `Tasks ${names.join(", ")} are leased by workers: give --port, or name an executor or --tasks for them.`,
      );
    return undefined;
  }
  const { dir, store, reader, runId, runtime } = workspace;
  const port = flags.port === "0" ? 0 : wholeNumber("--port", flags.port);
  const host = await hostPages(
    {
      dir,
      store,
      reader,
      imageRoots: [],
      host: "127.0.0.1",
      port,
      live: [{ runId, control: runtime }],
      mode: kafka === undefined ? "embedded" : "kafka",
    },
    output,
  );
  output.say(
    `${host.url}${names.length > 0 ? ` · workers: POST ${host.url}/tasks/lease {"names": ${JSON.stringify(names)}}` : ""}`,
  );
  return host;
}

function topicOf(plan: Plan, topic: string): string {
  const known = plan.topics.map(({ name }) => name);
  const found = known.find((name) => name === topic) ?? known.find((name) => name === `${plan.dag}.${topic}`);
  if (found === undefined)
    throw new UsageError(`--read ${topic}: there is no such topic. There are ${known.join(", ")}.`);
  return found;
}

async function recordsOf({ runtime }: Workspace, topic: string): Promise<unknown[]> {
  const found: unknown[] = [];
  for (const { partition, first, next } of await runtime.partitions(topic))
    for (const { key, value, failure } of await runtime.readTopic(topic, partition, first, next - first))
      found.push(failure === undefined ? { key, value } : { key, value, failure });
  return found;
}

function report(runId: string, summary: CloseSummary, flags: DagRunFlags, output: Output): void {
  if (flags.json) output.json({ run: runId, ...summary });
  const { failedTasks, deadLetters, incompleteGroups } = summary;
  if (summary.complete) output.say("Everything is done.");
  else
    output.say(
      `${failedTasks} tasks failed, ${deadLetters} dead letters, ${incompleteGroups} groups incomplete. Look: artesian dead-letters list --data ${flags.data}`,
    );
}

function progressOf(nodes: readonly NodeStats[]): string {
  const sum = (of: (tasks: NonNullable<NodeStats["tasks"]>) => number): number =>
    nodes.reduce((total, { tasks }) => total + (tasks === undefined ? 0 : of(tasks)), 0);
  const left = sum(({ waiting, retrying }) => waiting + retrying);
  return `${sum(({ done }) => done)} tasks done · ${sum(({ running }) => running)} running · ${left} waiting · ${sum(({ failed }) => failed)} failed`;
}
