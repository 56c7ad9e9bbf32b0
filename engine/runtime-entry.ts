import { parentPort, workerData } from "node:worker_threads";
import { type EmbeddedOptions, openEmbedded, type Runtime } from "./embedded.ts";
import type { FromRuntime, ToRuntime } from "./runtime-thread.ts";
import { taskError } from "./tasks.ts";

const port = parentPort;
if (port === null) throw new Error("runtime-entry.ts runs in a worker thread that startRuntimeThread makes.");
const send = (message: FromRuntime): void => port.postMessage(message);

async function open(): Promise<Runtime> {
  const { module, options } = workerData as { module: string; options: unknown };
  const { runtimeOptions } = (await import(module)) as {
    runtimeOptions?: (options: unknown) => EmbeddedOptions | Promise<EmbeddedOptions>;
  };
  if (runtimeOptions === undefined) throw new Error(`${module} exports no "runtimeOptions".`);
  return openEmbedded({
    onTrouble: (error) => send({ kind: "trouble", error: taskError(error) }),
    ...(await runtimeOptions(options)),
  });
}

async function answer(runtime: Runtime, { id, method, args }: ToRuntime): Promise<void> {
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
