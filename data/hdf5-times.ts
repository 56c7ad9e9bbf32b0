const OBJECT_HEADER = Buffer.from("OHDR\x02", "latin1");

/**
 * Sets the times that HDF5 notes in object headers of version 2 to 0, in place, so that equal content gives equal bytes. A header is
 * one only when its checksum holds, which then is renewed (HDF5 File Format Specification 3.0, IV.A.1.b; the checksum is Jenkins' lookup3).
 */
export function withoutTimes(file: Uint8Array): Uint8Array {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  for (let at = bytes.indexOf(OBJECT_HEADER); at >= 0; at = bytes.indexOf(OBJECT_HEADER, at + 1)) {
    const flags = bytes[at + 5] ?? 0;
    if ((flags & 0x20) === 0) continue;
    const sizeAt = at + 6 + 16 + ((flags & 0x10) === 0 ? 0 : 4);
    const sizeBytes = 1 << (flags & 3);
    if (sizeBytes > 4 || sizeAt + sizeBytes > bytes.length) continue;
    const end = sizeAt + sizeBytes + bytes.readUIntLE(sizeAt, sizeBytes);
    if (end + 4 > bytes.length || bytes.readUInt32LE(end) !== lookup3(bytes.subarray(at, end))) continue;
    bytes.fill(0, at + 6, at + 22);
    bytes.writeUInt32LE(lookup3(bytes.subarray(at, end)), end);
  }
  return file;
}

/** Bob Jenkins' hash of 2006 (`hashlittle`, public domain) from 0, as HDF5 uses it for metadata. */
export function lookup3(bytes: Uint8Array): number {
  let a = (0xdeadbeef + bytes.length) | 0;
  let b = a;
  let c = a;
  const word = (at: number): number =>
    (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24);
  const rotate = (value: number, by: number): number => (value << by) | (value >>> (32 - by));
  let at = 0;
  for (; bytes.length - at > 12; at += 12) {
    a = (a + word(at)) | 0;
    b = (b + word(at + 4)) | 0;
    c = (c + word(at + 8)) | 0;
    a = ((a - c) ^ rotate(c, 4)) | 0;
    c = (c + b) | 0;
    b = ((b - a) ^ rotate(a, 6)) | 0;
    a = (a + c) | 0;
    c = ((c - b) ^ rotate(b, 8)) | 0;
    b = (b + a) | 0;
    a = ((a - c) ^ rotate(c, 16)) | 0;
    c = (c + b) | 0;
    b = ((b - a) ^ rotate(a, 19)) | 0;
    a = (a + c) | 0;
    c = ((c - b) ^ rotate(b, 4)) | 0;
    b = (b + a) | 0;
  }
  if (at === bytes.length) return c >>> 0;
  a = (a + word(at)) | 0;
  b = (b + word(at + 4)) | 0;
  c = (c + word(at + 8)) | 0;
  c = ((c ^ b) - rotate(b, 14)) | 0;
  a = ((a ^ c) - rotate(c, 11)) | 0;
  b = ((b ^ a) - rotate(a, 25)) | 0;
  c = ((c ^ b) - rotate(b, 16)) | 0;
  a = ((a ^ c) - rotate(c, 4)) | 0;
  b = ((b ^ a) - rotate(a, 14)) | 0;
  c = ((c ^ b) - rotate(b, 24)) | 0;
  return c >>> 0;
}
