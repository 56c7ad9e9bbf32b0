import fc from "fast-check";
import { expect, test } from "vitest";
import type { RecordOut } from "./broker.ts";
import { type BatchHead, type Codec, decodeBatches, encodeBatch } from "./record-batch.ts";

/** CRC-32C bit by bit (RFC 3720, appendix B.4). */
function slowCrc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}

const codec: Codec = {
  crc32c: slowCrc32c,
  decompress: () => {
    throw new Error("not compressed");
  },
};
const plain: BatchHead = { producerId: -1n, producerEpoch: -1, sequence: -1, transactional: false };

function at(offset: number, batch: Buffer): Buffer {
  const moved = Buffer.from(batch);
  moved.writeBigInt64BE(BigInt(offset), 0);
  return moved;
}

/** An end-of-transaction marker as a broker writes it: a control batch of one record. */
function marker(offset: number, producerId: bigint, committed: boolean): Buffer {
  const batch = encodeBatch(
    [{ key: `\u0000\u0000\u0000${committed ? "\u0001" : "\u0000"}`, value: "", timestamp: 0 }],
    { ...plain, producerId, transactional: true },
    codec,
  );
  batch.writeInt16BE(0x30, 21);
  batch.writeUInt32BE(slowCrc32c(batch.subarray(21)), 17);
  return at(offset, batch);
}

test("the checksum is CRC-32C", () => {
  expect(slowCrc32c(Buffer.from("123456789"))).toBe(0xe3069283);
});

test("one record lies as Kafka's format has it", () => {
  const batch = encodeBatch([{ key: "k", value: "v", timestamp: 1 }], plain, codec);
  expect(batch.subarray(61).toString("hex")).toBe("10000000026b027600");
  expect(batch.readInt32BE(8)).toBe(batch.length - 12);
  expect(batch.readInt8(16)).toBe(2);
});

test("long keys lie in eight bytes, big-endian; a key of other bytes is told of", () => {
  const form = { keys: "long" } as const;
  const keys = ["0", "-1", "42", "9007199254740993", "-9223372036854775808", "9223372036854775807"];
  const records = [...keys, null].map((key) => ({ key, value: "{}", timestamp: 5 }));
  const batch = encodeBatch(records, plain, codec, form);
  expect(batch.subarray(61 + 5, 61 + 13).toString("hex")).toBe("0000000000000000");
  const read = decodeBatches(batch, { from: 0, aborted: [], codec, form }).records;
  expect(read.map(({ key }) => key)).toEqual([...keys, null]);
  expect(read.every(({ unreadable }) => unreadable === undefined)).toBe(true);
  const text = encodeBatch([{ key: "A01", value: "{}", timestamp: 5 }], plain, codec);
  const [foreign] = decodeBatches(text, { from: 0, aborted: [], codec, form }).records;
  expect(foreign?.unreadable?.[0]).toBe("a key of 3 bytes");
});

test("event times of long ago lie in a header, as Kafka removes records by their timestamps; those of now lie where they do", () => {
  const form = { longAgoMs: 86_400_000 };
  const now = Date.now();
  const times = [now, now - 3_600_000, now - 400 * 86_400_000, 5];
  const records = times.map((timestamp) => ({ key: "k", value: "{}", timestamp, headers: { key: "own" } }));
  const batch = encodeBatch(records, plain, codec, form);
  const raw = decodeBatches(batch, { from: 0, aborted: [], codec }).records;
  expect(raw.map(({ timestamp }) => timestamp > now - 86_400_000)).toEqual([true, true, true, true]);
  expect(raw.map(({ headers }) => Object.keys(headers ?? {}).length)).toEqual([1, 1, 2, 2]);
  const read = decodeBatches(batch, { from: 0, aborted: [], codec, form }).records;
  expect(read.map(({ timestamp }) => timestamp)).toEqual(times);
  expect(read.map(({ headers }) => headers?.key)).toEqual(["own", "own", "own", "own"]);
});

test("what is encoded is decoded: keys, values, tombstones, headers, times far apart", () => {
  const record: fc.Arbitrary<RecordOut> = fc.record({
    key: fc.option(fc.string({ unit: "binary" })),
    value: fc.option(fc.string({ unit: "binary" })),
    timestamp: fc.integer({ min: 0, max: 8_640_000_000_000 }),
    headers: fc.dictionary(
      fc.string({ minLength: 1 }).filter((name) => name !== "__proto__"),
      fc.string(),
      { maxKeys: 2 },
    ),
  });
  fc.assert(
    fc.property(fc.array(record, { minLength: 1, maxLength: 20 }), fc.nat(1000), (records, base) => {
      const { records: found, next } = decodeBatches(at(base, encodeBatch(records, plain, codec)), {
        from: base,
        aborted: [],
        codec,
      });
      expect(next).toBe(base + records.length);
      const seen = found.map(({ offset: _, value, headers = {}, ...rest }) => ({
        ...rest,
        value: value?.toString() ?? null,
        headers: { ...headers },
      }));
      expect(seen).toEqual(records.map(({ headers, ...rest }) => ({ ...rest, headers: { ...headers } })));
    }),
    { numRuns: 50 },
  );
});

test("aborted transactions are left out, those of others and later ones of the same producer are not", () => {
  const batch = (offset: number, value: string, producerId: bigint): Buffer =>
    at(offset, encodeBatch([{ key: null, value, timestamp: 0 }], { ...plain, producerId, transactional: true }, codec));
  const log = [
    batch(0, "aborted", 7n),
    batch(1, "other", 8n),
    batch(2, "aborted too", 7n),
    marker(3, 7n, false),
    batch(4, "kept", 7n),
    marker(5, 8n, true),
    marker(6, 7n, true),
  ];
  const { records, next } = decodeBatches(Buffer.concat(log), {
    from: 0,
    aborted: [{ producerId: 7n, firstOffset: 0 }],
    codec,
  });
  expect(records.map(({ offset, value }) => [offset, value?.toString()])).toEqual([
    [1, "other"],
    [4, "kept"],
  ]);
  expect(next).toBe(7);
});

test("a read that begins within a batch, and one that breaks off within one", () => {
  const values = ["a", "b", "c"].map((value) => ({ key: null, value, timestamp: 0 }));
  const two = Buffer.concat([encodeBatch(values, plain, codec), at(3, encodeBatch(values, plain, codec))]);
  const { records, next } = decodeBatches(two.subarray(0, two.length - 1), { from: 2, aborted: [], codec });
  expect(records.map(({ offset }) => offset)).toEqual([2]);
  expect(next).toBe(3);
});

test("a broken batch is not read", () => {
  const batch = encodeBatch([{ key: null, value: "value", timestamp: 0 }], plain, codec);
  batch.writeInt8(batch.readInt8(65) ^ 1, 65);
  expect(() => decodeBatches(batch, { from: 0, aborted: [], codec })).toThrow(RangeError);
});
