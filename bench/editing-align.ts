import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { alignReads, type Codes, createAligner, decodeSequence, type ReadSource } from "@artesian/editing";
import { seededRandom } from "@artesian/numerics";
import type { Figure } from "./figure.ts";

const LENGTH = 250;
const CUT = 125;

/**
 * Alignments of reads to an amplicon of 250 bases, path and all, a core's worth of CPU time: reads as an edited sample gives them, and strangers, for
 * which nothing can be left out. Peers on the same reads: parasail (AVX2, 16 bits, the fastest of its ways) and EMBOSS needle.
 */
export async function alignFigures({ quick }: { quick: boolean }): Promise<Figure[]> {
  const random = seededRandom(1);
  const amplicon = bases(random, LENGTH);
  const edited = Array.from({ length: quick ? 8192 : 32_768 }, () => editedRead(random, amplicon));
  const strangers = Array.from({ length: quick ? 1024 : 4096 }, () => bases(random, LENGTH));
  const aligner = createAligner(amplicon, { cuts: [CUT] });
  const figures: Figure[] = [];
  for (const [id, reads, goal] of [
    ["alignments of edited reads, 250 × 250", edited, 30_000],
    ["alignments of strangers, 250 × 250", strangers, 30_000],
  ] as const) {
    const value = rate(reads.length, 5, () => aligner.align(sourceOf(reads)));
    const peer = parasail(amplicon, reads, quick ? 0.5 : 2);
    figures.push({
      id,
      value,
      unit: "/s",
      better: "higher",
      goal,
      ...(peer && { peer: `parasail ${peer.version}, ${peer.way}`, peerValue: peer.value, ratio: value / peer.value }),
    });
  }
  figures.push(...needleFigures(amplicon, edited.slice(0, quick ? 500 : 2000), figures[0]!.value));

  const many = Array.from({ length: quick ? 4 : 16 }, () => edited).flat();
  const [one, two] = [await wallRate(many, amplicon, 1), await wallRate(many, amplicon, 2)];
  figures.push({
    id: "alignments of edited reads in two threads, by the clock",
    value: two,
    unit: "/s",
    better: "higher",
    peer: "one thread",
    peerValue: one,
    ratio: two / one,
  });
  figures.push({
    id: "memory of the kernel, 250 × 250",
    value: aligner.memoryBytes() / 2 ** 20,
    unit: "MiB",
    better: "lower",
  });

  const long = bases(random, 10_000);
  const longReads = Array.from({ length: quick ? 32 : 128 }, () => editedRead(random, long));
  const longAligner = createAligner(long, { cuts: [5000] });
  const longRate = rate(longReads.length, 3, () => longAligner.align(sourceOf(longReads)));
  figures.push({ id: "alignments of edited reads, 10,000 × 10,000", value: longRate, unit: "/s", better: "higher" });
  figures.push({
    id: "memory of the kernel for them",
    value: longAligner.memoryBytes() / 2 ** 20,
    unit: "MiB",
    better: "lower",
    goal: 64,
  });
  longAligner.align(sourceOf([bases(random, 10_000)]));
  figures.push({
    id: "memory after a stranger of 10,000 bases",
    value: longAligner.memoryBytes() / 2 ** 20,
    unit: "MiB",
    better: "lower",
    goal: 64,
  });
  return figures;
}

type Random = ReturnType<typeof seededRandom>;

function bases(random: Random, length: number): Codes {
  return Uint8Array.from({ length }, () => random.below(4));
}

/** A quarter of the reads with a deletion at the middle, a quarter with an insertion; errors in one base of 200. */
function editedRead(random: Random, amplicon: Codes): Codes {
  const read = [...amplicon];
  const cut = amplicon.length >> 1;
  const kind = random.below(4);
  if (kind === 0) read.splice(cut - random.below(5), 1 + random.below(20));
  if (kind === 1) read.splice(cut, 0, ...bases(random, 1 + random.below(8)));
  for (let i = 0; i < read.length; i++) if (random.uniform() < 0.005) read[i] = random.below(4);
  return Uint8Array.from(read);
}

function sourceOf(reads: readonly Codes[]): ReadSource {
  return {
    size: reads.length,
    length: (index) => reads[index]!.length,
    copy(index, into, at = 0) {
      into.set(reads[index]!, at);
      return reads[index]!.length;
    },
  };
}

/** Things a second of CPU time, median of several runs after two that warm up. */
function rate(count: number, runs: number, work: () => unknown): number {
  work();
  work();
  const seconds = Array.from({ length: runs }, () => {
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1e6;
  });
  return count / seconds.sort((a, b) => a - b)[runs >> 1]!;
}

async function wallRate(reads: readonly Codes[], amplicon: Codes, threads: number): Promise<number> {
  const start = performance.now();
  let seen = 0;
  for await (const { from, to } of alignReads(sourceOf(reads), amplicon, { cuts: [CUT], threads })) seen += to - from;
  return (1000 * seen) / (performance.now() - start);
}

function parasail(
  amplicon: Codes,
  reads: readonly Codes[],
  seconds: number,
): { version: string; way: string; value: number } | undefined {
  const python = join(process.env.ARTESIAN_PEERS ?? join(homedir(), ".cache/artesian/peers"), "bin/python");
  if (!existsSync(python)) return undefined;
  const program = fileURLToPath(new URL("peers/editing/time_alignment.py", import.meta.url));
  const input = JSON.stringify({
    reference: decodeSequence(amplicon),
    reads: reads.slice(0, 4096).map((read) => decodeSequence(read)),
  });
  try {
    const said = execFileSync(python, [program, String(seconds)], {
      input,
      stdio: ["pipe", "pipe", "ignore"],
    }).toString();
    const { version, perSecond } = JSON.parse(said) as { version: string; perSecond: Record<string, number> };
    const [way, value] = Object.entries(perSecond).sort((a, b) => b[1] - a[1])[0]!;
    return { version, way, value };
  } catch {
    return undefined; // an environment without parasail
  }
}

/** needle under the same scheme, without cuts: its pace, and whether the scores are the same. */
function needleFigures(amplicon: Codes, reads: readonly Codes[], ours: number): Figure[] {
  const folder = mkdtempSync(join(tmpdir(), "artesian-needle-"));
  try {
    writeFileSync(join(folder, "one.fa"), `>one\n${decodeSequence(amplicon)}\n`);
    writeFileSync(join(folder, "many.fa"), reads.map((read, i) => `>r${i}\n${decodeSequence(read)}\n`).join(""));
    const call = "needle -asequence one.fa -bsequence many.fa -outfile out -aformat score -auto";
    const scheme = "-gapopen 20 -gapextend 2 -endweight -endopen 2 -endextend 2 -datafile EDNAFULL";
    const said = execFileSync("sh", ["-ec", `${call} ${scheme}; times`], {
      cwd: folder,
      stdio: ["ignore", "pipe", "ignore"],
    });
    const [, minutes, seconds] = /\n(\d+)m([\d.]+)s/.exec(said.toString())!;
    const value = reads.length / (60 * Number(minutes) + Number(seconds));
    const scores = [...readFileSync(join(folder, "out"), "utf8").matchAll(/\((-?[\d.]+)\)\s*$/gm)].map((match) =>
      Number(match[1]),
    );
    const own = createAligner(amplicon).align(sourceOf(reads)).score;
    const differing = reads.filter((_, i) => own[i] !== scores[i]).length;
    return [
      {
        id: "the first beside EMBOSS needle",
        value: ours,
        unit: "/s",
        better: "higher",
        peer: "needle",
        peerValue: value,
        ratio: ours / value,
      },
      { id: "scores other than needle's", value: differing, unit: `of ${reads.length}`, better: "lower", goal: 0 },
    ];
  } catch {
    return []; // a machine without needle
  } finally {
    rmSync(folder, { recursive: true });
  }
}
