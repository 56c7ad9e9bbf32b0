import type { Command } from "commander";
import type { CommandContext } from "./command.ts";

/** Commands about guides. */
export function registerGuides(program: Command, context: CommandContext): void {
  const guides = program.command("guides").description("Guides of gene editing: where else in a genome they fit.");
  guides
    .command("find")
    .description("All sites of guides in a genome, with mismatches and bulges: every one, in one pass over the file.")
    .requiredOption("--genome <file>", "FASTA, gzipped or not: a path or s3://bucket/key")
    .requiredOption("--guide <sequence...>", "spacer without PAM, 5′ to 3′; several are searched for together")
    .option("--pam <pattern>", "IUPAC pattern beside the guide", "NGG")
    .option("--pam-side <3|5>", "end of the guide at which the PAM lies: 3 as of Cas9, 5 as of Cas12a", "3")
    .option("--mismatches <n>", "most bases that differ", "4")
    .option("--dna-bulges <n>", "most bases of the genome that the guide does not have", "0")
    .option("--rna-bulges <n>", "most bases of the guide that the genome does not have", "0")
    .option("--genes <file>", "GFF3 or GTF: names the genes at each site")
    .option("--out <file>", "CSV of the sites, instead of stdout")
    .option("--json", "one JSON document on stdout: counts, specificity, and the sites unless --out has them")
    .addHelpText("after", examples)
    .action(async (flags) => (await import("./guides-find.ts")).guidesFind(flags, context));
}

const examples = `
Examples:
  $ artesian guides find --genome GRCh38.fa.gz --guide GAGTCCGAGCAGAAGAAGAA --genes genes.gff3.gz > sites.csv
  $ artesian guides find --genome hg38.fa --guide GCTGTGCAGAACTCATAAGTGCC --pam TTTV --pam-side 5 --dna-bulges 1 --rna-bulges 1

A site is a PAM with the best pairing beside it; mismatches stand in small letters, a base without partner opposite to "-". Positions
count from 1, guide and PAM together. Scores and specificity: Hsu et al. 2013, for guides of 20 bases, without bulges.`;
