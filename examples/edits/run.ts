import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { fastqText, simulateSample } from "@artesian/editing";

// What a laboratory has after sequencing: a pair of FASTQ files for each sample, and a sheet.
const folder = mkdtempSync(join(tmpdir(), "artesian-edits-example-"));
const left = "CTTGACCATGCAATCGTACGGATTCAGGTCCATTGCAACGTTAGCACCGATTAGCCATAGGCATTCAGGAC";
const guide = "GATCCTGAAGCTTGCAATCG";
const right = "TGGACCTTAGGCATCAAGTCCGATATCGGTTACAGCATGCCTGAACGTTACCGATGGCATTACGGACTTCA";
const amplicon = left + guide + right;
const cut = left.length + 17;
const repaired = `${amplicon.slice(0, cut - 4)}CACG${amplicon.slice(cut)}`;
writeFileSync(join(folder, "amplicon.fa"), `>GENE1\n${amplicon}\n`);
writeFileSync(join(folder, "repaired.fa"), `>GENE1_HDR\n${repaired}\n`);

const rows = ["sample,reads1,reads2,control,condition"];
for (const [name, share] of Object.entries({ T1: 0.42, T2: 0.36, T3: 0.45, U1: 0, U2: 0, U3: 0 })) {
  const treated = share > 0;
  const sample = simulateSample({
    seed: name,
    amplicon,
    cut,
    molecules: 5000,
    nhej: { share },
    hdr: { share: share / 3, donor: repaired, imperfect: 0.1 },
    otherStrand: 0.5,
    readLength: 120,
  });
  const { r1, r2 } = fastqText(sample);
  writeFileSync(join(folder, `${name}_R1.fastq.gz`), gzipSync(r1));
  writeFileSync(join(folder, `${name}_R2.fastq.gz`), gzipSync(r2));
  const controls = treated ? "U1;U2;U3" : "";
  rows.push(`${name},${name}_R1.fastq.gz,${name}_R2.fastq.gz,${controls},${treated ? "treated" : "untreated"}`);
  const edited = sample.truth.alleles.reduce(
    (sum, { origin, reads }) => sum + (origin === "unmodified" ? 0 : reads),
    0,
  );
  console.log(`${name}: ${((100 * edited) / 5000).toFixed(1)} % of the simulated reads are edited`);
}
writeFileSync(join(folder, "samples.csv"), `${rows.join("\n")}\n`);

// The same commands as in a shell.
const command = join(import.meta.dirname, "..", "..", "cli", "bin", "artesian.js");
function artesian(...words: string[]): void {
  console.log(`\n$ artesian ${words.join(" ")}`);
  const { status } = spawnSync(process.execPath, [command, ...words], { cwd: folder, stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}

artesian(
  ..."edits batch samples.csv --amplicon amplicon.fa --guide".split(" "),
  guide,
  ..."--hdr repaired.fa --out results".split(" "),
);
const samples = (letter: string): string => [1, 2, 3].map((i) => `results/samples/${letter}${i}`).join(",");
artesian("edits", "compare", samples("T"), samples("U"), "--names", "treated,untreated", "--out", "comparison");
console.log(
  `\nFiles of one sample:\n${readdirSync(join(folder, "results", "samples", "T1"))
    .sort()
    .join("\n")}`,
);
rmSync(folder, { recursive: true });
