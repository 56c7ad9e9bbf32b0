import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { sha256 } from "@artesian/data";
import {
  type AppendRecord,
  type CloseSummary,
  diffPlans,
  type NodeStats,
  type Plan,
  type Value,
} from "@artesian/engine";
import { inexactInteger } from "@artesian/engine/json.ts";
import { executorsFile } from "@artesian/executors";
import { workflows } from "@artesian/workflows";
import type { Command } from "commander";
import type { CommandContext } from "./command.ts";
import { describeDiff } from "./dag-diff.ts";
import { addDagOptions, type DagFlags, type LoadedDag, loadDag, planInFolder } from "./dag-document.ts";
import { EXIT, UsageError } from "./exit.ts";
import { wholeNumber } from "./experiment-options.ts";
import { type Host, hostPages } from "./host.ts";
import type { Output } from "./output.ts";
import { stopOnSignal } from "./stop-on-signal.ts";
import { openWorkspace, type Workspace } from "./workspace.ts";

interface DagRunFlags extends DagFlags {
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
  addDagOptions(dag.command("run"))
    .description(
      "Carry a workflow out in a data folder: records in, tasks by threads, executors or workers that lease.",
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
    .action(async (file: string, flags: DagRunFlags) => runDag(await loadDag(file, flags), file, flags, context));
}

const examples = `
A line of an input is the record's value, or {"key": …, "value": …} with just these two.

Examples:
  $ artesian dag run features.json --data results --input images=images.jsonl --read features
  $ artesian dag run features.json --data results --input images=images.jsonl --port 8080

Exit code 0 when everything is done, 3 when something failed, is incomplete, or was stopped.`;

async function runDag(
  { plan, functionsModule }: LoadedDag,
  file: string,
  flags: DagRunFlags,
  { output, exit }: CommandContext,
): Promise<void> {
  if (plan.dag in workflows)
    throw new UsageError(`${file}: "${plan.dag}" is a workflow of the product; give yours another name.`);
  const inputs = (flags.input ?? []).map((text) => readInput(plan, text));
  const reads = (flags.read ?? []).map((topic) => topicOf(plan, topic));
  const before = planInFolder(flags.data, plan.dag);
  if (before !== undefined && before.sha256 !== plan.sha256)
    for (const line of describeDiff(diffPlans(before, plan))) output.say(line);
  const workspace = await openWorkspace({
    dir: flags.data,
    bound: {
      name: plan.dag,
      plan,
      runtime: import.meta.resolve("@artesian/workflows/dag-runtime.ts"),
      settings: {
        plan,
        folder: dirname(resolve(file)),
        executors: resolve(flags.executors ?? join(flags.data, executorsFile)),
        ...(functionsModule === undefined ? {} : { functions: functionsModule }),
        ...(flags.discardState ? { lostState: "discard" } : {}),
        ...(flags.tasks === undefined ? {} : { tasks: pathToFileURL(resolve(flags.tasks)).href }),
      },
    },
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
    host = await serve(workspace, flags, output);
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

async function serve(workspace: Workspace, flags: DagRunFlags, output: Output): Promise<Host | undefined> {
  const names = await workspace.runtime.leasedNames();
  if (flags.port === undefined) {
    if (names.length > 0)
      throw new UsageError(
        `Tasks ${names.join(", ")} are leased by workers: give --port, or name an executor or --tasks for them.`,
      );
    return undefined;
  }
  const { dir, store, reader, runId, runtime } = workspace;
  const port = flags.port === "0" ? 0 : wholeNumber("--port", flags.port);
  const host = await hostPages(
    { dir, store, reader, imageRoots: [], host: "127.0.0.1", port, live: [{ runId, control: runtime }] },
    output,
  );
  output.say(
    `${host.url}${names.length > 0 ? ` · workers: POST ${host.url}/tasks/lease {"names": ${JSON.stringify(names)}}` : ""}`,
  );
  return host;
}

interface DagInput {
  topic: string;
  path: string;
  records: AppendRecord[];
}

/** @throws UsageError naming file and line */
function readInput(plan: Plan, text: string): DagInput {
  const at = text.indexOf("=");
  const [topic, path] = [text.slice(0, at), text.slice(at + 1)];
  if (at < 1 || path === "") throw new UsageError(`--input ${text}: expected TOPIC=FILE.`);
  const topics = plan.topics.filter(({ kind }) => kind === "external" || kind === "table").map(({ name }) => name);
  if (!topics.includes(topic))
    throw new UsageError(`--input ${text}: the workflow reads no topic "${topic}". It reads ${topics.join(", ")}.`);
  if (!existsSync(path)) throw new UsageError(`--input ${text}: there is no such file.`);
  const times = new Map<string, number>();
  const records = readFileSync(path, "utf8")
    .split("\n")
    .flatMap((line, index): AppendRecord[] => {
      if (line.trim() === "") return [];
      const record = recordOf(line, `${path}, line ${index + 1}`);
      // The same line again is another record; the same file again is none.
      const digest = sha256(line.trim());
      const time = (times.get(digest) ?? 0) + 1;
      times.set(digest, time);
      return [{ ...record, eventId: `line/${digest}/${time}` }];
    });
  return { topic, path: resolve(path), records };
}

function recordOf(line: string, where: string): AppendRecord {
  let parsed: unknown;
  try {
    parsed = JSON.parse(line);
  } catch (error) {
    throw new UsageError(`${where}: is not JSON: ${error instanceof Error ? error.message : error}`);
  }
  const wide = inexactInteger(line);
  if (wide !== undefined)
    throw new UsageError(`${where}: ${wide} is beyond 2^53 - 1 and would become another number. Write it as text.`);
  if (parsed === null || typeof parsed !== "object" || Array.isArray(parsed))
    throw new UsageError(`${where}: expected a JSON object.`);
  const value = parsed as Value;
  const isKeyed =
    Object.keys(value).sort().join() === "key,value" &&
    typeof value.key === "string" &&
    typeof value.value === "object";
  return isKeyed ? { key: String(value.key), value: value.value as Value | null } : { value };
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
