import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { compile, type FunctionRegistry, openKafka } from "@artesian/engine";
import type { Command } from "commander";
import type { CommandContext } from "./command.ts";
import { describeError, EXIT, UsageError } from "./exit.ts";

interface WorkerFlags {
  engine: string;
  brokers?: string;
  tasks?: string;
  functions?: string;
  threads: string;
  application?: string;
  only?: string;
  json?: true;
}

export function registerWorker(program: Command, { output, exit }: CommandContext): void {
  program
    .command("worker")
    .description("Run a workflow on Kafka, as one of any number of workers that may be added or killed at any time.")
    .argument("<file>", "workflow document (JSON)")
    .option("--engine <name>", "where topics and state are kept: kafka", "kafka")
    .option("--brokers <list>", "brokers as host:port,host:port; default: the environment's ARTESIAN_KAFKA")
    .option("--tasks <module>", "module that exports `tasks`: this worker runs them, too")
    .option("--functions <module>", "module that exports `functions`, the registered functions of the graph")
    .option("--threads <n>", "threads that run tasks", "1")
    .option("--application <name>", "prefix of the consumer groups; one for all workers of a deployment")
    .option("--only <part>", "do one part only: plans or tasks")
    .option("--json", "one JSON document a second on stdout: what this worker does")
    .action(async (file: string, flags: WorkerFlags) => {
      const brokers = flags.brokers ?? process.env.ARTESIAN_KAFKA;
      if (flags.engine !== "kafka") throw new UsageError(`--engine ${flags.engine}: a worker runs on kafka.`);
      if (brokers === undefined || brokers === "")
        throw new UsageError("Say where Kafka is: --brokers host:port, or ARTESIAN_KAFKA.");
      const { only } = flags;
      if (only !== undefined && only !== "plans" && only !== "tasks")
        throw new UsageError(`--only ${only}: expected plans or tasks.`);
      if (only === "tasks" && flags.tasks === undefined) throw new UsageError("--only tasks needs --tasks MODULE.");
      const threads = Number(flags.threads);
      if (!Number.isInteger(threads) || threads < 1)
        throw new UsageError(`--threads ${flags.threads}: expected a whole number from 1.`);
      if (!existsSync(file)) throw new UsageError(`${file}: there is no such file.`);
      const functions = flags.functions === undefined ? undefined : await functionsOf(flags.functions);
      try {
        const plan = compile(readFileSync(file, "utf8"), functions === undefined ? {} : { functions });
        const runtime = await openKafka({
          brokers: brokers.split(","),
          plans: [plan],
          ...(functions === undefined ? {} : { functions }),
          ...(flags.tasks === undefined ? {} : { tasks: { module: moduleUrl(flags.tasks), threads } }),
          ...(flags.application === undefined ? {} : { application: flags.application }),
          ...(only === undefined ? {} : { roles: [only] }),
          onTrouble: (error) => {
            const { code, message } = describeError(error);
            output.say(`${message} [${code}]`);
          },
        });
        output.say(`${plan.dag}: running on ${brokers}; Ctrl-C ends this worker, others go on.`);
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

function moduleUrl(path: string): string {
  if (!existsSync(path)) throw new UsageError(`${path}: there is no such file.`);
  return pathToFileURL(resolve(path)).href;
}

async function functionsOf(path: string): Promise<FunctionRegistry> {
  const found = (await import(moduleUrl(path))) as { functions?: FunctionRegistry };
  if (found.functions === undefined) throw new UsageError(`${path} exports no "functions".`);
  return found.functions;
}
