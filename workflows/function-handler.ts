import { createHash } from "node:crypto";
import type { ObjectStore, Place, PlaceEntry } from "@artesian/data";
import type { ObjectEvent } from "@artesian/engine";

/** What a function is given: the object that appeared. */
export interface HandlerEvent extends ObjectEvent {
  /** The object's address. */
  uri: string;
}

/** What a function is given beside the event. */
export interface HandlerContext {
  /** `with` of the declaration. */
  parameters: Readonly<Record<string, unknown>>;
  /**
   * Equal for equal work: a function that changes something elsewhere hands it on, so that there too it happens once. The function itself
   * runs at least once a version.
   */
  idempotencyKey: string;
  /** 1 for the first. */
  attempt: number;
  /** Whether somebody only tries it (`artesian functions test`): nothing elsewhere should change. */
  test: boolean;
  /** The bucket or folder that holds the object. */
  place: Place;
  /** The object's content. */
  read(): Promise<Uint8Array>;
  /** The object's content as UTF-8 text. */
  text(): Promise<string>;
  /** The object's content in pieces, bounded in memory. */
  stream(): AsyncIterable<Uint8Array>;
  /** Aborted when the time is up or the process stops. */
  signal: AbortSignal;
  /** Adds a line to the attempt's log. */
  log(line: string): void;
  /** Tells that long work is alive: the timeout starts anew. */
  heartbeat(): void;
}

/** What a function returns: nothing, or what the ledger keeps; a `sentence` in it is shown as what happened. */
export type HandlerResult = Record<string, unknown> | undefined;

/** The default export of a handler's module. An error with `retryable: false` is not tried again. */
export type Handler = (event: HandlerEvent, context: HandlerContext) => HandlerResult | Promise<HandlerResult>;

/** What functions that the product brings may use besides. */
export interface ShippedContext extends HandlerContext {
  /** The function's name in its declaration. */
  id: string;
  objects: ObjectStore;
  /** ms since 1970. */
  now: number;
}
export type ShippedFunction = (event: HandlerEvent, context: ShippedContext) => Promise<Record<string, unknown>>;

/** How an event compares with what is there: its version, another one, or nothing. */
export type Currency = "current" | "changed" | "gone";

/**
 * Whether the version that an event tells of is the one that is there now. Of a bucket its ETag says so; of a folder size and time of change,
 * and where these differ the content.
 */
export async function currencyOf(place: Place, event: ObjectEvent, signal?: AbortSignal): Promise<Currency> {
  const call = signal === undefined ? {} : { signal };
  const entry = await place.stat(event.key, call);
  if (entry === undefined) return "gone";
  // Some stores tell no ETag; then nothing can be told apart.
  if (entry.etag === event.etag || event.etag === "") return "current";
  if (place.path === undefined) return "changed";
  if (entry.sizeBytes !== event.sizeBytes) return "changed";
  if (event.modifiedMs !== null && Math.floor(event.modifiedMs) === entry.modifiedMs) return "current";
  return (await contentDigest(place, entry, signal)) === event.etag ? "current" : "changed";
}

/** SHA-256 of a file's content, as events of folders carry it. */
export async function contentDigest(
  place: Place,
  { key }: Pick<PlaceEntry, "key">,
  signal?: AbortSignal,
): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of place.stream(key, signal === undefined ? {} : { signal })) hash.update(chunk);
  return hash.digest("hex");
}
