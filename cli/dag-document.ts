import { existsSync, readFileSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import {
  compile,
  type FunctionRegistry,
  type JsonSchema,
  openReader,
  type Plan,
  parseSpec,
  type SchemaRegistry,
} from "@artesian/engine";
import { readJson } from "@artesian/engine/json.ts";
import { dataFolder } from "@artesian/workflows";
import type { Command } from "commander";
import { UsageError } from "./exit.ts";

/** The text of a file. @throws UsageError when there is none */
export function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    throw new UsageError(`${file}: ${code === "ENOENT" ? "there is no such file" : String(error)}.`);
  }
}

/** What a command is told of a workflow beside its file. */
export interface DagFlags {
  schemas?: string;
  functions?: string;
}

/** The options that go with a workflow's file. */
export function addDagOptions(command: Command): Command {
  return command
    .option("--schemas <file>", "named JSON Schemas beside the document's own")
    .option("--functions <module>", "module that exports `functions`, the registered functions of the graph");
}

export interface LoadedDag {
  plan: Plan;
  functions?: FunctionRegistry;
  /** Address of the module that exports the functions. */
  functionsModule?: string;
}

/**
 * A workflow, compiled from its document (JSON or EDN) or from a module that exports `document` and, for functions that are written in
 * place, `functions`: what a builder's `build()` returns.
 * @param partitions in place of the document's
 * @throws UsageError when there is no such file; what `compile` throws
 */
export async function loadDag(file: string, flags: DagFlags = {}, partitions?: number): Promise<LoadedDag> {
  const isModule = /\.[cm]?[jt]s$/.test(file);
  const module = isModule ? await exportsOf(file) : undefined;
  if (module !== undefined && module.document === undefined)
    throw new UsageError(`${file} exports no "document"; a module of a workflow has one, as build() returns it.`);
  const functionsFile = flags.functions ?? (module?.functions === undefined ? undefined : file);
  const functions =
    functionsFile === undefined ? undefined : await exported<FunctionRegistry>(functionsFile, "functions");
  const document = module?.document ?? textOf(file);
  const plan = compile(partitions === undefined ? document : { ...parseSpec(document), partitions }, {
    ...(functions === undefined ? {} : { functions }),
    ...(flags.schemas === undefined ? {} : { schemas: registryOf(flags.schemas) }),
  });
  if (functions === undefined || functionsFile === undefined) return { plan };
  return { plan, functions, functionsModule: pathToFileURL(resolve(functionsFile)).href };
}

/** Address of a module. @throws UsageError when there is no such file */
export function moduleUrl(path: string): string {
  if (!existsSync(path)) throw new UsageError(`${path}: there is no such file.`);
  return pathToFileURL(resolve(path)).href;
}

async function exportsOf(file: string): Promise<Record<string, unknown>> {
  if (statSync(file, { throwIfNoEntry: false }) === undefined) throw new UsageError(`${file}: there is no such file.`);
  return (await import(pathToFileURL(resolve(file)).href)) as Record<string, unknown>;
}

/** What a module exports under a name. @throws UsageError */
export async function exported<T>(file: string, name: string): Promise<T> {
  const found = (await exportsOf(file))[name] as T | undefined;
  if (found === undefined) throw new UsageError(`${file} exports no "${name}".`);
  return found;
}

/** The plan of a workflow's file, or the one that a data folder last ran under its name. @throws UsageError */
export async function planOfFileOrFolder(place: string, dag: string, flags: DagFlags): Promise<Plan> {
  if (statSync(place, { throwIfNoEntry: false })?.isDirectory() !== true) return (await loadDag(place, flags)).plan;
  const plan = planInFolder(place, dag);
  if (plan === undefined) throw new UsageError(`${place}: no workflow "${dag}" has run in this data folder.`);
  return plan;
}

/** The plan that a data folder last ran; undefined when it ran none of this name. */
export function planInFolder(dir: string, dag: string): Plan | undefined {
  using reader = openReader(dataFolder(dir, dag).engine);
  return reader?.inspector.plans().find((plan) => plan.dag === dag);
}

/**
 * The schemas of a file: `{ "image@1": …, "image@2": … }`, a workflow with `schemas`, or one JSON Schema, which is named after its file.
 * @throws UsageError
 */
export function registryOf(file: string): SchemaRegistry {
  const value = readJson(textOf(file));
  if (value === null || typeof value !== "object" || Array.isArray(value))
    throw new UsageError(`${file}: expected an object of schemas by name, such as {"image@1": {…}}.`);
  if ("graph" in value) return ("schemas" in value ? value.schemas : {}) as SchemaRegistry;
  if (isOneSchema(value)) return { schema: value as JsonSchema };
  return value as SchemaRegistry;
}

const schemaWords = ["$schema", "$ref", "type", "properties", "anyOf", "oneOf", "allOf", "enum", "const"];

function isOneSchema(value: object): boolean {
  const first = schemaWords.find((word) => word in value);
  const one: unknown = first === undefined ? undefined : (value as Record<string, unknown>)[first];
  // a registry may well hold a schema of the name "type"
  return first !== undefined && (typeof one !== "object" || first === "properties" || Array.isArray(one));
}
