import type { Executor } from "./executor.ts";
import { localExecutor } from "./local-executor.ts";

/** Commands as processes of this machine. Cores and memory are reserved by `serveByExecutor`'s count, not enforced. */
export function processExecutor(env: Readonly<Record<string, string | undefined>>): Executor {
  return localExecutor(
    {
      kind: "process",
      capabilities: { images: "never", resources: ["cpu", "memoryMb", "timeS"], outlives: true, array: 1 },
      commandOf: ({ command, argv }) => [command, ...argv],
    },
    env,
  );
}
