import { gzipSync } from "node:zlib";
import { decompressed } from "@artesian/data";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LONGEST_READ, readFastq } from "./fastq.ts";
import { nameOf } from "./read-block.ts";
import { decodeSequence } from "./sequence.ts";

interface Read {
  name: string;
  sequence: string;
  qualities: number[];
}

async function* pieces(bytes: Uint8Array, sizes: readonly number[] = [bytes.length]): AsyncGenerator<Uint8Array> {
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length] ?? bytes.length;
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

async function read(text: string | Uint8Array, sizes?: readonly number[], blockReads?: number): Promise<Read[]> {
  const bytes = typeof text === "string" ? Buffer.from(text, "latin1") : text;
  const reads: Read[] = [];
  for await (const block of readFastq(pieces(bytes, sizes), "s.fastq", blockReads === undefined ? {} : { blockReads }))
    for (let i = 0; i < block.count; i++) {
      const [from, to] = [block.start[i]!, block.start[i + 1]!];
      const qualities = [...block.qualities.subarray(from, to)];
      reads.push({ name: nameOf(block, i), sequence: decodeSequence(block.bases, from, to), qualities });
    }
  return reads;
}

const two = "@a first\nACGTN\n+\nI!~5I\n@b\nTT\n+\n@+\n";
const reads: Read[] = [
  { name: "a", sequence: "ACGTN", qualities: [40, 0, 93, 20, 40] },
  { name: "b", sequence: "TT", qualities: [31, 10] },
];

describe("readFastq", () => {
  it("gives names up to a blank, bases and qualities", async () => {
    expect(await read(two)).toEqual(reads);
  });

  it.each([
    ["Windows line ends", two.replaceAll("\n", "\r\n")],
    ["a last line without end", two.slice(0, -1)],
    ["a last line without end after Windows ones", two.replaceAll("\n", "\r\n").slice(0, -2)],
    ["small letters", two.replace("ACGTN", "acgtn").replace("TT", "tu")],
    ["a name on the line of +", two.replace("\n+\n", "\n+a first\n")],
    ["a byte order mark", `\u00ef\u00bb\u00bf${two}`],
    ["empty lines at the end", `${two}\n\r\n\n`],
  ])("takes %s", async (_, text) => {
    expect(await read(text)).toEqual(reads);
    expect(await read(text, [1])).toEqual(reads);
  });

  it("gives a read without bases as one, also as the last line of a file", async () => {
    const empty = { name: "a", sequence: "", qualities: [] };
    expect(await read("@a\n\n+\n\n@b\nTT\n+\n@+\n")).toEqual([empty, reads[1]]);
    expect(await read("@a\n\n+\n")).toEqual([empty]);
  });

  it("gives no block of a file without reads", async () => {
    expect(await read("")).toEqual([]);
    expect(await read("\n\r\n")).toEqual([]);
  });

  it("reads gzip files of several members", async () => {
    const members = Buffer.concat([gzipSync(two), gzipSync(two), gzipSync("")]);
    const names: string[] = [];
    for await (const block of readFastq(decompressed(pieces(members, [7]), { name: "s.gz" }), "s.gz"))
      for (let i = 0; i < block.count; i++) names.push(nameOf(block, i));
    expect(names).toEqual(["a", "b", "a", "b"]);
  });

  it("fails on a gzip file that was cut off", async () => {
    const whole = gzipSync(two.repeat(50));
    const cut = decompressed(pieces(whole.subarray(0, whole.length - 20)), { name: "s.gz" });
    await expect(Array.fromAsync(readFastq(cut, "s.gz"))).rejects.toMatchObject({ code: "data/truncated-gzip" });
  });

  it("grows its blocks for long reads and ends them by bases", async () => {
    const sequence = "ACGGT".repeat(200_000);
    const bytes = Buffer.from(`@long\n${sequence}\n+\n${"I".repeat(sequence.length)}\n`.repeat(5));
    const counts: number[] = [];
    for await (const block of readFastq(pieces(bytes, [300_000]), "long.fastq")) {
      counts.push(block.count);
      expect(decodeSequence(block.bases, block.start[1]! - 7, block.start[1]!)).toBe("GTACGGT");
    }
    expect(counts).toEqual([3, 2]);
  });

  it("refuses a line that no sequencer has written", async () => {
    const line = Buffer.alloc(LONGEST_READ + 1, "A");
    const endless = [Buffer.from("@a\n"), line, Buffer.from("\n+\n")];
    const whole = async function* (): AsyncGenerator<Uint8Array> {
      yield* endless;
    };
    await expect(Array.fromAsync(readFastq(whole(), "s"))).rejects.toMatchObject({ code: "editing/fastq-format" });
    const never = async function* (): AsyncGenerator<Uint8Array> {
      yield Buffer.from("@");
      for (;;) yield line;
    };
    await expect(Array.fromAsync(readFastq(never(), "s"))).rejects.toMatchObject({ code: "editing/fastq-format" });
  });

  it.each([
    ["fewer qualities than bases", "@a\nACGT\n+\nIII\n@b\nT\n+\nI\n", 4, /3 qualities for 4 bases/],
    ["more qualities than bases", "@a\nACGT\n+\nIIIII\n", 4, /5 qualities for 4 bases/],
    ["a letter that is no base", "@a\nA\n+\nI\n@b\nACRT\n+\nIIII\n", 6, /"R" at position 3/],
    ["a protein", "@a\nMKVL\n+\nIIII\n", 2, /"M" at position 1/],
    ["a blank among the qualities", "@a\nACGT\n+\nII I\n", 4, /" " at position 3/],
    ["no +", "@a\nACGT\nIIII\n@b\n", 3, /expected "\+", found "IIII"/],
    ["a sequence of two lines", "@a\nACGT\nACGT\n+\nIIIIIIII\n", 3, /A sequence is one line/],
    ["no @", "@a\nACGT\n+\nIIII\nb\nACGT\n+\nIIII\n", 5, /expected "@" and a name, found "b"/],
    ["a carriage return within a sequence", "@a\nAC\rGT\n+\nIIIII\n", 2, /no base/],
  ])("names file and line of %s", async (_, text, line, message) => {
    const error = await read(text).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: "editing/fastq-format", file: "s.fastq", line });
    expect((error as Error).message).toMatch(message);
    await expect(read(text, [1])).rejects.toMatchObject({ code: "editing/fastq-format", line });
  });

  it.each([
    ["its name", "@b", 5],
    ["its sequence", "@b\nAC", 6],
    ["its +", "@b\nAC\n", 7],
    ["its qualities", "@b\nACG\n+\n", 8],
    ["one of its qualities", "@b\nACG\n+\nII", 8],
  ])("says that a file stops within a read, after %s", async (_, rest, line) => {
    await expect(read(`@a\nA\n+\nI\n${rest}`)).rejects.toMatchObject({
      code: "editing/truncated-fastq",
      line,
      reads: 1,
    });
  });

  it.each([
    [">a\nACGT\n", /FASTA/],
    ["BAM\u0001\u0002\u0000", /BAM file/],
    ["@HD\tVN:1.6\n@SQ\tSN:chr1\n", /SAM file/],
    ["<!DOCTYPE html><html>", /HTML/],
    ["PK\u0003\u0004", /zip/],
    ["BZh91AY", /bzip2/],
    ["\u0028\u00b5\u002f\u00fd\u0000", /zstd/],
    ["\u001f\u008b\u0008\u0000", /compressed twice/],
    ["\u00ff\u00fe@\u0000", /UTF-16/],
    ["sample,reads\n1,2\n", /begins with "sample,reads/],
  ])("says what %j is instead", async (text, message) => {
    const error = await read(text).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: "editing/not-fastq", file: "s.fastq" });
    expect((error as Error).message).toMatch(message);
  });

  it("stops when aborted", async () => {
    const abort = new AbortController();
    abort.abort();
    const bytes = Buffer.from(two);
    await expect(Array.fromAsync(readFastq(pieces(bytes), "s", { signal: abort.signal }))).rejects.toThrow(/abort/i);
  });
});

/** FASTQ read line by line: reads, or the line of the first error. */
function plainly(text: string): Read[] | number {
  const lines = text.split("\n").map((line) => line.replace(/\r$/, ""));
  const ends = text.endsWith("\n");
  if (ends) lines.pop();
  const found: Read[] = [];
  for (let at = 0; at < lines.length; ) {
    const [name, sequence, plus, quality] = lines.slice(at, at + 4);
    if (name === "") {
      at++;
      continue;
    }
    if (!name!.startsWith("@")) return at + 1;
    if (sequence !== undefined && !/^[ACGTUN]*$/i.test(sequence)) return at + 2;
    if (plus !== undefined && !plus.startsWith("+")) return at + 3;
    const missing = quality === undefined && (sequence !== "" || plus === undefined || !ends);
    if (missing) return lines.length + (ends ? 1 : 0);
    const phred = [...(quality ?? "")].map((letter) => letter.charCodeAt(0) - 33);
    if (phred.length !== sequence!.length || phred.some((q) => q < 0 || q > 93)) return at + 4;
    found.push({
      name: name!.slice(1).split(/\s/)[0]!,
      sequence: sequence!.toUpperCase().replaceAll("U", "T"),
      qualities: phred,
    });
    at += 4;
  }
  return found;
}

const someReads = fc.array(
  fc.string({ unit: fc.constantFrom(..."ACGTN"), maxLength: 12 }).chain((sequence) =>
    fc.record({
      name: fc.string({ unit: fc.constantFrom(..."ab:1/"), maxLength: 6 }),
      sequence: fc.constant(sequence),
      quality: fc.string({
        unit: fc.constantFrom(..."!#+@I~"),
        minLength: sequence.length,
        maxLength: sequence.length,
      }),
      plus: fc.constantFrom("+", "+again"),
      end: fc.constantFrom("\n", "\r\n"),
    }),
  ),
  { maxLength: 8 },
);
const textOf = (list: { name: string; sequence: string; quality: string; plus: string; end: string }[]): string =>
  list.map(({ name, sequence, quality, plus, end }) => [`@${name}`, sequence, plus, quality, ""].join(end)).join("");

describe("any text", () => {
  it("gives the same reads however it is cut, and in blocks of any size", async () => {
    await fc.assert(
      fc.asyncProperty(
        someReads,
        fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 5 }),
        fc.integer({ min: 1, max: 4 }),
        async (list, sizes, blockReads) => {
          const text = textOf(list);
          const expected = plainly(text);
          expect(await read(text, sizes, blockReads)).toEqual(expected);
        },
      ),
      { numRuns: 300 },
    );
  });

  it("gives the reads that a reader of lines gives, or an error with its line, whatever is changed in it", async () => {
    let failures = 0;
    await fc.assert(
      fc.asyncProperty(
        someReads,
        fc.array(fc.tuple(fc.nat(), fc.constantFrom("change", "drop", "add"), fc.constantFrom(..."A@+\n\rx I>")), {
          minLength: 1,
          maxLength: 3,
        }),
        fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 3 }),
        async (list, changes, sizes) => {
          let text = `@first\nACGT\n+\nIIII\n${textOf(list)}`;
          for (const [where, how, letter] of changes) {
            const at = 19 + (where % (text.length - 18));
            text = text.slice(0, at) + (how === "drop" ? "" : letter) + text.slice(how === "add" ? at : at + 1);
          }
          const expected = plainly(text);
          const found = await read(text, sizes).catch((caught: unknown) => caught);
          if (Array.isArray(expected)) expect(found).toEqual(expected);
          else {
            failures++;
            expect((found as { code: string }).code).toMatch(/^editing\/(?:fastq-format|truncated-fastq)$/);
            expect((found as { line: number }).line).toBe(expected);
          }
        },
      ),
      { numRuns: 600 },
    );
    expect(failures).toBeGreaterThan(100);
  });
});
