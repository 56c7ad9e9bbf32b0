import {
  type Aggregator,
  compile,
  type DagDocument,
  type FunctionRegistry,
  type ObjectEvent,
  type Plan,
} from "@artesian/engine";
import { EDITING_RUNS, type EditingRunRecord } from "./editing.schemas.ts";
import { bodyText, nodesOf, type ObjectFunction, triggerText, wants } from "./function-declaration.ts";
import { newestOf } from "./function-requests.ts";

/** The topic that events of objects enter by, and the workflow's name. */
export const OBJECT_EVENTS = "object_events";
export const FUNCTIONS = "functions";

/** A year: so long a run that is told of again is known. */
const RUNS_KNOWN_MS = 365 * 24 * 3600 * 1000;

/**
 * The graph of declared functions: events of objects, then for each function what it wants, the newest version of each object, what is due, and its
 * task with concurrency, timeout and retries as declared. Never two tasks of one object at a time.
 * @throws what `compile` throws for a graph that is not sound; declarations that were read are
 */
export function functionsPlan(functions: readonly ObjectFunction[]): Plan {
  const graph: DagDocument["graph"] = {
    events: {
      type: "topic-stream",
      "topic-name": OBJECT_EVENTS,
      key: "{bucket}/{key}",
      label: "objects",
      description: "One record each time that an object is there with another content, whoever told of it.",
    },
  };
  for (const fn of functions) Object.assign(graph, nodesFor(fn));
  const editing = functions.filter(({ body }) => body.kind === "shipped" && body.name === "editing-runs");
  if (editing.length > 0) Object.assign(graph, handOver(editing.map(({ id }) => id)));
  return compile({ name: FUNCTIONS, version: "1", partitions: 8, graph }, { functions: functionRegistry(functions) });
}

function nodesFor(fn: ObjectFunction): DagDocument["graph"] {
  const { id, digest, body, retry, timeoutMs, concurrency } = fn;
  const [matching, newest, due, task] = nodesOf(id);
  return {
    [matching]: {
      type: "stream-operation",
      label: `${id}: wanted`,
      description: `Objects ${triggerText(fn.trigger)}.`,
      inputs: ["events"],
      function: { filter: `wants:${id}` },
    },
    [newest]: {
      type: "stream-operation",
      label: `${id}: newest`,
      description: "What is known of each object: events that come twice or late change nothing.",
      inputs: [matching],
      function: { aggregate: { by: ["bucket", "key"], function: `newest:${id}` } },
    },
    [due]: {
      type: "stream-operation",
      label: `${id}: due`,
      inputs: [newest],
      function: { filter: { field: "due", equals: true } },
    },
    [task]: {
      type: "external-task",
      stream: due,
      "task-name": id,
      label: id,
      description: fn.description || `Runs ${bodyText(body)}.`,
      version: digest,
      cache: false,
      exclusive: "key",
      retry,
      timeout: timeoutMs,
      ...(concurrency === null ? {} : { concurrency }),
    },
  };
}

/** Runs that are whole, each content of a run once, on a topic of their own. */
function handOver(ids: readonly string[]): DagDocument["graph"] {
  return {
    "looks-at-runs": { type: "stream-operation", inputs: [...ids], function: { merge: {} } },
    "whole-runs": {
      type: "stream-operation",
      inputs: ["looks-at-runs"],
      function: { filter: { field: "result.editingRun", exists: true } },
    },
    "run-records": { type: "stream-operation", inputs: ["whole-runs"], function: { "flat-map": "editing-run" } },
    "new-runs": {
      type: "stream-operation",
      inputs: ["run-records"],
      function: { dedupe: { by: ["runFolder", "fingerprint"], retentionMs: RUNS_KNOWN_MS } },
    },
    "editing-runs-topic": {
      type: "publish",
      "topic-name": EDITING_RUNS,
      stream: "new-runs",
      label: "whole runs",
      description: "Sequencing runs that can be quantified: sample sheet and run folder.",
    },
  };
}

/** The functions that names in the graph stand for. */
export function functionRegistry(functions: readonly ObjectFunction[]): FunctionRegistry {
  const registry: Record<string, FunctionRegistry[string]> = {
    "editing-run": (value) => {
      const run = (value.result as { editingRun: EditingRunRecord }).editingRun;
      return [{ key: run.runFolder, value: run }];
    },
  };
  for (const fn of functions) {
    registry[`wants:${fn.id}`] = (value) => wants(fn, value as ObjectEvent);
    registry[`newest:${fn.id}`] = newestOf(fn) satisfies Aggregator;
  }
  return registry;
}
