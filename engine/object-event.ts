import { isAbsolute } from "node:path";
import { sha256 } from "@artesian/data/hash.ts";
import { z } from "zod";

/** That an object is there with a content of its own, whoever told of it. */
export const objectEventSchema = z.object({
  /** What holds the object: a bucket's name, or a folder's absolute path. */
  bucket: z.string().min(1),
  /** Decoded, below the bucket. */
  key: z.string().min(1),
  /** "ObjectCreated:Put", …; "ObjectCreated" when only a listing tells of it. */
  type: z.string(),
  /** Names the content: the store's ETag without quotes, or a file's SHA-256. */
  etag: z.string(),
  versionId: z.string().nullable(),
  /** Hexadecimal; orders the events of one key. Null where the store gives none. */
  sequencer: z.string().nullable(),
  sizeBytes: z.number(),
  /** When the store had the object, ms since 1970; of a listing in whole seconds, of a folder when it was seen. */
  timeMs: z.number(),
  /** A file's time of change, by which it is known again without being read. */
  modifiedMs: z.number().nullable(),
  source: z.enum(["notification", "listing", "folder"]),
  /** Of an event that somebody asked for again: a name of its own, whom it is for, and whether what was applied is applied again. */
  replay: z.object({ id: z.string(), function: z.string().nullable(), force: z.boolean() }).nullable().default(null),
});
export type ObjectEvent = z.infer<typeof objectEventSchema>;

/** The address that `openPlace` takes for what holds an object. */
export function bucketUri(bucket: string): string {
  return isAbsolute(bucket) ? bucket : `s3://${bucket}`;
}

/** An object's address for people. */
export function objectUri({ bucket, key }: Pick<ObjectEvent, "bucket" | "key">): string {
  return `${bucketUri(bucket).replace(/\/$/, "")}/${key}`;
}

/** The version that an event is about; "null" is what buckets call it whose versioning is suspended. */
export function versionOf({ versionId, etag }: Pick<ObjectEvent, "versionId" | "etag">): string {
  return versionId === null || versionId === "null" ? etag : versionId;
}

/** Whether two events of one key are about the same content, as far as both tell. */
export function isSameVersion(a: ObjectEvent, b: ObjectEvent): boolean {
  const versioned = [a, b].every(({ versionId }) => versionId !== null && versionId !== "null");
  return versioned ? a.versionId === b.versionId : a.etag === b.etag;
}

/**
 * Names one occurrence, so that a delivery that comes twice enters once: bucket, key, version and what orders it.
 * @returns a text for `AppendRecord.eventId`
 */
export function occurrenceOf(event: ObjectEvent): string {
  const { bucket, key, sequencer, modifiedMs, timeMs, replay } = event;
  const when = sequencer ?? modifiedMs ?? timeMs;
  return [bucket, key, versionOf(event), event.etag, when, replay?.id ?? "", replay?.function ?? ""].join("\u0000");
}

/**
 * What makes an effect happen once: SHA-256 of bucket, key, version or ETag, and the digest of the function.
 * @param digest of the function's handler and declaration
 */
export function idempotencyKeyOf(event: ObjectEvent, digest: string): string {
  return sha256([event.bucket, event.key, versionOf(event), digest].join("\u0000"));
}

/**
 * Orders two events of one key: negative when `a` came before `b`. Sequencers are padded with zeros on the right and compared as text, as
 * the Amazon S3 User Guide has it ("Event message structure"); without them times are, beside a listing's in whole seconds.
 */
export function compareEvents(a: ObjectEvent, b: ObjectEvent): number {
  if (a.sequencer !== null && b.sequencer !== null) {
    const width = Math.max(a.sequencer.length, b.sequencer.length);
    const [left, right] = [a, b].map(({ sequencer }) => (sequencer ?? "").toUpperCase().padEnd(width, "0"));
    return left === right ? 0 : (left ?? "") < (right ?? "") ? -1 : 1;
  }
  const stepMs = a.source === "listing" || b.source === "listing" ? 1000 : 1;
  return Math.floor(a.timeMs / stepMs) - Math.floor(b.timeMs / stepMs);
}
