import type { Command } from "commander";
import type { CommandContext } from "./command.ts";
import { registerDagDiff } from "./dag-diff.ts";
import { addDagOptions, type DagFlags, loadDag } from "./dag-document.ts";
import { drawPlan } from "./dag-drawing.ts";
import { explainPlan } from "./dag-explain.ts";
import { registerDagRun } from "./dag-run.ts";
import { registerDagSchemas } from "./dag-schemas.ts";
import { registerDagTest } from "./dag-test.ts";
import { describeError, EXIT, UsageError } from "./exit.ts";

const DAG_FILE = "workflow document (JSON or EDN), or a module that exports one";

export function registerDag(program: Command, { output, exit }: CommandContext): void {
  const dag = program.command("dag").description("Look at a workflow written as data, test it, run it.");

  addDagOptions(dag.command("check"))
    .description("Compile a workflow and say whether it is sound; exit code 1 when it is not.")
    .argument("<file>", DAG_FILE)
    .option("--json", "one JSON document on stdout")
    .action(async (file: string, options: DagFlags & { json?: true }) => {
      try {
        const { plan } = await loadDag(file, options);
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

  addDagOptions(dag.command("explain"))
    .description("Print sub-topologies, stores, topics and what is promised of every node.")
    .argument("<file>", DAG_FILE)
    .option("--json", "the whole plan as JSON")
    .action(async (file: string, options: DagFlags & { json?: true }) => {
      const { plan } = await loadDag(file, options);
      if (options.json) output.json(plan);
      else for (const line of explainPlan(plan)) output.data(line);
      exit(EXIT.done);
    });

  addDagOptions(dag.command("draw"))
    .description("Draw the graph as SVG on stdout.")
    .argument("<file>", DAG_FILE)
    .action(async (file: string, options: DagFlags) => {
      output.data(drawPlan((await loadDag(file, options)).plan).trimEnd());
      exit(EXIT.done);
    });

  registerDagDiff(dag, { output, exit });
  registerDagSchemas(dag, { output, exit });
  registerDagTest(dag, { output, exit });
  registerDagRun(dag, { output, exit });
}
