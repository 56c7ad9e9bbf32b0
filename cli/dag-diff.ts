import { diffPlans, type PlanDiff, type Severity, severities, severitiesOf } from "@artesian/engine";
import type { Command } from "commander";
import type { CommandContext } from "./command.ts";
import { addDagOptions, type DagFlags, loadDag, planOfFileOrFolder } from "./dag-document.ts";
import { EXIT, UsageError } from "./exit.ts";

interface DiffFlags extends DagFlags {
  failOn?: string;
  json?: true;
}

/** `artesian dag diff`: what a change of a workflow does, before anything runs. */
export function registerDagDiff(dag: Command, { output, exit }: CommandContext): void {
  addDagOptions(dag.command("diff"))
    .description("Say what a change of a workflow does to state, topics and tasks, before anything runs.")
    .argument("<old>", "workflow document as it was, or a data folder that runs it")
    .argument("<new>", "workflow document as it is to be")
    .option("--fail-on <what>", `exit code 1 when the change does it: ${severities.join(", ")}; several with commas`)
    .option("--json", "one JSON document on stdout")
    .addHelpText("after", help)
    .action(async (old: string, now: string, flags: DiffFlags) => {
      const wanted = severitiesIn(flags.failOn);
      const after = (await loadDag(now, flags)).plan;
      const diff = diffPlans(await planOfFileOrFolder(old, after.dag, flags), after);
      const found = severitiesOf(diff);
      if (flags.json) output.json({ ...diff, does: found });
      else for (const line of describeDiff(diff)) output.data(line);
      exit(found.some((one) => wanted.includes(one)) ? EXIT.failed : EXIT.done);
    });
}

const help = `
lost      entries of a store are of no use any more (the engine refuses to open them unless told --discard-state)
mixed     entries stay that were made by what nodes before them did until now
rebuilt   a table is read again from its topic
refused   a topic has another number of partitions
breaks    records so far are not sound by a node's new schema

Examples:
  $ artesian dag diff features.json features-2.json --fail-on lost,refused
  $ artesian dag diff results/ features.json`;

function severitiesIn(text: string | undefined): Severity[] {
  const given = text === undefined ? [] : text.split(",").map((one) => one.trim());
  const unknown = given.find((one) => !severities.some((severity) => severity === one));
  if (unknown !== undefined) throw new UsageError(`--fail-on ${unknown}: expected ${severities.join(", ")}.`);
  return severities.filter((severity) => given.includes(severity));
}

type Row = [what: string, name: string, why: string];

/** A change in words, what matters most first. */
export function describeDiff(diff: PlanDiff): string[] {
  const { dag, before, after } = diff;
  if (before === after) return [`${dag}: no change, plan ${before.slice(0, 12)}`];
  const lines = [`${dag}: plan ${before.slice(0, 12)} → ${after.slice(0, 12)}`];
  const part = (title: string, rows: readonly Row[]): void => {
    if (rows.length === 0) return;
    const [first, second] = [0, 1].map((column) => Math.max(...rows.map((row) => row[column as 0 | 1].length)));
    lines.push("", title);
    for (const [what, name, why] of rows)
      lines.push(`  ${what.padEnd(first ?? 0)}  ${why === "" ? name : `${name.padEnd(second ?? 0)}  ${why}`}`);
  };
  const order = ["lost", "mixed", "rebuilt", "new", "kept"];
  const stores = [...diff.stores].sort((a, b) => order.indexOf(a.fate) - order.indexOf(b.fate));
  part(
    "state",
    stores.map(({ fate, store, kind, why }) => [fate, `${store} (${kind})`, why]),
  );
  const isTold = ({ change, why }: { change: string; why: string }): boolean => change !== "kept" || why !== "";
  part(
    "topics",
    diff.topics.filter(isTold).map(({ change, topic, why }) => [change, topic, why]),
  );
  part(
    "tasks",
    diff.tasks
      .filter(isTold)
      .map(({ change, node, task, why }) => [change, node === task ? node : `${node} (${task})`, why]),
  );
  part(
    "schemas",
    diff.schemas.flatMap(({ node, before: was, after: is, breaks }): Row[] =>
      breaks.length === 0
        ? [["reads on", `${node}: ${was} → ${is}`, "records so far are sound by it"]]
        : breaks.map(({ path, what }) => ["breaks", `${node}: ${was} → ${is}`, `${path}: ${what}`]),
    ),
  );
  part(
    "nodes",
    diff.nodes.map(({ change, node, what }) => [change, node, what.join("; ")]),
  );
  return lines;
}
