import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { joinDeployment, type KafkaOptions, openKafka } from "@artesian/engine";
import { executorsFile } from "@artesian/executors";
import {
  dataFolder,
  type KafkaPlace,
  kafkaConnection,
  kafkaWorkerOptions,
  sharedExecutors,
  taskCode,
  type WorkflowName,
  workflows,
} from "@artesian/workflows";
import type { Command } from "commander";
import type { CommandContext } from "./command.ts";
import { addDagOptions, type DagFlags, loadDag, moduleUrl } from "./dag-document.ts";
import { type EngineFlags, kafkaPlace, withEngineOptions } from "./engine-options.ts";
import { describeError, EXIT, UsageError } from "./exit.ts";
import { executorsPlace, leftToOthers } from "./kafka-executors.ts";

interface WorkerFlags extends EngineFlags, DagFlags {
  data?: string;
  tasks?: string;
  executors?: string;
  threads: string;
  application?: string;
  only?: string;
  json?: true;
}

export function registerWorker(program: Command, { output, exit }: CommandContext): void {
  const worker = program
    .command("worker")
    .description("Run a workflow on Kafka, as one of any number of workers that may be added or killed at any time.")
    .argument(
      "<workflow>",
      `workflow document or module, or one of the product's: ${Object.keys(workflows).join(", ")}`,
    );
  addDagOptions(withEngineOptions(worker, "kafka"))
    .option(
      "--data <dir>",
      "the data folder, which all of its machines see under this path; a document needs it for executors only",
    )
    .option("--tasks <module>", "of a document: module that exports `tasks`; this worker runs them, too")
    .option(
      "--executors <file>",
      `of a document: executors that its nodes name (default: ${executorsFile} in the data folder)`,
    )
    .option("--threads <n>", "threads that run tasks", "1")
    .option("--application <name>", "prefix of the consumer groups; one for all workers of a deployment")
    .option("--only <part>", "do one part only: plans or tasks")
    .option("--json", "one JSON document a second on stdout: what this worker does")
    .addHelpText("after", examples)
    .action(async (workflow: string, flags: WorkerFlags) => {
      const kafka = kafkaPlace(flags);
      if (kafka === undefined) throw new UsageError(`--engine ${flags.engine}: a worker runs on kafka.`);
      const { only } = flags;
      if (only !== undefined && only !== "plans" && only !== "tasks")
        throw new UsageError(`--only ${only}: expected plans or tasks.`);
      const threads = Number(flags.threads);
      if (!Number.isInteger(threads) || threads < 1)
        throw new UsageError(`--threads ${flags.threads}: expected a whole number from 1.`);
      const ofProduct = isOfProduct(workflow);
      const options = await (ofProduct
        ? productOptions(workflow, flags, threads, kafka)
        : documentOptions(workflow, flags, threads, kafka));
      if (only === "tasks" && options.tasks === undefined && Object.keys(options.executors ?? {}).length === 0)
        throw new UsageError(
          `--only tasks needs --tasks MODULE, or --data DIR with an ${executorsFile} that has what the workflow names.`,
        );
      const [plan] = options.plans;
      try {
        if (plan !== undefined && ofProduct)
          await joinDeployment({
            ...kafkaConnection(kafka, workflow),
            plan,
            code: await taskCode(workflow),
          });
        const runtime = await openKafka({
          ...options,
          ...(flags.application === undefined ? {} : { application: flags.application }),
          ...(only === undefined ? {} : { roles: [only] }),
          onTrouble: (error) => {
            const { code, message } = describeError(error);
            output.say(`${message} [${code}]`);
          },
        });
        output.say(`${plan?.dag}: running on ${kafka.brokers.join(",")}; Ctrl-C ends this worker, others go on.`);
        if (plan !== undefined && only !== "plans")
          for (const line of leftToOthers(plan, Object.keys(options.executors ?? {}))) output.say(`note: ${line}`);
        const telling = flags.json ? setInterval(() => output.json(runtime.stats()), 1000) : undefined;
        await new Promise<void>((done) => {
          for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => done());
        });
        clearInterval(telling);
        await runtime.stop();
        exit(EXIT.done);
      } catch (error) {
        const { code, message } = describeError(error);
        output.say(`${message} [${code}]`);
        exit(EXIT.failed);
      }
    });
}

const examples = `
Examples:
  $ artesian worker phenomics --brokers k1:9092,k2:9092 --data /shared/screens --threads 8
  $ artesian worker features.json --brokers k1:9092 --tasks tasks.ts
  $ artesian worker align.json --brokers k1:9092 --data /shared/align --only tasks   # by /shared/align/executors.json`;

function isOfProduct(workflow: string): workflow is WorkflowName {
  return workflow in workflows;
}

async function productOptions(
  workflow: WorkflowName,
  flags: WorkerFlags,
  threads: number,
  kafka: KafkaPlace,
): Promise<KafkaOptions> {
  for (const name of ["tasks", "functions", "schemas", "executors"] as const)
    if (flags[name] !== undefined) throw new UsageError(`--${name}: ${workflow} has its own; leave it out.`);
  if (flags.data === undefined && flags.only !== "plans")
    throw new UsageError(
      `Say where the objects of ${workflow} are: --data with the data folder that its machines share.`,
    );
  if (flags.data === undefined) {
    const { tasks: _, ...plans } = kafkaWorkerOptions(workflow, "", threads, kafka);
    return plans;
  }
  return kafkaWorkerOptions(workflow, dataFolder(there(flags.data), workflow).objects, threads, kafka);
}

/** A data folder that others have made. */
function there(data: string): string {
  if (!existsSync(data))
    throw new UsageError(
      `--data ${data}: there is no such folder. Start artesian serve, watch or run with it first, or mount it.`,
    );
  return resolve(data);
}

async function documentOptions(
  file: string,
  flags: WorkerFlags,
  threads: number,
  kafka: KafkaPlace,
): Promise<KafkaOptions> {
  if (flags.executors !== undefined && flags.only === "plans")
    throw new UsageError("--executors: with --only plans nothing runs here; leave it out.");
  if (flags.executors !== undefined && flags.data === undefined)
    throw new UsageError(
      "--executors: say with --data where attempts and outputs go, a folder that all of its machines see.",
    );
  const { plan, functions } = await loadDag(file, flags, kafka.partitions);
  const place =
    flags.data === undefined || flags.only === "plans"
      ? undefined
      : executorsPlace(file, there(flags.data), flags.executors);
  return {
    ...kafkaConnection(kafka),
    plans: [plan],
    ...(place === undefined ? {} : { executors: sharedExecutors(plan, place) }),
    ...(functions === undefined ? {} : { functions }),
    ...(flags.tasks === undefined ? {} : { tasks: { module: moduleUrl(flags.tasks), threads } }),
  };
}
