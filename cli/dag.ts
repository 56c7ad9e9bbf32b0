import type { Plan } from "@artesian/engine";
import type { Command } from "commander";
import type { CommandContext } from "./command.ts";
import { registerDagDiff } from "./dag-diff.ts";
import { planOf } from "./dag-document.ts";
import { describeKind, drawPlan } from "./dag-drawing.ts";
import { registerDagRun } from "./dag-run.ts";
import { registerDagSchemas } from "./dag-schemas.ts";
import { registerDagTest } from "./dag-test.ts";
import { describeError, EXIT, UsageError } from "./exit.ts";

export function registerDag(program: Command, { output, exit }: CommandContext): void {
  const dag = program.command("dag").description("Look at a workflow written as data, test it, run it.");

  dag
    .command("check")
    .description("Compile a workflow and say whether it is sound; exit code 1 when it is not.")
    .argument("<file>", "workflow document (JSON or EDN)")
    .option("--schemas <file>", "named JSON Schemas beside the document's own")
    .option("--json", "one JSON document on stdout")
    .action((file: string, options: { schemas?: string; json?: true }) => {
      try {
        const plan = planOf(file, options.schemas);
        if (options.json)
          output.json({
            ok: true,
            dag: plan.dag,
            version: plan.version,
            sha256: plan.sha256,
            nodes: plan.nodes.length,
          });
        else
          output.data(
            `${file}: sound. ${plan.dag} ${plan.version}, ${plan.nodes.length} nodes, ${plan.stores.length} stores, plan ${plan.sha256.slice(0, 12)}`,
          );
        exit(EXIT.done);
      } catch (error) {
        if (error instanceof UsageError) throw error;
        const problem = describeError(error);
        if (options.json) output.json({ ok: false, ...problem });
        else output.say(`${file}: ${problem.message} [${problem.code}]`);
        exit(EXIT.failed);
      }
    });

  dag
    .command("explain")
    .description("Print sub-topologies, stores, topics and what is promised of every node.")
    .argument("<file>", "workflow document (JSON or EDN)")
    .option("--schemas <file>", "named JSON Schemas beside the document's own")
    .option("--json", "the whole plan as JSON")
    .action((file: string, options: { schemas?: string; json?: true }) => {
      const plan = planOf(file, options.schemas);
      if (options.json) output.json(plan);
      else for (const line of explainPlan(plan)) output.data(line);
      exit(EXIT.done);
    });

  dag
    .command("draw")
    .description("Draw the graph as SVG on stdout.")
    .argument("<file>", "workflow document (JSON or EDN)")
    .action((file: string) => {
      output.data(drawPlan(planOf(file)).trimEnd());
      exit(EXIT.done);
    });

  registerDagDiff(dag, { output, exit });
  registerDagSchemas(dag, { output, exit });
  registerDagTest(dag, { output, exit });
  registerDagRun(dag, { output, exit });
}

/** A plan in words, a line each. */
export function explainPlan(plan: Plan): string[] {
  const byId = new Map(plan.nodes.map((node) => [node.id, node]));
  const lines = [`${plan.dag} ${plan.version} · plan ${plan.sha256} · ${plan.partitions} partitions`];
  for (const part of plan.subTopologies) {
    lines.push("", `sub-topology ${part.id}: ${part.sources.join(", ") || "-"} → ${part.sinks.join(", ") || "-"}`);
    for (const id of part.nodes) {
      const node = byId.get(id);
      if (node === undefined) continue;
      const reads = [
        ...node.inputs.map(
          (input) =>
            `${input.node}${input.branch === undefined ? "" : `:${input.branch}`}${input.repartition === undefined ? "" : " (repartitioned)"}`,
        ),
        ...node.tables.map((table) => `table ${table}`),
      ];
      lines.push(
        `  ${id} — ${describeKind(node)}${reads.length === 0 ? "" : `, reads ${reads.join(", ")}`}`,
        `      ${node.promise}`,
      );
    }
  }
  lines.push("", "stores:", ...plan.stores.map((store) => `  ${store.name} (${store.kind})`));
  lines.push(
    "",
    "topics:",
    ...plan.topics.map(
      (topic) =>
        `  ${topic.name} (${topic.kind}, ${topic.partitions} partitions${topic.key === undefined ? "" : `, key ${topic.key}`})`,
    ),
  );
  return lines;
}
