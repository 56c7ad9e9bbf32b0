import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  bucketUri,
  compareEvents,
  idempotencyKeyOf,
  isSameVersion,
  type ObjectEvent,
  objectUri,
  occurrenceOf,
} from "./object-event.ts";

const event = (given: Partial<ObjectEvent> = {}): ObjectEvent => ({
  bucket: "plates",
  key: "raw/P1.csv",
  type: "ObjectCreated:Put",
  etag: "e1",
  versionId: null,
  sequencer: "0055AED6DCD90281E5",
  sizeBytes: 9,
  timeMs: 1_700_000_000_500,
  modifiedMs: null,
  source: "notification",
  replay: null,
  ...given,
});

describe("the order of events of one key", () => {
  it("is that of their sequencers, padded with zeros on the right, in either case", () => {
    expect(compareEvents(event({ sequencer: "0A" }), event({ sequencer: "0B" }))).toBeLessThan(0);
    expect(compareEvents(event({ sequencer: "0a1" }), event({ sequencer: "0A1" }))).toBe(0);
    expect(compareEvents(event({ sequencer: "1" }), event({ sequencer: "10" }))).toBe(0);
    expect(compareEvents(event({ sequencer: "2" }), event({ sequencer: "1FF" }))).toBeGreaterThan(0);
  });

  it("is that of their times when one has no sequencer", () => {
    const plain = { sequencer: null };
    expect(compareEvents(event({ ...plain, timeMs: 1 }), event({ ...plain, timeMs: 2 }))).toBeLessThan(0);
    expect(compareEvents(event({ timeMs: 2 }), event({ ...plain, timeMs: 1 }))).toBeGreaterThan(0);
  });

  it("is not known within a second beside a listing, whose times are whole seconds", () => {
    const listed = event({ sequencer: null, source: "listing", timeMs: 5000 });
    expect(compareEvents(listed, event({ timeMs: 5900 }))).toBe(0);
    expect(compareEvents(listed, event({ timeMs: 6000 }))).toBeLessThan(0);
  });

  it("is antisymmetric, and transitive among sequencers, whatever their lengths", () => {
    const sequencer = fc.string({ unit: fc.constantFrom(..."0123456789abcdefABCDEF"), minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(sequencer, sequencer, sequencer, (a, b, c) => {
        const [x, y, z] = [a, b, c].map((one) => event({ sequencer: one })) as [ObjectEvent, ObjectEvent, ObjectEvent];
        expect(Math.sign(compareEvents(x, y))).toBe(-Math.sign(compareEvents(y, x)) + 0);
        if (compareEvents(x, y) <= 0 && compareEvents(y, z) <= 0) expect(compareEvents(x, z)).toBeLessThanOrEqual(0);
      }),
    );
  });
});

describe("what is the same", () => {
  it("is told by version where both have one, else by ETag", () => {
    expect(isSameVersion(event({ versionId: "v1" }), event({ versionId: "v2" }))).toBe(false);
    expect(isSameVersion(event({ versionId: "v1" }), event({ versionId: null }))).toBe(true);
    expect(isSameVersion(event({ versionId: "null" }), event({ versionId: "v1" }))).toBe(true);
    expect(isSameVersion(event({ versionId: "null", etag: "a" }), event({ versionId: "null", etag: "b" }))).toBe(false);
  });

  it("is one occurrence for equal deliveries, another for another sequencer, version or replay", () => {
    const first = occurrenceOf(event());
    expect(occurrenceOf(event({ type: "ObjectCreated:Copy", timeMs: 9 }))).toBe(first);
    const replay = { id: "R1", function: null, force: false };
    const others = [{ sequencer: "0055AED6DCD90281E6" }, { etag: "e2" }, { versionId: "v" }, { replay }];
    const all = [first, ...others.map((one) => occurrenceOf(event(one)))];
    expect(new Set(all).size).toBe(all.length);
  });

  it("gives another idempotency key for another bucket, key, version or function, and for nothing else", () => {
    const key = idempotencyKeyOf(event(), "d1");
    expect(key).toMatch(/^[0-9a-f]{64}$/);
    expect(idempotencyKeyOf(event({ sequencer: "FF", timeMs: 0, source: "listing" }), "d1")).toBe(key);
    const others = [{ bucket: "b" }, { key: "k" }, { etag: "e2" }, { versionId: "v" }];
    const all = [key, idempotencyKeyOf(event(), "d2"), ...others.map((one) => idempotencyKeyOf(event(one), "d1"))];
    expect(new Set(all).size).toBe(all.length);
  });
});

it("names objects of buckets and of folders", () => {
  expect(objectUri(event())).toBe("s3://plates/raw/P1.csv");
  expect(objectUri({ bucket: "/data/in/", key: "a.csv" })).toBe("/data/in/a.csv");
  expect(bucketUri("/data/in")).toBe("/data/in");
});
