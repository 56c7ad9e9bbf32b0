import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";
import type { SampleInput } from "./analyse.ts";
import { analyseReads } from "./analyse.ts";
import { amplicon, code, cut, repaired, sampleOf, simulated, spec } from "./analysis.test-support.ts";
import { bamFiles } from "./bam.ts";
import { bamIndex, binOf } from "./bam-index.ts";
import { bgzfWriter } from "./bgzf.ts";

const root = mkdtempSync(join(tmpdir(), "artesian-bam-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

async function written(sample: SampleInput, copies = true) {
  const plan = { amplicon: { ...spec, hdr: repaired } };
  const { result, quantified } = await analyseReads(sample, [], plan, { code, places: true });
  const [bam, bai] = bamFiles(quantified, sample.name, "0.1.0", { copies });
  const bytes = async (content: AsyncIterable<Uint8Array>) => Buffer.concat(await Array.fromAsync(content));
  const content = await bytes(bam!.content);
  return { result, content, index: await bytes(bai!.content) };
}

interface Record {
  reference: number;
  start: number;
  flag: number;
  cigar: string;
  sequence: string;
  name: string;
  tags: string;
}

/** Reads a BAM file by the specification, without the code that wrote it. */
function recordsOf(content: Buffer): { header: string; records: Record[] } {
  const bytes = gunzipSync(content);
  expect(bytes.toString("latin1", 0, 4)).toBe("BAM\u0001");
  const headLength = bytes.readInt32LE(4);
  const header = bytes.toString("latin1", 8, 8 + headLength);
  let at = 8 + headLength;
  const references = bytes.readInt32LE(at);
  at += 4;
  for (let i = 0; i < references; i++) at += 8 + bytes.readInt32LE(at);
  const records: Record[] = [];
  while (at < bytes.length) {
    const size = bytes.readInt32LE(at);
    const body = bytes.subarray(at + 4, at + 4 + size);
    const [nameLength, operations, length] = [body[8]!, body.readUInt16LE(12), body.readInt32LE(16)];
    const cigarAt = 32 + nameLength;
    const cigar = Array.from({ length: operations }, (_, i) => body.readUInt32LE(cigarAt + 4 * i))
      .map((packed) => `${packed >>> 4}${"MIDNSHP=X"[packed & 15]}`)
      .join("");
    const basesAt = cigarAt + 4 * operations;
    const sequence = Array.from(
      { length },
      (_, i) => "=ACMGRSVTWYHKDBN"[(body[basesAt + (i >> 1)]! >> (i % 2 ? 0 : 4)) & 15],
    );
    const tagsAt = basesAt + ((length + 1) >> 1) + length;
    records.push({
      reference: body.readInt32LE(0),
      start: body.readInt32LE(4),
      flag: body.readUInt16LE(14),
      cigar,
      sequence: sequence.join(""),
      name: body.toString("latin1", 32, cigarAt - 1),
      tags: body.toString("latin1", tagsAt),
    });
    at += 4 + size;
  }
  return { header, records };
}

const { sample } = simulated("S 1", { molecules: 600, nhej: { share: 0.4 }, hdr: { share: 0.3, donor: repaired } });
const whole = await written(sample);
const { header, records } = recordsOf(whole.content);

describe("a BAM file of reads", () => {
  it("names references and sample", () => {
    expect(header).toBe(
      "@HD\tVN:1.6\tSO:coordinate\n@SQ\tSN:GENE1\tLN:113\n@SQ\tSN:GENE1_HDR\tLN:113\n@RG\tID:S_1\tSM:S_1\n@PG\tID:artesian\tPN:artesian\tVN:0.1.0\n",
    );
  });
  it("has every judged read once, sorted, with the outcome that was counted", () => {
    expect(records.length).toBe(whole.result.counts.judged);
    for (const [i, { reference, start }] of records.slice(1).entries()) {
      const before = records[i]!;
      expect(reference * 1000 + start).toBeGreaterThanOrEqual(before.reference * 1000 + before.start);
    }
    for (const [outcome, { count }] of Object.entries(whole.result.outcomes))
      expect(records.filter(({ tags }) => tags.includes(`XOZ${outcome}\0`)).length, outcome).toBe(count);
    expect(new Set(records.map(({ name }) => name)).size).toBe(records.length);
  });
  it("leads from each read to its reference by the CIGAR", () => {
    for (const { reference, start, cigar, sequence } of records) {
      const against = [amplicon, repaired][reference]!;
      let [at, readAt] = [start, 0];
      for (const [, count = "", operation = ""] of cigar.matchAll(/(\d+)(.)/g)) {
        const length = Number(count);
        const [own, other] = [sequence.slice(readAt, readAt + length), against.slice(at, at + length)];
        if (operation === "=") expect(own).toBe(other);
        if (operation === "X") expect(own).not.toBe(other);
        if ("=XIS".includes(operation)) readAt += length;
        if ("=XD".includes(operation)) at += length;
      }
      expect(readAt).toBe(sequence.length);
      expect(at).toBeLessThanOrEqual(against.length);
    }
  });
  it("clips what overhangs, begins where the read begins, and has one record a sequence when asked", async () => {
    const reads = { [`TTTTT${amplicon}GG`]: 3, [amplicon.slice(10)]: 2, ["ACGT".repeat(20)]: 4 };
    const each = recordsOf((await written(sampleOf("S", reads), false)).content).records;
    expect(each.map(({ start, cigar, name }) => [start, cigar, name])).toEqual([
      [0, "5S113=2S", "2.1"],
      [10, "103=", "3.1"],
    ]);
  });
});

describe("its index", () => {
  it("has the bins of the specification", () => {
    expect([binOf(0, 1), binOf(0, 16_384), binOf(16_383, 16_385), binOf(0, 2 ** 20), binOf(0, 2 ** 29)]).toEqual([
      4681, 4681, 585, 73, 0,
    ]);
  });
  it("joins records that follow each other, and keeps those of another bin apart", () => {
    const index = bamIndex(1);
    index.add(0, 0, 100, 10, 20);
    index.add(0, 50, 150, 20, 30);
    index.add(0, 16_000, 17_000, 30, 40);
    const bytes = Buffer.from(index.finish());
    expect(bytes.toString("latin1", 0, 4)).toBe("BAI\u0001");
    expect([bytes.readInt32LE(4), bytes.readInt32LE(8)]).toEqual([1, 3]);
    expect([
      bytes.readInt32LE(12),
      bytes.readInt32LE(16),
      bytes.readBigUInt64LE(20),
      bytes.readBigUInt64LE(28),
    ]).toEqual([585, 1, 30n, 40n]);
    expect([
      bytes.readInt32LE(36),
      bytes.readInt32LE(40),
      bytes.readBigUInt64LE(44),
      bytes.readBigUInt64LE(52),
    ]).toEqual([4681, 1, 10n, 30n]);
  });
});

describe("BGZF", () => {
  it("gives back what went in, over many blocks, and its offsets lead to it", () => {
    const writer = bgzfWriter();
    const blocks: Uint8Array[] = [];
    const parts = Array.from({ length: 300 }, (_, i) => Buffer.alloc(977, i % 251));
    const offsets = parts.map((part) => {
      const offset = writer.offset();
      blocks.push(...writer.add(part));
      return offset;
    });
    blocks.push(...writer.finish());
    const file = Buffer.concat(blocks);
    expect(gunzipSync(file)).toEqual(Buffer.concat(parts));
    for (const [i, offset] of offsets.entries()) {
      const place = Math.floor(offset / 65_536);
      const size = file.readUInt16LE(place + 16) + 1;
      expect(gunzipSync(file.subarray(place, place + size))[offset % 65_536]).toBe(i % 251);
    }
    expect(file.subarray(-28).toString("hex")).toMatch(/^1f8b08040000000000ff0600424302001b000300/);
  });
});

const samtools = ((): boolean => {
  try {
    execFileSync("samtools", ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
})();

describe.skipIf(!samtools)(`samtools ${samtools ? "" : "(SKIPPED: samtools is not installed)"}`, () => {
  it("reads the file whole and by its index", () => {
    const path = join(root, "reads.bam");
    writeFileSync(path, whole.content);
    writeFileSync(`${path}.bai`, whole.index);
    const run = (...words: string[]): string => execFileSync("samtools", words, { encoding: "utf8" });
    run("quickcheck", path);
    expect(run("view", "-c", path).trim()).toBe(String(records.length));
    expect(run("view", "-c", path, `GENE1_HDR:${cut}-${cut + 1}`).trim()).toBe(
      String(records.filter(({ reference }) => reference === 1).length),
    );
    expect(run("idxstats", path).split("\n")[0]).toBe(
      `GENE1\t113\t${records.filter(({ reference }) => reference === 0).length}\t0`,
    );
  });
});
