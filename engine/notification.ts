import { z } from "zod";
import { NotificationError } from "./errors.ts";
import type { ObjectEvent } from "./object-event.ts";

/** What a notification says: events of created objects, and how many of its records are about something else. */
export interface Notification {
  events: ObjectEvent[];
  /** Records of other events: removed, tagged, restored, … */
  others: number;
}

/** Records that one notification may hold; stores send one to ten. */
const mostRecords = 1000;
/** Envelopes around envelopes: a queue's around a topic's around a record is two. */
const mostEnvelopes = 4;

const record = z.looseObject({
  eventName: z.string().max(200),
  eventTime: z.string().max(64).optional(),
  s3: z.looseObject({
    bucket: z.looseObject({ name: z.string().min(1).max(1024) }),
    object: z.looseObject({
      key: z.string().min(1).max(4096),
      size: z.number().nonnegative().optional(),
      eTag: z.string().max(200).nullish(),
      versionId: z.string().max(1100).nullish(),
      sequencer: z
        .string()
        .max(64)
        .regex(/^[0-9A-Fa-f]*$/, "expected hexadecimal digits")
        .nullish(),
    }),
  }),
});
const text = z.string().max(1 << 20);
const message = z.union([z.looseObject({ Body: text }), z.looseObject({ body: text })]);
const envelope = z.union([
  // A topic's (SNS), by itself or in a queue.
  z.looseObject({ Type: z.literal("Notification"), Message: text }),
  // What receiving from a queue (SQS) answers, one message of it, and what a queue hands to a function.
  z.looseObject({ Messages: z.array(z.unknown()).max(mostRecords) }),
  message,
  // What a store sends (S3, MinIO, Ceph, …): records, in some stores beside a bucket, key and name of their own.
  z.looseObject({ Records: z.array(z.unknown()).max(mostRecords) }),
  // A store's word that it can send.
  z.looseObject({ Event: z.literal("s3:TestEvent") }),
]);

/**
 * Reads a notification of objects as stores and what stands between send it: `Records` of S3 form (AWS, MinIO, Ceph, Versity), messages of an
 * SQS queue with such a document in `Body`, an SNS notification with it in `Message`, or that inside of a queue's message. Keys are decoded. Records of other events
 * are counted; a test event has none.
 * @param document JSON text or the value of one
 * @param now ms since 1970, for records without a time
 * @throws NotificationError (engine/notification) with the place of what is wrong; nothing of the document counts then
 * @example readNotification({ Records: [{ eventName: "ObjectCreated:Put", s3: { bucket: { name: "b" }, object: { key: "a+b.csv" } } }] }, 0).events[0].key // "a b.csv"
 */
export function readNotification(document: unknown, now: number): Notification {
  const found: Notification = { events: [], others: 0 };
  read(document, "document", 0, now, found);
  return found;
}

function read(given: unknown, at: string, depth: number, now: number, found: Notification): void {
  if (depth > mostEnvelopes) throw new NotificationError(at, `more than ${mostEnvelopes} envelopes around each other`);
  const parsed = envelope.safeParse(typeof given === "string" ? jsonOf(given, at) : given);
  if (!parsed.success)
    throw new NotificationError(at, 'neither "Records" nor a message of a queue ("Body") or topic ("Message")');
  const value = parsed.data;
  if ("Records" in value && Array.isArray(value.Records)) {
    for (const [index, one] of value.Records.entries()) {
      const place = `${at}.Records[${index}]`;
      const inner = message.safeParse(one);
      if (inner.success) read(inner.data, place, depth + 1, now, found);
      else readRecord(one, place, now, found);
    }
  } else if ("Messages" in value && Array.isArray(value.Messages)) {
    for (const [index, one] of value.Messages.entries()) read(one, `${at}.Messages[${index}]`, depth + 1, now, found);
  } else if ("Message" in value) read(value.Message, `${at}.Message`, depth + 1, now, found);
  else if ("Body" in value) read(value.Body, `${at}.Body`, depth + 1, now, found);
  else if ("body" in value) read(value.body, `${at}.body`, depth + 1, now, found);
  if (found.events.length > mostRecords) throw new NotificationError(at, `more than ${mostRecords} records`);
}

function readRecord(given: unknown, at: string, now: number, found: Notification): void {
  const parsed = record.safeParse(given);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new NotificationError([at, ...(issue?.path ?? [])].join("."), issue?.message ?? "no record of an object");
  }
  const { eventName, eventTime, s3 } = parsed.data;
  // AWS leaves "s3:" out, MinIO does not.
  const type = eventName.replace(/^s3:/, "");
  if (!type.startsWith("ObjectCreated")) {
    found.others++;
    return;
  }
  const { key, size = 0, eTag, versionId, sequencer } = s3.object;
  const timeMs = eventTime === undefined ? now : Date.parse(eventTime);
  if (!Number.isFinite(timeMs)) throw new NotificationError(`${at}.eventTime`, `"${eventTime}" is no time`);
  found.events.push({
    bucket: s3.bucket.name,
    key: decoded(key, `${at}.s3.object.key`),
    type,
    etag: (eTag ?? "").replaceAll('"', ""),
    versionId: versionId || null,
    sequencer: sequencer || null,
    sizeBytes: size,
    timeMs,
    modifiedMs: null,
    source: "notification",
    replay: null,
  });
}

/** A key as it is in the bucket: notifications carry it as forms do, "+" for a space. */
function decoded(key: string, at: string): string {
  try {
    return decodeURIComponent(key.replaceAll("+", " "));
  } catch {
    throw new NotificationError(at, `"${key.slice(0, 80)}" is not percent-encoded`);
  }
}

function jsonOf(given: string, at: string): unknown {
  try {
    return JSON.parse(given);
  } catch {
    throw new NotificationError(at, "no JSON");
  }
}
