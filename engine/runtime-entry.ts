import { parentPort, workerData } from "node:worker_threads";
import { type EmbeddedOptions, openEmbedded } from "./embedded.ts";
import { type KafkaEngineOptions, openKafkaEngine } from "./kafka/kafka-engine.ts";
import type { EngineRuntime } from "./runtime.ts";
import type { FromRuntime, ToRuntime } from "./runtime-thread.ts";
import { taskError } from "./tasks.ts";

const port = parentPort;
if (port === null) throw new Error("runtime-entry.ts runs in a worker thread that startRuntimeThread makes.");
const send = (message: FromRuntime): void => port.postMessage(message);

type Options = EmbeddedOptions | KafkaEngineOptions;

async function open(): Promise<EngineRuntime> {
  const { module, options } = workerData as { module: string; options: unknown };
  const { runtimeOptions } = (await import(module)) as {
    runtimeOptions?: (options: unknown) => Options | Promise<Options>;
  };
  if (runtimeOptions === undefined) throw new Error(`${module} exports no "runtimeOptions".`);
  const given = {
    onTrouble: (error: unknown): void => send({ kind: "trouble", error: taskError(error) }),
    ...(await runtimeOptions(options)),
  };
  return "brokers" in given ? openKafkaEngine(given) : openEmbedded(given);
}

async function answer(runtime: EngineRuntime, { id, method, args }: ToRuntime): Promise<void> {
  try {
    const call = runtime[method].bind(runtime) as (...args: unknown[]) => unknown;
    send({ kind: "result", id, result: await call(...args) });
  } catch (error) {
    send({ kind: "error", id, error: taskError(error) });
  }
}

try {
  const runtime = await open();
  port.on("message", (message: ToRuntime) => void answer(runtime, message));
  send({ kind: "ready" });
} catch (error) {
  send({ kind: "unusable", error: taskError(error) });
}
