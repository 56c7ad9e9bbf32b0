import { createWriteStream, existsSync } from "node:fs";
import { mkdir, rename } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { type SimulatedPiece, simulateSample } from "@artesian/editing";
import { seededRandom } from "@artesian/numerics";

/** 250 bases without a pattern; the same ones always. */
export const benchAmplicon: string = (() => {
  const random = seededRandom("bench amplicon");
  return Array.from({ length: 250 }, () => "ACGT"[random.below(4)]).join("");
})();

/**
 * Pairs of 2 × 150 bases of an edited amplicon of 250 as `r1.fastq.gz` and `r2.fastq.gz` in `folder`, made once; about 5 % of the merged reads
 * differ from all others.
 */
export async function writePairs(folder: string, pairs: number): Promise<void> {
  if (existsSync(join(folder, "r2.fastq.gz"))) return;
  await mkdir(folder, { recursive: true });
  const sample = simulateSample({
    seed: "bench pairs",
    run: "M01234:56:000000000-ABCDE:1:1101",
    amplicon: benchAmplicon,
    cut: 125,
    molecules: pairs,
    nhej: { share: 0.4 },
    firstQuality: 33,
    lastQuality: 30,
  });
  const write = async (name: string, text: (piece: SimulatedPiece) => Uint8Array): Promise<void> => {
    const chunks = function* (): Generator<Uint8Array> {
      for (const piece of sample.pieces()) yield text(piece);
    };
    const path = join(folder, name);
    await pipeline(Readable.from(chunks(), { objectMode: false }), createGzip(), createWriteStream(`${path}.part`));
    await rename(`${path}.part`, path);
  };
  await write("r1.fastq.gz", ({ r1 }) => r1);
  await write("r2.fastq.gz", ({ r2 }) => r2);
}

/** FASTQ text of single reads of the whole amplicon, each wrong in about twelve places, so that hardly two are equal. */
export function* noisyReads(amplicon: string, count: number): Generator<Uint8Array> {
  const PART = 100_000;
  for (let first = 0; first < count; first += PART) {
    const sample = simulateSample({
      seed: first,
      run: "noisy",
      amplicon,
      cut: 125,
      molecules: Math.min(PART, count - first),
      paired: false,
      firstQuality: 13,
      lastQuality: 13,
      spread: 0.5,
    });
    for (const { r1 } of sample.pieces()) yield r1;
  }
}
