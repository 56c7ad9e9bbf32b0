import type { CacheComponents, TaskDetail, WhyReport } from "@artesian/engine";
import type { Command } from "commander";
import type { CommandContext } from "./command.ts";
import { withEngines } from "./engines-of.ts";
import { EXIT, UsageError } from "./exit.ts";

interface WhyFlags {
  data: string;
  json?: true;
}

/** `artesian why task`: what a task's identity is made of, and what made it run instead of being answered from the cache. */
export function registerWhy(program: Command, { output, exit }: CommandContext): void {
  const why = program.command("why").description("Ask why something is as it is.");
  why
    .command("task")
    .description("Print the parts of a task's identity beside those of the nearest recorded result, and what differs.")
    .argument("<id>", "task id, or the beginning of one")
    .requiredOption("--data <dir>", "data folder")
    .option("--json", "one JSON document on stdout")
    .action((id: string, flags: WhyFlags) => {
      const { task, report } = lookUp(id, flags.data);
      const { input: _input, ...told } = task;
      if (flags.json) output.json({ ...report, task: told });
      else for (const line of linesOf(task, report)) output.data(line);
      exit(EXIT.done);
    });
}

/** @throws UsageError when no task, or more than one, begins so */
function lookUp(id: string, data: string): { task: TaskDetail; report: WhyReport } {
  return withEngines(data, (engines) => {
    const found = engines.flatMap(({ reader: { inspector } }) =>
      inspector.taskIds(id, 5).map((taskId) => ({ inspector, taskId })),
    );
    const [first] = found;
    if (first === undefined)
      throw new UsageError(
        `No task of ${data} has an id that begins with ${id}. It may have been removed by retention.`,
      );
    if (found.length > 1)
      throw new UsageError(`${id} begins the ids of several tasks: ${found.map(({ taskId }) => taskId).join(", ")} …`);
    const task = first.inspector.task(first.taskId);
    const report = first.inspector.why(first.taskId);
    if (task === undefined || report === undefined) throw new UsageError(`Task ${id} was removed just now.`);
    return { task, report };
  });
}

const parts = ["task", "code", "version", "parameters", "inputs"] as const satisfies readonly (keyof CacheComponents)[];

function linesOf(task: TaskDetail, { nearest, differs, inputFields, sentence }: WhyReport): string[] {
  const short = (text: string): string => (/^[0-9a-f]{64}$/.test(text) ? text.slice(0, 12) : text || "-");
  const rows = parts.map((name) => {
    const other = nearest === undefined ? "" : short(nearest.components[name]);
    const fields = name === "inputs" && inputFields.length > 0 ? `: ${inputFields.join(", ")}` : "";
    return [name, short(task.components[name]), other, differs.includes(name) ? `differs${fields}` : ""];
  });
  const head = ["", task.taskId.slice(0, 12), nearest === undefined ? "" : nearest.taskId.slice(0, 12), ""];
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => (row[column] ?? "").length)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd();
  return [
    `task ${task.taskId}`,
    `node ${task.node} · key ${task.key} · generation ${task.generation} · ${task.state}${task.cached ? " (from the cache)" : ""}`,
    sentence,
    "",
    line(head),
    ...rows.map(line),
    "",
    `cache key ${task.cacheKey}`,
    ...task.attemptRows.map(
      ({ attempt, outcome, error }) =>
        `attempt ${attempt}: ${outcome}${error === undefined ? "" : ` · ${error.message} [${error.code}]`}`,
    ),
  ];
}
