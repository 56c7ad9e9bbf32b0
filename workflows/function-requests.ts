import { sha256 } from "@artesian/data";
import {
  type Aggregator,
  compareEvents,
  idempotencyKeyOf,
  isSameVersion,
  type ObjectEvent,
  objectEventSchema,
  objectUri,
  occurrenceOf,
  type Value,
  versionOf,
} from "@artesian/engine";
import { z } from "zod";
import type { ObjectFunction } from "./function-declaration.ts";

/** What a function knows of an object: the newest event, and whether the last one asks for the function. */
export const functionRequest = z.object({
  function: z.string(),
  digest: z.string(),
  /** Names the request: one function, one version of one object, one occasion. */
  request: z.string(),
  idempotencyKey: z.string(),
  bucket: z.string(),
  key: z.string(),
  uri: z.string(),
  version: z.string(),
  /** The newest event of the object. */
  event: objectEventSchema,
  /** Counts the requests of the object. */
  generation: z.number(),
  due: z.boolean(),
  /** Why it is due, or why not. */
  why: z.enum(["new", "changed", "replayed", "duplicate", "older"]),
});
export type FunctionRequest = z.infer<typeof functionRequest>;

/**
 * Decides for each event of an object whether a function is due: once for each version, and never for an older one after a newer. A content that
 * comes back after another one is due again, since the effect of the other stands; a version that was applied by another digest of the
 * function is due when it is told of again, as a replay does.
 */
export function newestOf({ id, digest }: Pick<ObjectFunction, "id" | "digest">): Aggregator {
  return {
    initial: () => ({}),
    add(before: Value, value: Value): Value {
      const known = "request" in before ? (before as FunctionRequest) : undefined;
      return decide({ id, digest }, known, value as ObjectEvent);
    },
  };
}

/** The next state of an object, given the one before and an event of it. Pure. */
export function decide(
  { id, digest }: Pick<ObjectFunction, "id" | "digest">,
  known: FunctionRequest | undefined,
  event: ObjectEvent,
): FunctionRequest {
  const idempotencyKey = idempotencyKeyOf(event, digest);
  const asked = (why: FunctionRequest["why"]): FunctionRequest => ({
    function: id,
    digest,
    request: sha256([id, idempotencyKey, occurrenceOf(event)].join("\u0000")).slice(0, 32),
    idempotencyKey,
    bucket: event.bucket,
    key: event.key,
    uri: objectUri(event),
    version: versionOf(event),
    event,
    generation: (known?.generation ?? 0) + 1,
    due: true,
    why,
  });
  if (known === undefined) return asked("new");
  const order = compareEvents(event, known.event);
  const same = isSameVersion(event, known.event);
  const forced = event.replay?.force === true;
  if (same && known.digest === digest && !forced)
    // What orders the version is the latest word on it.
    return {
      ...known,
      event: order > 0 ? { ...known.event, ...orderOf(event) } : known.event,
      due: false,
      why: "duplicate",
    };
  if (order < 0 && !same) return { ...known, due: false, why: "older" };
  return asked(event.replay === null ? "changed" : "replayed");
}

function orderOf({ sequencer, timeMs, source }: ObjectEvent): Pick<ObjectEvent, "sequencer" | "timeMs" | "source"> {
  return { sequencer, timeMs, source };
}
