import type { Command } from "commander";

/** What commands about editing are told; each has some of them. */
export interface EditsFlags {
  amplicon?: string;
  ampliconName?: string;
  guide?: string[];
  guideName?: string[];
  hdr?: string;
  primeEdited?: string;
  pegExtension?: string;
  scaffold?: string;
  allele?: string[];
  coding?: string[];
  baseEditor?: string;
  cutOffset?: string[];
  window?: string[];
  windowFromTo?: string[];
  excludeEnds?: string;
  guideMismatches?: string;
  everyGuidePlace?: true;
  minIdentity?: string;
  ignore?: string[];
  ambiguous?: string;
  alleleSize?: string;
  alleles?: string;
  minEditPercent?: string;
  interleaved?: true;
  minMeanQuality?: string;
  minBaseQuality?: string;
  maskBelow?: string;
  minLength?: string;
  minOverlap?: string;
  maxMismatches?: string;
  unmerged?: string;
  umi?: string;
  umiMinReads?: string;
  threads?: string;
  out: string;
  png: boolean;
  json?: true;
}

/** What the amplicon is, and what shall happen to it. @param needed whether there is no sheet that could say it */
export function withAmpliconOptions(command: Command, needed: boolean): Command {
  const sequence = "<seq|fasta>";
  if (needed) command.requiredOption(`--amplicon ${sequence}`, "the amplicon, from primer to primer");
  else command.option(`--amplicon ${sequence}`, "the amplicon of samples whose line names none");
  return command
    .option("--amplicon-name <name>", "its name (default: that of the FASTA file's record, or amplicon)")
    .option("--guide <seq...>", "protospacers without PAM, on either strand")
    .option("--guide-name <name...>", "names of the guides, in their order")
    .option(`--hdr ${sequence}`, "the whole amplicon after repair from the donor")
    .option(`--prime-edited ${sequence}`, "the whole amplicon after prime editing")
    .option("--peg-extension <seq>", "the pegRNA's 3′ extension, with --prime-edited and --scaffold")
    .option("--scaffold <seq>", "end of the pegRNA's scaffold: reads that have bases of it are counted")
    .option("--allele <name=seq...>", "further alleles that reads may come from")
    .option("--coding <seq...>", "coding parts of the amplicon, an exon each: frameshifts and splice sites are counted")
    .option("--base-editor <from:to>", "such as C:T or A:G: conversions on the guides' strands are counted");
}

/** How reads are judged and counted. */
export function withAnalysisOptions(command: Command, { threads = true } = {}): Command {
  command
    .option("--cut-offset <n...>", "cut, in bases from a guide's 3′ end; one for all or one each (default: -3)")
    .option("--window <n...>", "bases on each side of a cut that count; one for all or one each (default: 1)")
    .option("--window-from-to <from-to...>", "bases of the amplicon that count instead, from 1, such as 85-95")
    .option("--exclude-ends <n>", "bases at both ends that never count", "15")
    .option("--guide-mismatches <n>", "mismatches that a guide may have to the amplicon", "0")
    .option("--every-guide-place", "a guide that is there several times counts at each place")
    .option("--min-identity <percent>", "least equal bases of an alignment's columns; other reads are left out", "60")
    .option("--ignore <kinds...>", "substitution, insertion, deletion: kinds of edit that do not count")
    .option("--ambiguous <how>", "reads that fit several references equally: apart, or first", "apart")
    .option("--allele-size <n>", "bases on each side of a cut that alleles are told apart by", "20")
    .option("--alleles <n>", "most alleles listed around a cut", "10000")
    .option("--min-edit-percent <percent>", "least share of reads for an edit to be listed", "0.1");
  return threads ? command.option("--threads <n>", "threads that align large samples", "2") : command;
}

/** What is read of FASTQ files. */
export function withReadingOptions(command: Command): Command {
  return command
    .option("--interleaved", "pairs follow each other in one file")
    .option("--min-mean-quality <q>", "reads with a lower mean quality are left out")
    .option("--min-base-quality <q>", "reads with any base of a lower quality are left out")
    .option("--mask-below <q>", "bases of a lower quality become N")
    .option("--min-length <n>", "shorter reads are left out")
    .option("--min-overlap <n>", "least bases that both reads of a pair share")
    .option("--max-mismatches <share>", "largest share of them that may differ")
    .option("--unmerged <how>", "pairs without overlap: drop, or first (the first read alone)", "drop")
    .option("--umi <where>", "count molecules: r1:8N, r2:10N, r1:4N,r2:4N (X skips a base), or name")
    .option("--umi-min-reads <n>", "molecules of fewer reads are left out");
}
