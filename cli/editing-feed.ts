import { connectTopic } from "@artesian/engine";
import { EDITING_RUNS, FUNCTIONS, type ObjectFunction } from "@artesian/workflows";
import type { Output } from "./output.ts";
import { openWorkspace, type Workspace } from "./workspace.ts";

/** Whether any function puts whole sequencing runs on the topic of the editing workflow. */
export function findsRuns(functions: readonly ObjectFunction[]): boolean {
  return functions.some(({ body }) => body.kind === "shipped" && body.name === "editing-runs");
}

/** The editing workflow of the same data folder, fed with the runs that functions find whole. */
export async function followRuns(
  functions: Workspace,
  options: { workers: number; output: Output; signal: AbortSignal; trouble: (error: unknown) => void },
): Promise<{ workspace: Workspace; done: Promise<unknown> }> {
  const { workers, output, signal, trouble } = options;
  const workspace = await openWorkspace({
    dir: functions.dir,
    workflow: "editing",
    name: "sequencing runs",
    data: "runs that functions find whole",
    args: {},
    workers,
    onTrouble: trouble,
    onNote: (line) => output.say(`note: ${line}`),
  });
  const { done } = connectTopic({
    runtime: workspace.runtime,
    from: () => functions.runtime,
    topic: EDITING_RUNS,
    source: FUNCTIONS,
    // The workflow's own key is made of the record.
    toRecord: ({ value }) => ({ value }),
    signal,
    onTrouble: trouble,
  });
  return { workspace, done };
}
