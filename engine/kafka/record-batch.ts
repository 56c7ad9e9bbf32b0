import { exactNumber, type RecordIn, type RecordOut, type TopicForm } from "./broker.ts";

/** Checksum and decompression, which the client library has. */
export interface Codec {
  crc32c(bytes: Uint8Array): number;
  /** @param kind 1 gzip, 2 snappy, 3 lz4, 4 zstd */
  decompress(bytes: Buffer, kind: number): Buffer;
}

export interface BatchHead {
  producerId: bigint;
  producerEpoch: number;
  sequence: number;
  transactional: boolean;
}

const headBytes = 61;
const longBytes = 8;
/** The header of an event time of long ago; the record's own timestamp is when it was written then. */
const eventTime = "event-time";
const transactionalBit = 0x10;
const controlBit = 0x20;

/**
 * Encodes records as one batch of format 2 (Kafka protocol guide, "Record Batch").
 * @param records at least one
 */
export function encodeBatch(
  given: readonly RecordOut[],
  head: BatchHead,
  codec: Pick<Codec, "crc32c">,
  form?: TopicForm,
): Buffer {
  const records = form?.longAgoMs === undefined ? given : dated(given, form.longAgoMs);
  const base = records[0]?.timestamp ?? 0;
  let most = headBytes;
  for (const { key, value, headers } of records) {
    most += 48 + 3 * ((key?.length ?? 0) + (value?.length ?? 0));
    for (const name in headers) most += 10 + 3 * (name.length + (headers[name]?.length ?? 0));
  }
  const out = Buffer.allocUnsafeSlow(most);
  let at = headBytes;
  let latest = base;
  for (let index = 0; index < records.length; index++) {
    const record = records[index] as RecordOut;
    if (record.timestamp > latest) latest = record.timestamp;
    at = writeRecord(out, at, record, {
      timestampDelta: record.timestamp - base,
      index,
      isLong: form?.keys === "long",
    });
  }
  out.writeBigInt64BE(0n, 0);
  out.writeInt32BE(at - 12, 8);
  out.writeInt32BE(-1, 12);
  out.writeInt8(2, 16);
  out.writeInt16BE(head.transactional ? transactionalBit : 0, 21);
  out.writeInt32BE(records.length - 1, 23);
  out.writeBigInt64BE(BigInt(base), 27);
  out.writeBigInt64BE(BigInt(latest), 35);
  out.writeBigInt64BE(head.producerId, 43);
  out.writeInt16BE(head.producerEpoch, 51);
  out.writeInt32BE(head.sequence, 53);
  out.writeInt32BE(records.length, 57);
  out.writeUInt32BE(codec.crc32c(out.subarray(21, at)), 17);
  return out.subarray(0, at);
}

function dated(records: readonly RecordOut[], longAgoMs: number): readonly RecordOut[] {
  const now = Date.now();
  const oldest = now - longAgoMs;
  if (records.every(({ timestamp }) => timestamp >= oldest)) return records;
  return records.map((record) => {
    const { timestamp, headers } = record;
    if (timestamp >= oldest) return record;
    return { ...record, timestamp: now, headers: { ...headers, [eventTime]: String(timestamp) } };
  });
}

function writeRecord(
  out: Buffer,
  start: number,
  { key, value, headers }: RecordOut,
  { timestampDelta, index, isLong }: { timestampDelta: number; index: number; isLong: boolean },
): number {
  const keyBytes = key === null ? -1 : isLong ? longBytes : Buffer.byteLength(key);
  const valueBytes = value === null ? -1 : Buffer.byteLength(value);
  const names = headers === undefined ? [] : Object.keys(headers);
  let size = 1 + varintSize(timestampDelta) + varintSize(index) + varintSize(names.length);
  size += varintSize(keyBytes) + Math.max(0, keyBytes) + varintSize(valueBytes) + Math.max(0, valueBytes);
  for (const name of names) {
    const nameBytes = Buffer.byteLength(name);
    const textBytes = Buffer.byteLength(headers?.[name] ?? "");
    size += varintSize(nameBytes) + nameBytes + varintSize(textBytes) + textBytes;
  }
  let at = writeVarint(out, start, size);
  out[at++] = 0;
  at = writeVarint(out, at, timestampDelta);
  at = writeVarint(out, at, index);
  at = writeVarint(out, at, keyBytes);
  if (key !== null && isLong) at = out.writeBigInt64BE(BigInt(key), at);
  else if (key !== null) at += out.write(key, at, keyBytes, "utf8");
  at = writeVarint(out, at, valueBytes);
  if (typeof value === "string") at += out.write(value, at, valueBytes, "utf8");
  else if (value !== null) at += value.copy(out, at);
  at = writeVarint(out, at, names.length);
  for (const name of names) {
    const text = headers?.[name] ?? "";
    const nameBytes = Buffer.byteLength(name);
    at = writeVarint(out, at, nameBytes);
    at += out.write(name, at, nameBytes, "utf8");
    const textBytes = Buffer.byteLength(text);
    at = writeVarint(out, at, textBytes);
    at += out.write(text, at, textBytes, "utf8");
  }
  return at;
}

/** Zigzag varints of protocol buffers; beyond 31 bits (timestamps far apart) by arithmetic. */
function writeVarint(out: Buffer, start: number, value: number): number {
  let at = start;
  let rest = value < 0 ? -2 * value - 1 : 2 * value;
  while (rest >= 0x80000000) {
    out[at++] = (rest % 0x80) | 0x80;
    rest = Math.floor(rest / 0x80);
  }
  while (rest >= 0x80) {
    out[at++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  out[at++] = rest;
  return at;
}

function varintSize(value: number): number {
  let rest = value < 0 ? -2 * value - 1 : 2 * value;
  let size = 1;
  while (rest >= 0x80) {
    rest = Math.floor(rest / 0x80);
    size++;
  }
  return size;
}

/** A place in bytes that moves on as they are read. */
class Cursor {
  readonly bytes: Buffer;
  at: number;
  constructor(bytes: Buffer, at: number) {
    this.bytes = bytes;
    this.at = at;
  }
  varint(): number {
    const { bytes } = this;
    let byte = bytes[this.at++] as number;
    if (byte < 0x80) return (byte >>> 1) ^ -(byte & 1);
    let value = byte & 0x7f;
    let scale = 0x80;
    do {
      byte = bytes[this.at++] as number;
      value += (byte & 0x7f) * scale;
      scale *= 0x80;
    } while (byte >= 0x80);
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }
  take(length: number): Buffer {
    const part = this.bytes.subarray(this.at, this.at + length);
    this.at += length;
    return part;
  }
  text(length: number): string {
    const text = this.bytes.toString("utf8", this.at, this.at + length);
    this.at += length;
    return text;
  }
}

export interface DecodeOptions {
  /** Records before it are left out: a batch may begin earlier than the position that was asked for. */
  from: number;
  /** Transactions that were aborted within what was read: producer and first offset. */
  aborted: readonly { producerId: bigint; firstOffset: number }[];
  codec: Codec;
  form?: TopicForm | undefined;
}

/**
 * Decodes what a fetch returned of one partition, leaving out aborted transactions and control batches (KIP-98): a producer's batches
 * from an aborted transaction's first offset on, until its abort marker, are not there.
 * @throws RangeError when a checksum does not hold
 */
export function decodeBatches(bytes: Buffer, options: DecodeOptions): { records: RecordIn[]; next: number } {
  const records: RecordIn[] = [];
  const pending = [...options.aborted].sort((a, b) => a.firstOffset - b.firstOffset);
  const aborting = new Set<bigint>();
  let next = options.from;
  let at = 0;
  while (bytes.length - at >= headBytes) {
    const baseOffset = exactNumber(bytes.readBigInt64BE(at));
    const end = at + 12 + bytes.readInt32BE(at + 8);
    if (end > bytes.length) break;
    const attributes = bytes.readInt16BE(at + 21);
    const last = baseOffset + bytes.readInt32BE(at + 23);
    if (options.codec.crc32c(bytes.subarray(at + 21, end)) !== bytes.readUInt32BE(at + 17))
      throw new RangeError(`The checksum of the batch at offset ${baseOffset} does not hold.`);
    const producerId = bytes.readBigInt64BE(at + 43);
    while (pending[0] !== undefined && pending[0].firstOffset <= last) {
      aborting.add(pending[0].producerId);
      pending.shift();
    }
    if ((attributes & controlBit) !== 0) {
      if (controlType(bytes, at) === 0) aborting.delete(producerId);
    } else if ((attributes & transactionalBit) === 0 || !aborting.has(producerId)) {
      readRecords(bytes, at, end, baseOffset, options, records);
    }
    if (last >= next) next = last + 1;
    at = end;
  }
  return { records, next };
}

/** 0 abort, 1 commit: the second 16 bits of a control record's key. */
function controlType(bytes: Buffer, at: number): number {
  const cursor = new Cursor(bytes, at + headBytes);
  cursor.varint();
  cursor.at++;
  cursor.varint();
  cursor.varint();
  cursor.varint();
  return bytes.readInt16BE(cursor.at + 2);
}

function readRecords(
  bytes: Buffer,
  at: number,
  end: number,
  baseOffset: number,
  { from, codec, form }: DecodeOptions,
  records: RecordIn[],
): void {
  const attributes = bytes.readInt16BE(at + 21);
  const compression = attributes & 7;
  const baseTimestamp = exactNumber(bytes.readBigInt64BE(at + 27));
  const appendTime = (attributes & 8) !== 0 ? exactNumber(bytes.readBigInt64BE(at + 35)) : undefined;
  const count = bytes.readInt32BE(at + 57);
  const body = at + headBytes;
  const cursor =
    compression === 0
      ? new Cursor(bytes, body)
      : new Cursor(codec.decompress(bytes.subarray(body, end), compression), 0);
  for (let index = 0; index < count; index++) {
    const length = cursor.varint();
    const stop = cursor.at + length;
    cursor.at++;
    const created = baseTimestamp + cursor.varint();
    const offset = baseOffset + cursor.varint();
    if (offset >= from) {
      const keyBytes = cursor.varint();
      const isLong = form?.keys === "long" && keyBytes === longBytes;
      const key =
        keyBytes < 0 ? null : isLong ? String(cursor.take(longBytes).readBigInt64BE()) : cursor.text(keyBytes);
      const valueBytes = cursor.varint();
      const value = valueBytes < 0 ? null : cursor.take(valueBytes);
      const record: RecordIn = { offset, key, value, timestamp: appendTime ?? created };
      if (form?.keys === "long" && keyBytes >= 0 && !isLong)
        record.unreadable = [`a key of ${keyBytes} bytes`, "one of 8, a whole number, as key-schema says"];
      const named = cursor.varint();
      if (named > 0) {
        record.headers = readHeaders(cursor, named);
        const time = form?.longAgoMs === undefined ? undefined : record.headers[eventTime];
        if (time !== undefined && /^\d{1,15}$/.test(time)) record.timestamp = Number(time);
      }
      records.push(record);
    }
    cursor.at = stop;
  }
}

function readHeaders(cursor: Cursor, count: number): Record<string, string> {
  const headers: Record<string, string> = {};
  for (let index = 0; index < count; index++) {
    const name = cursor.text(cursor.varint());
    const length = cursor.varint();
    if (length >= 0) headers[name] = cursor.text(length);
  }
  return headers;
}
