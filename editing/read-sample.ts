import { decompressed, type ReadablePlace } from "@artesian/data";
import { uniqueReadsOf } from "./collapse.ts";
import { NoReadsError, SampleFilesError } from "./errors.ts";
import { readFastq } from "./fastq.ts";
import { type MergeOptions, pairMerger, type ReadSlice, sliceRead } from "./merge-pairs.ts";
import { type PairSpan, pairsOfFiles, pairsOfInterleaved } from "./pair-reads.ts";
import type { ReadBlock } from "./read-block.ts";
import { countWarnings, noCounts, type ReadCounts, type ReadWarning } from "./read-counts.ts";
import { judgeReads, maskBases, type ReadFilter, reasonOf } from "./read-filter.ts";
import { checkReadOptions } from "./read-options.ts";
import { sequenceSet } from "./sequence-set.ts";
import { UMI_SHORT, type UmiPlan, umiReader } from "./umi.ts";
import { moleculeCounter } from "./umi-molecules.ts";
import type { UniqueReads } from "./unique-reads.ts";

/** Files of a sample, by their keys in a place; several when it was sequenced on several lanes. Compressed or not, whatever their names. */
export interface SampleFiles {
  place: ReadablePlace;
  r1: string | readonly string[];
  /** Second reads, in the order of `r1`; without them reads are single, or interleaved. */
  r2?: string | readonly string[];
  /** Pairs follow each other in `r1`; default false. */
  interleaved?: boolean;
}

export interface ReadSampleOptions {
  filter?: ReadFilter;
  merge?: MergeOptions;
  /** Pairs that do not overlap are dropped, or their first reads are taken alone; default "drop". */
  unmerged?: "drop" | "first";
  /** Molecules are counted instead of reads. */
  umi?: UmiPlan;
  signal?: AbortSignal;
  /** Bytes of the files, as stored, that are behind. */
  progress?: (doneBytes: number, totalBytes: number) => void;
}

export interface SampleReads {
  /** With UMIs a read stands for a molecule. */
  reads: UniqueReads;
  counts: ReadCounts;
  warnings: ReadWarning[];
}

/**
 * A sample's reads: FASTQ, filtered, merged, collapsed. Files are read once, with memory for some megabytes of them and for the distinct
 * sequences; decompression runs beside the rest. The outcome depends neither on the order of reads nor on how the files are cut.
 *
 * @throws NoReadsError (editing/no-reads) when there is no read in any file; FastqFormatError (editing/fastq-format), TruncatedFastqError
 * (editing/truncated-fastq), NotFastqError (editing/not-fastq), UnequalPairsError (editing/unequal-pairs), PairNameError (editing/pair-name),
 * SampleFilesError (editing/sample-files), ReadOptionError (editing/read-option), UmiPatternError (editing/umi-pattern), UmiNameError (editing/umi-name); data/missing-file,
 * data/truncated-gzip, data/damaged-gzip and what reading throws
 * @example
 * const { reads, counts } = await readSample({ place: openPlace("run7"), r1: "S1_R1.fastq.gz", r2: "S1_R2.fastq.gz" }, { filter: { minMeanQuality: 30 } });
 */
export async function readSample(files: SampleFiles, options: ReadSampleOptions = {}): Promise<SampleReads> {
  const { signal, progress } = options;
  checkReadOptions(options);
  const lanes = lanesOf(files);
  const call = signal === undefined ? {} : { signal };
  const keys = lanes.flatMap(({ r1, r2 }) => (r2 === undefined ? [r1] : [r1, r2]));
  let totalBytes = 0;
  for (const key of keys) totalBytes += (await files.place.stat(key, call))?.sizeBytes ?? 0;
  let doneBytes = 0;

  async function* stored(key: string): AsyncGenerator<Uint8Array> {
    for await (const chunk of files.place.stream(key, call)) {
      doneBytes += chunk.length;
      progress?.(doneBytes, totalBytes);
      yield chunk;
    }
  }
  const warnings: ReadWarning[] = [];
  async function* blocksOf(key: string, together: 1 | 2 = 1): AsyncGenerator<ReadBlock> {
    let first = true;
    for await (const block of readFastq(decompressed(stored(key), { name: key, ...call }), key, {
      together,
      ...call,
    })) {
      if (first && hasOtherOffset(block))
        warnings.push({
          code: "quality-offset",
          message: `${key}: qualities seem to count from "@", as before 2011; they are read as counting from "!", 31 too high. Convert the file first.`,
        });
      first = false;
      yield block;
    }
  }

  const work = readWork(options, keys[0]!);
  for (const { r1, r2 } of lanes) {
    if (r2 !== undefined)
      for await (const span of pairsOfFiles(blocksOf(r1), blocksOf(r2), r1, r2)) work.takePairs(span);
    else if (files.interleaved === true)
      for await (const span of pairsOfInterleaved(blocksOf(r1, 2), r1)) work.takePairs(span);
    else for await (const block of blocksOf(r1)) work.takeSingle(block);
  }
  if (work.counts.readIn === 0) throw new NoReadsError(keys);
  const reads = work.finish(signal);
  return { reads, counts: work.counts, warnings: [...warnings, ...countWarnings(work.counts)] };
}

interface ReadWork {
  counts: ReadCounts;
  takePairs(span: PairSpan): void;
  takeSingle(block: ReadBlock): void;
  finish(signal: AbortSignal | undefined): UniqueReads;
}

/** What is done with reads between their files and their counts. */
function readWork(options: ReadSampleOptions, file: string): ReadWork {
  const { filter = {}, merge, unmerged = "drop", umi: plan } = options;
  const counts = noCounts();
  const merger = pairMerger(merge);
  const umis = plan === undefined ? undefined : umiReader(plan, file);
  const molecules = plan === undefined ? undefined : moleculeCounter(plan.minReads);
  const sequences = sequenceSet();
  const [first, second]: [ReadSlice, ReadSlice] = [emptySlice(), emptySlice()];
  let [judged, judgedMates] = [new Uint8Array(0), new Uint8Array(0)];
  const refused = { unknown: 0, short: 0 };

  const judge = (block: ReadBlock, into: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> => {
    const judgements = block.count > into.length ? new Uint8Array(block.count) : into;
    judgeReads(block, filter, judgements);
    return judgements;
  };
  const refuse = (code: number): void => {
    if (code === UMI_SHORT) refused.short++;
    else refused.unknown++;
  };
  const keep = (umi: number, bases: Uint8Array, from: number, to: number): void => {
    counts.kept++;
    if (molecules === undefined) sequences.add(bases, from, to);
    else molecules.add(umi, bases, from, to);
  };
  const mask = (block: ReadBlock, i: number): void => {
    if (filter.maskBelow !== undefined) counts.maskedBases += maskBases(block, i, filter.maskBelow);
  };

  return {
    counts,
    takePairs({ first: firsts, second: seconds, at1, at2, step, count, fresh }) {
      if (fresh[0]) judged = judge(firsts, judged);
      if (fresh[1]) judgedMates = judge(seconds, judgedMates);
      const mates = firsts === seconds ? judged : judgedMates;
      counts.readIn += count;
      for (let k = 0, i = at1, j = at2; k < count; k++, i += step, j += step) {
        const reason = reasonOf(judged[i]! || mates[j]!);
        if (reason !== undefined) {
          counts.filtered[reason]++;
          continue;
        }
        sliceRead(firsts, i, umis?.cut1 ?? 0, first);
        sliceRead(seconds, j, umis?.cut2 ?? 0, second);
        // Bases of low quality still tell where reads overlap.
        const overlaps = merger.find(first, second);
        mask(firsts, i);
        mask(seconds, j);
        const umi = umis === undefined ? 0 : umis.read(firsts, i, seconds, j);
        if (umi < 0) {
          refuse(umi);
          continue;
        }
        if (overlaps) {
          merger.join(first, second);
          const { pair } = merger;
          counts.merged++;
          if (pair.readThrough) counts.readThrough++;
          counts.overlapBases += pair.overlap.compared;
          counts.overlapMismatches += pair.overlap.mismatches;
          keep(umi, pair.bases, 0, pair.length);
          continue;
        }
        counts.unmerged++;
        if (unmerged === "drop") continue;
        counts.unmergedKept++;
        keep(umi, first.bases, first.from, first.to);
      }
    },
    takeSingle(block) {
      judged = judge(block, judged);
      counts.readIn += block.count;
      for (let i = 0; i < block.count; i++) {
        const reason = reasonOf(judged[i]!);
        if (reason !== undefined) {
          counts.filtered[reason]++;
          continue;
        }
        mask(block, i);
        const umi = umis === undefined ? 0 : umis.read(block, i, undefined, 0);
        if (umi < 0) {
          refuse(umi);
          continue;
        }
        sliceRead(block, i, umis?.cut1 ?? 0, first);
        keep(umi, first.bases, first.from, first.to);
      }
    },
    finish(signal) {
      if (molecules === undefined || umis === undefined) return uniqueReadsOf(sequences, signal);
      const { molecules: consensus, counts: found } = molecules.finish(umis.length, signal);
      counts.umi = { ...found, ...refused };
      return uniqueReadsOf(consensus, signal);
    },
  };
}

const emptySlice = (): ReadSlice => ({ bases: new Uint8Array(0), qualities: new Uint8Array(0), from: 0, to: 0 });

/** Qualities that are all 31 or more, and some above 63, count from "@" (Illumina 1.3 to 1.7), where they are 0 to 41. */
function hasOtherOffset({ qualities, start, count }: ReadBlock): boolean {
  let [least, most] = [255, 0];
  for (let i = 0; i < start[count]!; i++) {
    least = Math.min(least, qualities[i]!);
    most = Math.max(most, qualities[i]!);
  }
  return least >= 31 && most > 63;
}

function lanesOf({ r1, r2, interleaved }: SampleFiles): { r1: string; r2?: string }[] {
  const firsts = typeof r1 === "string" ? [r1] : r1;
  const seconds = r2 === undefined ? [] : typeof r2 === "string" ? [r2] : r2;
  if (firsts.length === 0) throw new SampleFilesError("no file of first reads is given");
  if (r2 !== undefined && interleaved === true)
    throw new SampleFilesError(`${firsts[0]} is said to hold both reads of its pairs, and second reads are given`);
  if (r2 !== undefined && seconds.length !== firsts.length)
    throw new SampleFilesError(`${firsts.length} of first reads and ${seconds.length} of second reads are given`);
  const all = [...firsts, ...seconds];
  const twice = all.find((key, i) => all.indexOf(key) !== i);
  if (twice !== undefined) throw new SampleFilesError(`${twice} is given twice`);
  return firsts.map((key, i) => (seconds[i] === undefined ? { r1: key } : { r1: key, r2: seconds[i] }));
}
