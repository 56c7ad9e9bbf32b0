/** Memory for pieces of files that is used again and again. */
export interface PieceBuffers {
  /** Bytes of shape (sizeBytes), the beginning of a buffer that may be larger. */
  take(sizeBytes: number): Uint8Array<ArrayBuffer>;
  /** A buffer that came from `take` and is free again; it may have been in another thread meanwhile. */
  give(buffer: ArrayBuffer): void;
}

const LEAST_BYTES = 2 ** 16;

/**
 * Reading a plate with them takes the same few all along: fresh ones would wait for the collector of
 * whichever thread had them last, and leave the C library's heap in holes that the system never gets back.
 * @param keepBytes free ones beyond it are let go
 * @example const buffers = pieceBuffers(); const bytes = buffers.take(1000); buffers.give(bytes.buffer)
 */
export function pieceBuffers(keepBytes = 16 * 2 ** 20): PieceBuffers {
  /** By size, the smallest first. */
  const free: ArrayBuffer[] = [];
  let freeBytes = 0;
  return {
    take(sizeBytes) {
      const at = free.findIndex((buffer) => buffer.byteLength >= sizeBytes);
      const [buffer] = at < 0 ? [] : free.splice(at, 1);
      if (buffer === undefined) return new Uint8Array(new ArrayBuffer(capacityOf(sizeBytes)), 0, sizeBytes);
      freeBytes -= buffer.byteLength;
      return new Uint8Array(buffer, 0, sizeBytes);
    },
    give(buffer) {
      if (buffer.byteLength === 0 || freeBytes + buffer.byteLength > keepBytes) return;
      const at = free.findIndex((other) => other.byteLength >= buffer.byteLength);
      free.splice(at < 0 ? free.length : at, 0, buffer);
      freeBytes += buffer.byteLength;
    },
  };
}

/** Four sizes an octave: files of nearly one size share buffers, and a fifth of a buffer is empty at most. */
function capacityOf(sizeBytes: number): number {
  const step = Math.max(LEAST_BYTES, 2 ** (Math.floor(Math.log2(sizeBytes)) - 2));
  return Math.max(1, Math.ceil(sizeBytes / step)) * step;
}
