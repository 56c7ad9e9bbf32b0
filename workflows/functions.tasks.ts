import { join } from "node:path";
import { folderStore, type ObjectStore, openPlace, type Place } from "@artesian/data";
import { bucketUri, type TaskContext, type TaskRegistry, type Value } from "@artesian/engine";
import { z } from "zod";
import { type ObjectFunction, readFunctions } from "./function-declaration.ts";
import { type Currency, currencyOf } from "./function-handler.ts";
import { functionRequest } from "./function-requests.ts";
import { runFunction } from "./function-run.ts";

/** What came of a request, merged over it. */
export const functionOutcome = z.object({
  outcome: z.enum(["done", "superseded"]),
  /** What happened, in words. */
  sentence: z.string().nullable(),
  /** What the function returned. */
  result: z.record(z.string(), z.unknown()),
  taskId: z.string(),
  attempts: z.number(),
  startedMs: z.number(),
  finishedMs: z.number(),
});

/** What tasks are told when their thread starts. */
export interface FunctionTaskOptions {
  objects: ObjectStore;
  /** For copies of a bucket's files. */
  cacheDir: string;
  /** Variables that say where S3 stores are, and those that commands are allowed. */
  env: Readonly<Record<string, string | undefined>>;
  /** ms since 1970. */
  clock?: () => number;
}

const SUPERSEDED: Readonly<Record<Exclude<Currency, "current">, string>> = {
  gone: "The object is no longer there.",
  changed: "Another version of the object is there now; it has an event of its own.",
};

/**
 * A task for each function. A version is applied only while it is the one that is there, before and after: an event that was late or was
 * sent again long after never undoes what a newer one did.
 */
export function createFunctionTasks(functions: readonly ObjectFunction[], options: FunctionTaskOptions): TaskRegistry {
  const { env, clock = Date.now } = options;
  const places = new Map<string, Place>();
  const placeOf = (bucket: string): Place => {
    const place = places.get(bucket) ?? openPlace(bucketUri(bucket), env);
    places.set(bucket, place);
    return place;
  };
  return Object.fromEntries(
    functions.map((fn) => [
      fn.id,
      {
        files: fn.files,
        run: (input: Value, context: TaskContext) => apply(fn, input, context, { ...options, clock, placeOf }),
      },
    ]),
  );
}

async function apply(
  fn: ObjectFunction,
  input: Value,
  { taskId, attempt, signal, log, heartbeat }: TaskContext,
  {
    objects,
    cacheDir,
    env,
    clock,
    placeOf,
  }: FunctionTaskOptions & { clock: () => number; placeOf: (bucket: string) => Place },
): Promise<z.input<typeof functionOutcome>> {
  const startedMs = clock();
  const { event, uri, idempotencyKey } = functionRequest.parse(input);
  const place = placeOf(event.bucket);
  const outcome = (
    found: Pick<z.input<typeof functionOutcome>, "outcome" | "sentence" | "result">,
  ): z.input<typeof functionOutcome> => ({ ...found, taskId, attempts: attempt, startedMs, finishedMs: clock() });
  const superseded = (currency: Exclude<Currency, "current">) =>
    outcome({ outcome: "superseded", sentence: SUPERSEDED[currency], result: {} });
  const before = await currencyOf(place, event, signal);
  if (before !== "current") return superseded(before);
  let result: Record<string, unknown>;
  try {
    const surroundings = { place, objects, cacheDir, env, idempotencyKey, attempt, signal, log, heartbeat };
    result = await runFunction(fn, { ...event, uri }, { ...surroundings, test: false, now: startedMs });
  } catch (error) {
    // What failed for want of a version that has gone has not failed.
    const now = signal.aborted ? "current" : await currencyOf(place, event, signal).catch((): Currency => "current");
    if (now !== "current") return superseded(now);
    throw error;
  }
  const after = await currencyOf(place, event, signal);
  if (after !== "current") return superseded(after);
  const { sentence } = result;
  return outcome({ outcome: "done", sentence: typeof sentence === "string" ? sentence.slice(0, 1000) : null, result });
}

/** The registry a worker thread finds; folders and declarations stand in the module's address: `functions.tasks.ts?objects=FOLDER&declarations=PATH`. */
function registryOf(address: string): TaskRegistry {
  const { searchParams } = new URL(address);
  const declarations = searchParams.get("declarations");
  if (declarations === null) return {};
  const objects = searchParams.get("objects") ?? "objects";
  return createFunctionTasks(readFunctions(declarations), {
    objects: folderStore(objects),
    cacheDir: join(objects, "..", "cache"),
    env: process.env,
  });
}
export const tasks: TaskRegistry = registryOf(import.meta.url);
