import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { registerFunctions } from "@artesian/store";
import {
  bodyText,
  dataFolder,
  FUNCTIONS,
  functionsPlan,
  type ObjectFunction,
  readFunctions,
  triggerText,
} from "@artesian/workflows";
import { wholeNumber } from "./experiment-options.ts";
import type { Output } from "./output.ts";
import { openWorkspace, type Workspace } from "./workspace.ts";

/** What every command that runs functions is told. */
export interface FunctionsFlags {
  functions: string;
  data: string;
  workers: string;
}

/** What pages show of a declaration. */
export function functionDocument(fn: ObjectFunction): Record<string, unknown> {
  const { description, trigger, body, concurrency, timeoutMs, retry } = fn;
  return {
    description,
    trigger: triggerText(trigger),
    runs: bodyText(body),
    concurrency,
    timeoutS: timeoutMs / 1000,
    attempts: retry.attempts,
  };
}

/**
 * Opens a data folder with the declared functions at work, and registers them.
 * @throws FunctionDeclarationError (workflows/function-declaration), LockedError (engine/locked)
 */
export async function openFunctions(
  flags: FunctionsFlags,
  places: readonly string[],
  output: Output,
): Promise<{ workspace: Workspace; functions: ObjectFunction[] }> {
  const declarations = resolve(flags.functions);
  const functions = readFunctions(declarations);
  const workspace = await openWorkspace({
    dir: flags.data,
    bound: {
      name: FUNCTIONS,
      plan: functionsPlan(functions),
      runtime: import.meta.resolve("@artesian/workflows/functions-runtime.ts"),
      settings: { declarations },
    },
    name: "functions",
    data: places.join(", "),
    args: { ...flags, places },
    workers: wholeNumber("--workers", flags.workers) ?? 2,
    onTrouble: (error) => output.say(`trouble: ${error.message}`),
    onNote: (line) => output.say(`note: ${line}`),
  });
  const now = new Date().toISOString();
  registerFunctions(
    workspace.store,
    functions.map((fn) => ({ id: fn.id, digest: fn.digest, doc: functionDocument(fn) })),
    now,
  );
  return { workspace, functions };
}

const addressFile = (dir: string): string => join(dataFolder(resolve(dir), FUNCTIONS).engine, "address.json");

/** Notes where the process that runs the functions of a data folder answers. @returns takes the note back */
export function noteAddress(dir: string, url: string): () => void {
  const path = addressFile(dir);
  writeFileSync(path, JSON.stringify({ url, pid: process.pid }));
  return () => rmSync(path, { force: true });
}

/** Where the functions of a data folder run now, if they do. */
export async function addressOf(dir: string): Promise<string | undefined> {
  const path = addressFile(dir);
  if (!existsSync(path)) return undefined;
  const { url } = JSON.parse(readFileSync(path, "utf8")) as { url: string };
  // A process that was killed has left its note behind.
  const answer = await fetch(new URL("/api/v1/functions", url)).catch(() => undefined);
  const list = answer?.ok
    ? ((await answer.json().catch(() => undefined)) as { live?: boolean } | undefined)
    : undefined;
  return list?.live === true ? url : undefined;
}
