import type { Workspace } from "./workspace.ts";

/** Ctrl-C ends a run in order: tasks are handed back, everything done is kept. */
export function stopOnSignal(workspace: Workspace, say: () => void): () => boolean {
  let stopped = false;
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => {
      stopped = true;
      void workspace.close("stopped").then(say, () => {});
    });
  }
  return () => stopped;
}
