import { createHash, type Hash } from "node:crypto";
import { MissingFileError, type ReadablePlace } from "@artesian/data";
import type { SampleInput } from "./analyse.ts";
import type { ReadCounts } from "./read-counts.ts";
import { type ReadSampleOptions, readSample } from "./read-sample.ts";
import type { InputFile } from "./result.ts";

/** A file of reads. */
export interface FileSource {
  place: ReadablePlace;
  key: string;
  /** As a person named it; errors name it so. */
  shown: string;
}

/** Where a sample's reads are. Several files are lanes. */
export interface SampleSource {
  name: string;
  r1: readonly FileSource[];
  r2: readonly FileSource[];
  interleaved?: boolean;
}

/**
 * Reads a sample's files once, and takes their digests on the way.
 * @throws what `readSample` throws
 */
export async function readInput(source: SampleSource, options: ReadSampleOptions = {}): Promise<SampleInput> {
  const { name, r1, r2, interleaved } = source;
  const hashed = hashingPlace([...r1, ...r2]);
  const { reads, counts, warnings } = await readSample(
    {
      place: hashed.place,
      r1: r1.map(({ shown }) => shown),
      ...(r2.length > 0 && { r2: r2.map(({ shown }) => shown) }),
      ...(interleaved === true && { interleaved }),
    },
    options,
  );
  const inputs = [
    ...r1.map((file) => hashed.digest("reads1", file)),
    ...r2.map((file) => hashed.digest("reads2", file)),
  ];
  return {
    name,
    reads,
    unit: options.umi === undefined ? "reads" : "molecules",
    reading: stepsOf(counts, r2.length > 0 || interleaved === true),
    inputs,
    notes: warnings.map(({ message }) => message),
  };
}

/** What happened to a sample's reads, in order and in words. */
function stepsOf(counts: ReadCounts, paired: boolean): Record<string, number> {
  const { filtered, umi } = counts;
  return {
    [paired ? "read pairs in the files" : "reads in the files"]: counts.readIn,
    "left out: too short": filtered.short,
    "left out: mean quality": filtered["mean-quality"],
    "left out: a base's quality": filtered["base-quality"],
    ...(paired && {
      "pairs merged": counts.merged,
      "pairs without overlap": counts.unmerged,
      "pairs without overlap, first read kept": counts.unmergedKept,
    }),
    ...(counts.maskedBases > 0 && { "bases masked as N": counts.maskedBases }),
    "reads kept": counts.kept,
    ...(umi !== undefined && {
      "left out: UMI not known": umi.unknown,
      "left out: shorter than the UMI": umi.short,
      "different UMIs": umi.distinct,
      "reads whose UMI was corrected": umi.correctedReads,
      "molecules left out: few reads": umi.smallGroups,
      molecules: umi.molecules,
    }),
  };
}

interface HashingPlace {
  place: ReadablePlace;
  digest(role: string, file: FileSource): InputFile;
}

/** Files under the names that people gave them, whose content is hashed while it is read from beginning to end. */
function hashingPlace(files: readonly FileSource[]): HashingPlace {
  const sources = new Map(files.map((file) => [file.shown, file]));
  const hashes = new Map<string, { hash: Hash; bytes: number }>();
  const source = (key: string): FileSource => {
    const file = sources.get(key);
    if (file === undefined) throw new MissingFileError(key, "the sample's files");
    return file;
  };
  return {
    place: {
      uri: "the sample's files",
      async *list() {},
      stat: async (key, call) => {
        const { place, key: own } = source(key);
        return place.stat(own, call);
      },
      read: async (key, range) => {
        const { place, key: own } = source(key);
        return place.read(own, range);
      },
      async *stream(key, range) {
        const { place, key: own } = source(key);
        const state = { hash: createHash("sha256"), bytes: 0 };
        hashes.set(key, state);
        for await (const chunk of place.stream(own, range)) {
          state.hash.update(chunk);
          state.bytes += chunk.length;
          yield chunk;
        }
      },
    },
    digest(role, { shown }) {
      const { hash, bytes } = hashes.get(shown)!;
      const name = shown.slice(shown.lastIndexOf("/") + 1);
      return { role, name, sizeBytes: bytes, sha256: hash.copy().digest("hex") };
    },
  };
}
