import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { fastqText, simulateSample } from "@artesian/editing";
import { artesian } from "./cli.ts";

const guide = "GGAATCCCTTCTGCAGCACC";
const amplicon = `TTGACCTAGCATCGGATTACAGGCTATCCAGTTACGGCATTGACCTA${guide}TGGATCGCTTTAGCACGTACTTGCAATCGGTCAATGCATTGCCGATTAGC`;
const cut = amplicon.indexOf(guide) + 17;
const donor = `${amplicon.slice(0, cut)}GAATTC${amplicon.slice(cut)}`;

/** Amplicon reads of an experiment's cells: an untreated control, two samples of gene G2, one whose reads are missing. */
export async function fillEdits(root: string, data: string, experiment: string): Promise<void> {
  mkdirSync(root, { recursive: true });
  const lines = ["sample,reads1,reads2,amplicon_name,amplicon,guide,hdr,control,perturbation,plate,well"];
  const sample = (name: string, shares: { nhej: number; hdr: number } | undefined, control: string, cells: string) => {
    const files = [`${name}_R1.fastq.gz`, `${name}_R2.fastq.gz`] as const;
    if (shares !== undefined) {
      const { r1, r2 } = fastqText(
        simulateSample({
          seed: name,
          amplicon,
          cut,
          molecules: 1500,
          nhej: { share: shares.nhej },
          hdr: { share: shares.hdr, donor },
          otherStrand: 0.5,
          readLength: 100,
        }),
      );
      writeFileSync(join(root, files[0]), gzipSync(r1));
      writeFileSync(join(root, files[1]), gzipSync(r2));
    }
    lines.push([name, ...files, "G2", amplicon, guide, donor, control, cells].join(","));
  };
  sample("untreated", { nhej: 0, hdr: 0 }, "", ",,");
  sample("G2-guide-1", { nhej: 0.6, hdr: 0.1 }, "untreated", "gene:G2,P1,C05");
  sample("G2-guide-2", { nhej: 0.3, hdr: 0 }, "untreated", "gene:G2,,");
  sample("lost", undefined, "untreated", ",,");
  const sheet = join(root, "samples.csv");
  writeFileSync(sheet, `${lines.join("\n")}\n`);
  // One sample has no reads on purpose: the others are done, and the exit code says that something failed.
  await artesian(["run", "editing", "--sheet", sheet, "--experiment", experiment, "--out", data], 1);
}
