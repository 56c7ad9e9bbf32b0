import { fullName } from "@artesian/engine";
import {
  type FunctionRequestInput,
  recordFunctionRequest,
  recordFunctionResult,
  recordReadings,
} from "@artesian/store";
import { nodesOf, type ObjectFunction } from "./function-declaration.ts";
import { type FunctionRequest, functionRequest } from "./function-requests.ts";
import { functionOutcome } from "./functions.tasks.ts";
import { FUNCTIONS } from "./functions-plan.ts";
import { readingsDocument, readingsResult } from "./plate-readings.ts";
import type { SinkContext, TopicWriter, WorkflowRows } from "./store-sink.ts";

/** How the topics of declared functions become rows: the ledger, and what functions of the product loaded. */
export function functionsRows(functions: readonly ObjectFunction[]): WorkflowRows {
  const topics: Record<string, TopicWriter> = {};
  for (const { id, body } of functions) {
    const [, , due, task] = nodesOf(id);
    topics[fullName(FUNCTIONS, due)] = (store, { value, failure }) => {
      if (failure === undefined) recordFunctionRequest(store, requestInput(functionRequest.parse(value)));
    };
    topics[fullName(FUNCTIONS, task)] = (store, { value, failure, at }, context) => {
      const parsed = functionRequest.safeParse(value);
      // What failed before it became a request is a dead letter of the engine, and no line of the ledger.
      if (!parsed.success) return;
      const request = requestInput(parsed.data);
      if (failure !== undefined) {
        const { code, message, taskId = null } = failure;
        recordFunctionResult(store, { ...request, state: "failed", taskId, code, message });
        return;
      }
      const { outcome, sentence, result, taskId, attempts, startedMs, finishedMs } = functionOutcome.parse(value);
      if (outcome === "done" && body.kind === "shipped" && body.name === "plate-readings")
        recordReadings(store, readingSets(parsed.data, readingsResult.parse(result), context, at));
      recordFunctionResult(store, {
        ...request,
        state: outcome,
        taskId,
        attempts,
        startedAt: new Date(startedMs).toISOString(),
        finishedAt: new Date(finishedMs).toISOString(),
        message: sentence,
        result,
      });
    };
  }
  return { topics };
}

function requestInput({ event, ...request }: FunctionRequest): FunctionRequestInput {
  return {
    request: request.request,
    functionId: request.function,
    digest: request.digest,
    idempotencyKey: request.idempotencyKey,
    bucket: request.bucket,
    key: request.key,
    version: request.version,
    sizeBytes: event.sizeBytes,
    source: event.replay === null ? event.source : "replay",
    eventAt: new Date(event.timeMs).toISOString(),
  };
}

function readingSets(
  { function: functionId, uri, version, generation }: FunctionRequest,
  result: ReturnType<typeof readingsResult.parse>,
  { readJson }: SinkContext,
  at: string,
) {
  const { plates } = readingsDocument.parse(readJson(result.readings));
  const { experiment: experimentId, formatWells, instrument, measures, about, table: tableUri } = result;
  return plates.map(({ plate, readings }) => ({
    experimentId,
    plate,
    formatWells,
    functionId,
    object: uri,
    version,
    instrument,
    doc: { measures, about },
    tableUri,
    readings,
    generation,
    at,
  }));
}
