import type { Command } from "commander";
import type { CommandContext } from "./command.ts";
import { withAmpliconOptions, withAnalysisOptions, withReadingOptions } from "./edits-options.ts";

const runExamples = `
Examples:
  $ artesian edits run --reads S1_R1.fastq.gz S1_R2.fastq.gz --amplicon FANCF.fa --guide GGAATCCCTTCTGCAGCACC --out S1
  $ artesian edits run --reads S1.fastq.gz --amplicon FANCF.fa --guide GGAATCCCTTCTGCAGCACC --control U_R1.fastq.gz,U_R2.fastq.gz --out S1
  $ artesian edits run --reads S1.fastq.gz --amplicon FANCF.fa --guide GGAATCCCTTCTGCAGCACC --base-editor C:T --umi r1:8N --out S1

Exit code 0 when done, 1 when the reads cannot be used or none can be judged, 2 when something is given wrongly, 3 when stopped.`;

/** Commands that quantify gene editing from amplicon reads. */
export function registerEdits(program: Command, context: CommandContext): void {
  const edits = program
    .command("edits")
    .description("Gene editing from amplicon reads: how many copies were changed and how, with intervals.");

  const run = edits
    .command("run")
    .description("One sample: reads to rates, alleles, tables, figures and a report.")
    .requiredOption(
      "--reads <files...>",
      "FASTQ, compressed or not: R1, or R1 and R2; lanes separated by commas; here or s3://bucket/key",
    )
    .option("--sample <name>", "its name (default: that of the first file)")
    .option("--control <files...>", "an untreated control each: R1 or R1,R2; its rates are subtracted")
    .option("--bam", "judged reads as BAM with its index, each tagged with its outcome");
  withAmpliconOptions(run, true);
  withOut(withReadingOptions(withAnalysisOptions(run)), "where files go: a folder or s3://bucket/prefix")
    .addHelpText("after", runExamples)
    .action(async (flags) => (await import("./edits-run.ts")).editsRun(flags, context));

  const batch = edits
    .command("batch")
    .description(
      "Many samples of a sheet (CSV or TSV: sample, reads1, reads2, amplicon, guide, hdr, coding, control, condition, …).",
    )
    .argument("<sheet>", "sample sheet; files in it are relative to it");
  withAmpliconOptions(batch, false);
  withOut(withReadingOptions(withAnalysisOptions(batch)), "where files go: a folder or s3://bucket/prefix")
    .addHelpText(
      "after",
      "\nExit code 0 when every sample is done, 1 when one failed (the rest is done), 2 when something is given wrongly, 3 when stopped.",
    )
    .action(async (sheet, flags) => (await import("./edits-batch.ts")).editsBatch(sheet, flags, context));

  const pooled = edits
    .command("pooled")
    .description("Reads of many amplicons in one library, given out by primers or by their own sequences.")
    .argument(
      "<table>",
      "amplicons (CSV or TSV: name, amplicon, guide, hdr, coding, forward_primer, reverse_primer, …)",
    )
    .requiredOption("--reads <files...>", "FASTQ, compressed or not: R1, or R1 and R2; lanes separated by commas")
    .option("--base-editor <from:to>", "such as C:T or A:G: conversions on the guides' strands are counted");
  withOut(withReadingOptions(withAnalysisOptions(pooled)), "where files go: a folder or s3://bucket/prefix")
    .addHelpText(
      "after",
      "\nExit code 0 when every amplicon is done, 1 when one failed (the rest is done), 2 when something is given wrongly, 3 when stopped.",
    )
    .action(async (table, flags) => (await import("./edits-batch.ts")).editsPooled(table, flags, context));

  withOut(
    edits
      .command("compare")
      .description("Two conditions against each other: rates, positions, edits and alleles, with tests.")
      .argument("<a>", "result folder, folder of a batch, or several separated by commas")
      .argument("<b>", "the same of the other condition")
      .option("--names <a,b>", "of the conditions", "A,B"),
    "where files go: a folder or s3://bucket/prefix",
  ).action(async (a, b, flags) => (await import("./edits-compare.ts")).editsCompare(a, b, flags, context));
}

function withOut(command: Command, text: string): Command {
  return command
    .requiredOption("--out <place>", text)
    .option("--no-png", "figures as SVG only")
    .option("--json", "one JSON document on stdout");
}
