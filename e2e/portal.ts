import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { artesian } from "./cli.ts";

/** A number in 0 to 1 from a seed, the same on every machine. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** 120 cells of 200 genes as Cell Ranger writes them; G1 is in every cell, G2 in half of them. */
function writeMatrix(folder: string, seed: number): void {
  const random = numbers(seed);
  const entries: string[] = [];
  for (let cell = 1; cell <= 120; cell++)
    for (let gene = 1; gene <= 200; gene++) {
      const share = gene === 1 ? 1 : gene === 2 ? (cell % 2 === 0 ? 1 : 0) : 0.2 + 0.5 / (1 + (gene % 17));
      if (random() < share) entries.push(`${gene} ${cell} ${1 + Math.floor(6 * random() ** 2)}`);
    }
  const symbols = Array.from({ length: 200 }, (_, i) => (i < 6 ? `G${i + 1}` : i < 12 ? `MT-${i}` : `X${i}`));
  mkdirSync(folder, { recursive: true });
  const write = (name: string, lines: readonly string[]): void =>
    writeFileSync(join(folder, name), gzipSync(`${lines.join("\n")}\n`));
  write("matrix.mtx.gz", ["%%MatrixMarket matrix coordinate integer general", `200 120 ${entries.length}`, ...entries]);
  write(
    "features.tsv.gz",
    symbols.map((symbol, i) => `ENSG${i}\t${symbol}\tGene Expression`),
  );
  write(
    "barcodes.tsv.gz",
    Array.from({ length: 120 }, (_, i) => `CELL${i}-1`),
  );
}

/** A portal of three projects: one that is whole, one whose matrix ends early, one that nobody summarises. */
export async function fillPortal(root: string, data: string): Promise<void> {
  const source = join(root, "projects");
  writeMatrix(join(source, "lung"), 3);
  writeMatrix(join(source, "too-large"), 4);
  writeMatrix(join(source, "cut-short"), 5);
  writeFileSync(
    join(source, "cut-short", "matrix.mtx.gz"),
    gzipSync("%%MatrixMarket matrix coordinate integer general\n200 120 900\n1 1 3\n2 1 1\n"),
  );
  const skip = join(root, "blacklist");
  writeFileSync(skip, "too-large, curator # too large for 2020\n");
  // One matrix is broken on purpose: everything else is done, and the exit code says that something failed.
  await artesian(["stats", "run", source, "--out", join(root, "public"), "--data", data, "--skip", skip], 1);
}
