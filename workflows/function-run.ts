import { pathToFileURL } from "node:url";
import type { ObjectStore, Place } from "@artesian/data";
import { editingRuns } from "./editing-runs.ts";
import { FunctionResultError, FunctionRunError } from "./errors.ts";
import { runCommand } from "./function-command.ts";
import type { ObjectFunction, ShippedName } from "./function-declaration.ts";
import type { Handler, HandlerContext, HandlerEvent, ShippedFunction } from "./function-handler.ts";
import { plateReadings } from "./plate-readings.ts";

/** What running a function takes besides the event. */
export interface RunSurroundings extends Omit<HandlerContext, "read" | "text" | "stream" | "parameters"> {
  place: Place;
  objects: ObjectStore;
  /** For copies of a bucket's files that a command reads. */
  cacheDir: string;
  env: Readonly<Record<string, string | undefined>>;
  now: number;
}

const shipped: Readonly<Record<ShippedName, ShippedFunction>> = {
  "plate-readings": plateReadings,
  "editing-runs": editingRuns,
};
/** What a result may hold as JSON: the ledger shows it, it is no place for data. */
const MOST_RESULT = 64 << 10;

/**
 * Runs a function on an event, whatever it is made of.
 * @returns what it returned, as JSON has it
 * @throws FunctionResultError (workflows/function-result), FunctionRunError (workflows/function-run), and what the function throws
 */
export async function runFunction(
  fn: ObjectFunction,
  event: HandlerEvent,
  surroundings: RunSurroundings,
): Promise<Record<string, unknown>> {
  const { objects, cacheDir, env, now, ...rest } = surroundings;
  const { place, signal } = rest;
  const context: HandlerContext = {
    ...rest,
    parameters: fn.parameters,
    read: () => place.read(event.key, { signal }),
    text: async () => new TextDecoder().decode(await place.read(event.key, { signal })),
    stream: () => place.stream(event.key, { signal }),
  };
  const { body } = fn;
  if (body.kind === "shipped") return shipped[body.name](event, { ...context, id: fn.id, objects, now });
  const made: unknown =
    body.kind === "module"
      ? await (await handlerOf(fn.id, body.path))(event, context)
      : await runCommand({ ...fn, body }, event, context, {
          cacheDir,
          env,
          name: `artesian-${surroundings.idempotencyKey.slice(0, 12)}-${surroundings.attempt}`,
        });
  return checked(fn.id, made);
}

async function handlerOf(id: string, path: string): Promise<Handler> {
  let found: { default?: unknown };
  try {
    found = (await import(pathToFileURL(path).href)) as { default?: unknown };
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new FunctionRunError(id, `its module ${path} cannot be loaded: ${message}`, { cause, retryable: false });
  }
  if (typeof found.default !== "function")
    throw new FunctionRunError(id, `its module ${path} has no function as its default export.`, { retryable: false });
  return found.default as Handler;
}

function checked(id: string, made: unknown): Record<string, unknown> {
  if (made === undefined || made === null) return {};
  if (typeof made !== "object" || Array.isArray(made))
    throw new FunctionResultError(id, JSON.stringify(made)?.slice(0, 60) ?? typeof made);
  let text: string;
  try {
    text = JSON.stringify(made);
  } catch (error) {
    throw new FunctionResultError(id, `what JSON cannot hold (${error instanceof Error ? error.message : error})`);
  }
  if (text.length > MOST_RESULT) throw new FunctionResultError(id, `${text.length} bytes`);
  return JSON.parse(text) as Record<string, unknown>;
}
