/** Collects where records of a sorted BAM file are, for its index (SAM specification, section 5). */
export interface BamIndex {
  /** @param end position behind the record's last base @param begun and @param ended virtual offsets of the record */
  add(reference: number, start: number, end: number, begun: number, ended: number): void;
  /** The content of the `.bai` file. */
  finish(): Uint8Array;
}

interface ReferenceIndex {
  /** Stretches of the file by bin. */
  bins: Map<number, [begun: number, ended: number][]>;
  /** First offset of records that reach into each 16 KiB of the reference. */
  windows: number[];
  begun: number;
  ended: number;
  records: number;
}

/** The bin that a stretch [start, end) falls into: `reg2bin` of the specification. */
export function binOf(start: number, end: number): number {
  const last = end - 1;
  for (const [shift, offset] of [
    [14, 4681],
    [17, 585],
    [20, 73],
    [23, 9],
    [26, 1],
  ] as const)
    if (start >> shift === last >> shift) return offset + (start >> shift);
  return 0;
}

/** The bin of samtools' own that holds a reference's extent and number of records. */
const EXTENT_BIN = 37_450;

export function bamIndex(references: number): BamIndex {
  const indices = Array.from(
    { length: references },
    (): ReferenceIndex => ({ bins: new Map(), windows: [], begun: 0, ended: 0, records: 0 }),
  );
  return {
    add(reference, start, end, begun, ended) {
      const index = indices[reference]!;
      const bin = binOf(start, end);
      const stretches = index.bins.get(bin) ?? [];
      const last = stretches.at(-1);
      if (last !== undefined && last[1] === begun) last[1] = ended;
      else stretches.push([begun, ended]);
      index.bins.set(bin, stretches);
      for (let window = start >> 14; window <= (end - 1) >> 14; window++) index.windows[window] ??= begun;
      if (index.records++ === 0) index.begun = begun;
      index.ended = ended;
    },
    finish() {
      const numbers: (number | bigint)[] = [];
      numbers.push(references);
      for (const { bins, windows, begun, ended, records } of indices) {
        numbers.push(bins.size + (records > 0 ? 1 : 0));
        for (const [bin, stretches] of [...bins].sort((a, b) => a[0] - b[0]))
          numbers.push(bin, stretches.length, ...stretches.flatMap(([from, to]) => [BigInt(from), BigInt(to)]));
        if (records > 0) numbers.push(EXTENT_BIN, 2, BigInt(begun), BigInt(ended), BigInt(records), 0n);
        numbers.push(windows.length);
        for (let i = 0; i < windows.length; i++) numbers.push(BigInt(windows[i] ?? begun));
      }
      numbers.push(0n);
      const bytes = new Uint8Array(
        4 + numbers.reduce<number>((sum, one) => sum + (typeof one === "bigint" ? 8 : 4), 0),
      );
      bytes.set([66, 65, 73, 1]);
      const view = new DataView(bytes.buffer);
      let at = 4;
      for (const one of numbers) {
        if (typeof one === "bigint") view.setBigUint64(at, one, true);
        else view.setInt32(at, one, true);
        at += typeof one === "bigint" ? 8 : 4;
      }
      return bytes;
    },
  };
}
