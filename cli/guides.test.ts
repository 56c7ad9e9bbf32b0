import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import { gzipSync } from "node:zlib";
import { afterAll, expect, it } from "vitest";
import { describeError } from "./exit.ts";
import { createOutput } from "./output.ts";
import { createProgram } from "./program.ts";

const dir = mkdtempSync(join(tmpdir(), "artesian-guides-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
const file = (name: string, content: string | Buffer): string => {
  writeFileSync(join(dir, name), content);
  return join(dir, name);
};

/** Runs a command in this process. */
async function find(...argv: string[]): Promise<{ code: number | undefined; out: string; err: string }> {
  const written = { stdout: "", stderr: "" };
  const stream = (name: "stdout" | "stderr"): Writable =>
    new Writable({
      write(chunk, _encoding, done) {
        written[name] += String(chunk);
        done();
      },
    });
  let code: number | undefined;
  const output = createOutput({ stdout: stream("stdout"), stderr: stream("stderr") });
  const program = createProgram(output, (exit) => {
    code = exit;
  });
  await program.parseAsync(["node", "artesian", "guides", "find", ...argv]);
  return { code, out: written.stdout, err: written.stderr };
}

const guide = "GAGTCCGAGCAGAAGAAGAA";
const genome = file("genome.fa.gz", gzipSync(`>chr1\nTTTT${guide}GGGTTTTTGAGTCCGAGCAGAAGAAGATCGGTTT\n`));
const genes = file("genes.gtf", 'chr1\tx\tgene\t1\t20\t.\t+\t.\tgene_name "EMX1";\n');

it("writes every site with its genes as CSV, and tells counts and specificity", async () => {
  const { code, out, err } = await find("--genome", genome, "--guide", guide, "--genes", genes);
  expect(code).toBe(0);
  expect(out.trim().split("\n")).toEqual([
    "guide,contig,start,end,strand,pam,mismatches,dna_bulges,rna_bulges,guide_paired,site_paired,score,genes,feature,gene_distance",
    `${guide},chr1,5,27,+,GGG,0,0,0,${guide},${guide},100,EMX1,intron,0`,
    `${guide},chr1,33,55,+,CGG,1,0,0,${guide},GAGTCCGAGCAGAAGAAGAt,41.7,EMX1,intergenic,12`,
  ]);
  expect(err).toContain("2 sites, 1 without a difference, specificity 70.6");
});

it("writes a file that appears when it is whole, and one document beside it", async () => {
  const out = join(dir, "sites.csv");
  const found = await find("--genome", genome, "--guide", guide, "--mismatches", "0", "--out", out, "--json");
  expect(JSON.parse(found.out)).toEqual({
    guides: [{ guide, sites: 1, byDifference: { "0/0/0": 1 }, specificity: 100 }],
    out,
  });
  expect(readFileSync(out, "utf8").split("\n")).toHaveLength(3);
});

it("says that contigs of genome and genes are named otherwise", async () => {
  const other = file("other.gtf", 'NC_1\tx\tgene\t1\t20\t.\t+\t.\tgene_name "EMX1";\n');
  expect((await find("--genome", genome, "--guide", guide, "--genes", other)).err).toContain("named otherwise");
});

it("refuses what is wrong in words, and leaves no part of a file", async () => {
  const failure = (...argv: string[]) => find(...argv).then(() => undefined, describeError);
  expect(await failure("--genome", join(dir, "none.fa"), "--guide", guide)).toMatchObject({ code: "cli/usage" });
  expect(await failure("--genome", genome, "--guide", "ACGT")).toMatchObject({ code: "editing/guide-search" });
  expect(await failure("--genome", genome, "--guide", guide, "--pam-side", "4")).toMatchObject({ code: "cli/usage" });
  expect(await failure("--genome", genome, "--guide", guide, "--mismatches", "x")).toMatchObject({ code: "cli/usage" });
  const cut = file("cut.fa.gz", readFileSync(genome).subarray(0, 40));
  const out = join(dir, "cut.csv");
  expect(await failure("--genome", cut, "--guide", guide, "--out", out)).toMatchObject({ code: "data/truncated-gzip" });
  expect(existsSync(out)).toBe(false);
});
