import { mkdirSync } from "node:fs";
import type { EmbeddedOptions } from "@artesian/engine";
import { dataFolder } from "./data-folder.ts";
import { readFunctions } from "./function-declaration.ts";
import { functionsRows } from "./functions.sinks.ts";
import { FUNCTIONS, functionRegistry, functionsPlan } from "./functions-plan.ts";
import { storeSink } from "./store-sink.ts";

/** What the runtime thread of functions is told; plain JSON. */
export interface FunctionsSettings {
  /** The data folder. */
  dir: string;
  runId: string;
  /** Worker threads for tasks. */
  workers: number;
  /** A file or folder of declarations. */
  declarations: string;
}

/** Everything the engine needs to run declared functions in a data folder. @throws FunctionDeclarationError (workflows/function-declaration) */
export function runtimeOptions({ dir, runId, workers, declarations }: FunctionsSettings): EmbeddedOptions {
  const folder = dataFolder(dir, FUNCTIONS);
  mkdirSync(dir, { recursive: true });
  const functions = readFunctions(declarations);
  const tasks = new URL(import.meta.resolve("./functions.tasks.ts"));
  tasks.searchParams.set("objects", folder.objects);
  tasks.searchParams.set("declarations", declarations);
  return {
    dir: folder.engine,
    plans: [functionsPlan(functions)],
    functions: functionRegistry(functions),
    tasks: { module: tasks.href, threads: workers },
    sinks: [storeSink(FUNCTIONS, functionsRows(functions), folder, runId)],
  };
}
