import {
  type Compatibility,
  type RegistryBreak,
  registryBreaks,
  type SchemaRegistry,
  versionBreaks,
} from "@artesian/engine";
import { checkSchema } from "@artesian/engine/schema-check.ts";
import type { Command } from "commander";
import type { CommandContext } from "./command.ts";
import { registryOf } from "./dag-document.ts";
import { EXIT, UsageError } from "./exit.ts";

interface CheckFlags {
  mode: string;
  json?: true;
}

/** `artesian dag schemas check`: whether named schemas change without breaking those who use them. */
export function registerDagSchemas(dag: Command, { output, exit }: CommandContext): void {
  const schemas = dag.command("schemas").description("Named, versioned JSON Schemas of records.");
  schemas
    .command("check")
    .description("Say whether schemas change without breaking who uses them; exit code 1 when they break.")
    .argument("<old>", 'registry {"image@1": …}, workflow with schemas, or one JSON Schema')
    .argument("[new]", "the same as it is to be; without it, each version is held against the one before it")
    .option(
      "--mode <mode>",
      "backward: the new reads what the old wrote; forward: the old reads what the new writes; full: both",
      "backward",
    )
    .option("--json", "one JSON document on stdout")
    .action((old: string, now: string | undefined, { mode, json }: CheckFlags) => {
      if (mode !== "backward" && mode !== "forward" && mode !== "full")
        throw new UsageError(`--mode ${mode}: expected backward, forward or full.`);
      const [before, after] = [registryOf(old), now === undefined ? undefined : registryOf(now)];
      for (const registry of [before, after ?? {}])
        for (const [name, schema] of Object.entries(registry)) checkSchema(name, schema);
      const breaks = breaksOf(before, after, mode);
      if (json) output.json({ ok: breaks.length === 0, breaks });
      else if (breaks.length === 0) output.data(`${now ?? old}: nothing breaks`);
      else for (const { schema, path, what } of breaks) output.data(`${schema}, ${path}: ${what}`);
      exit(breaks.length === 0 ? EXIT.done : EXIT.failed);
    });
}

function breaksOf(before: SchemaRegistry, after: SchemaRegistry | undefined, mode: Compatibility): RegistryBreak[] {
  // two single schemas are two versions of one
  const [single, next] = [before.schema, after?.schema];
  if (single !== undefined && next !== undefined)
    return versionBreaks(single, next, mode).map((one) => ({ schema: "schema", ...one }));
  return after === undefined ? registryBreaks(undefined, before, mode) : registryBreaks(before, after, mode);
}
