/** How keys lie on Kafka where it is not as text in UTF-8: `long` is a whole number of 64 bits, big-endian, as Java's LongSerializer writes it. */
export type KeyType = "long";

/** Whether a key is the text of a whole number of 64 bits, as it is written without a sign or zeros to spare. */
export function isLong(key: string): boolean {
  if (!/^(?:0|-?[1-9]\d{0,18})$/.test(key)) return false;
  return key.length < 19 || BigInt.asIntN(64, BigInt(key)) === BigInt(key);
}

const encoder = new TextEncoder();

/**
 * MurmurHash2 of Kafka's default partitioner (seed 0x9747b28c), as an unsigned 32-bit number.
 * @param bytes the key as serialised
 */
export function murmur2(bytes: Uint8Array): number {
  const m = 0x5bd1e995;
  const length = bytes.length;
  let hash = 0x9747b28c ^ length;
  const whole = length & ~3;
  for (let at = 0; at < whole; at += 4) {
    let k = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    k = Math.imul(k, m);
    k ^= k >>> 24;
    hash = Math.imul(hash, m) ^ Math.imul(k, m);
  }
  const rest = length - whole;
  if (rest >= 3) hash ^= bytes[whole + 2]! << 16;
  if (rest >= 2) hash ^= bytes[whole + 1]! << 8;
  if (rest >= 1) hash = Math.imul(hash ^ bytes[whole]!, m);
  hash = Math.imul(hash ^ (hash >>> 13), m);
  return (hash ^ (hash >>> 15)) >>> 0;
}

const scratch = new Uint8Array(512);
const scratchView = new DataView(scratch.buffer);

/** The partition of a key: as Kafka's default partitioner has it, so that other producers and consumers agree. */
export function partitionOf(key: string, partitions: number, keys?: KeyType): number {
  if (partitions === 1) return 0;
  return (murmur2(bytesOf(key, keys)) & 0x7fffffff) % partitions;
}

function bytesOf(key: string, keys: KeyType | undefined): Uint8Array {
  if (keys === "long") {
    scratchView.setBigInt64(0, BigInt(key));
    return scratch.subarray(0, 8);
  }
  if (key.length > 128) return encoder.encode(key);
  let ascii = true;
  for (let at = 0; at < key.length; at++) {
    const code = key.charCodeAt(at);
    scratch[at] = code;
    if (code > 127) ascii = false;
  }
  return ascii ? scratch.subarray(0, key.length) : encoder.encode(key);
}
