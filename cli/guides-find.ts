import { decompressed, locate } from "@artesian/data";
import {
  findGuideSites,
  type GeneModel,
  type GuideSite,
  hitScore,
  readGeneModel,
  specificity,
} from "@artesian/editing";
import type { CommandContext } from "./command.ts";
import { EXIT, UsageError } from "./exit.ts";
import { duration } from "./output.ts";
import { numberOf } from "./profile-verb.ts";

export interface GuidesFindFlags {
  genome: string;
  guide: string[];
  pam: string;
  pamSide: string;
  mismatches: string;
  dnaBulges: string;
  rnaBulges: string;
  genes?: string;
  out?: string;
  json?: true;
}

/** What was found of one guide. */
interface GuideSummary {
  guide: string;
  sites: number;
  /** Sites by "mismatches/dna bulges/rna bulges". */
  byDifference: Record<string, number>;
  /** 0 to 100; null for guides that are not 20 bases long. */
  specificity: number | null;
}

const columns = [
  "guide",
  "contig",
  "start",
  "end",
  "strand",
  "pam",
  "mismatches",
  "dna_bulges",
  "rna_bulges",
  "guide_paired",
  "site_paired",
  "score",
] as const;

/** `artesian guides find`. */
export async function guidesFind(flags: GuidesFindFlags, { output, exit }: CommandContext): Promise<void> {
  const control = new AbortController();
  const stop = (): void => control.abort();
  process.once("SIGINT", stop).once("SIGTERM", stop);
  const started = Date.now();
  try {
    const { tallies, sites } = await search(flags, output, started, control.signal);
    const guides = tallies.map((tally) => tally.summary());
    if (flags.json) output.json({ guides, ...(flags.out === undefined ? { sites } : { out: flags.out }) });
    for (const { guide, sites: count, byDifference, specificity: score } of guides) {
      const perfect = byDifference["0/0/0"] ?? 0;
      output.say(
        `${guide}: ${count} ${count === 1 ? "site" : "sites"}, ${perfect} without a difference${score === null ? "" : `, specificity ${score.toFixed(1)}`}`,
      );
    }
    output.say(`Done in ${duration((Date.now() - started) / 1000)}.`);
    exit(EXIT.done);
  } catch (error) {
    output.settle();
    if (!control.signal.aborted) throw error;
    output.say("Stopped.");
    exit(EXIT.incomplete);
  } finally {
    process.off("SIGINT", stop).off("SIGTERM", stop);
  }
}

async function search(
  flags: GuidesFindFlags,
  output: CommandContext["output"],
  started: number,
  signal: AbortSignal,
): Promise<{ tallies: Tally[]; sites: Row[] }> {
  if (flags.pamSide !== "3" && flags.pamSide !== "5")
    throw new UsageError(`--pam-side ${flags.pamSide}: expected 3 or 5.`);
  const tallies = flags.guide.map((guide) => new Tally(guide));
  const sites: Row[] = [];
  const contigs = new Set<string>();
  const genes =
    flags.genes === undefined
      ? undefined
      : await readGeneModel(await bytesOf(flags.genes, signal), { file: flags.genes, signal });
  const header = genes === undefined ? columns : [...columns, "genes", "feature", "gene_distance"];
  const found = findGuideSites(await bytesOf(flags.genome, signal), {
    file: flags.genome,
    guides: flags.guide,
    pam: flags.pam,
    pamSide: flags.pamSide === "3" ? 3 : 5,
    mismatches: numberOf("--mismatches", flags.mismatches) ?? 4,
    dnaBulges: numberOf("--dna-bulges", flags.dnaBulges) ?? 0,
    rnaBulges: numberOf("--rna-bulges", flags.rnaBulges) ?? 0,
    signal,
    onProgress: ({ contig, bases, sites: count }) => {
      const rate = bases / ((Date.now() - started) / 1000);
      output.progress(
        `${contig}: ${(bases / 1e6).toFixed(0)} Mb searched, ${(rate / 1e6).toFixed(0)} Mb/s, ${count} sites`,
      );
    },
  });
  async function* rows(): AsyncGenerator<Row> {
    for await (const site of found) {
      tallies[site.guide]!.add(site);
      contigs.add(site.contig);
      yield rowOf(site, flags.guide[site.guide]!, genes);
    }
  }
  async function* lines(): AsyncGenerator<Uint8Array> {
    yield Buffer.from(`${header.join(",")}\n`);
    for await (const row of rows()) yield Buffer.from(`${lineOf(row, header)}\n`);
  }
  if (flags.out !== undefined) {
    const { place, key } = locate(flags.out, process.env);
    await place.write(key, lines(), { contentType: "text/csv", signal });
  } else if (flags.json) for await (const row of rows()) sites.push(row);
  else for await (const line of lines()) output.data(line.toString().trimEnd());
  output.settle();
  if (genes !== undefined && contigs.size > 0 && ![...contigs].some((contig) => genes.contigs.includes(contig)))
    output.say(
      `note: contigs are named otherwise in ${flags.genes} (${genes.contigs[0]}, …) than in ${flags.genome} (${[...contigs][0]}, …), so that no site has a gene.`,
    );
  return { tallies, sites };
}

type Row = Record<string, string | number | null>;

function rowOf(site: GuideSite, guide: string, genes: GeneModel | undefined): Row {
  const score = hitScore(site);
  const place = genes?.at(site.contig, site.start, site.end);
  return {
    guide,
    contig: site.contig,
    start: site.start + 1,
    end: site.end,
    strand: site.strand,
    pam: site.pam,
    mismatches: site.mismatches,
    dna_bulges: site.dnaBulges,
    rna_bulges: site.rnaBulges,
    guide_paired: site.guideText,
    site_paired: site.siteText,
    score: score === undefined ? null : Number(score.toFixed(3)),
    ...(place === undefined
      ? {}
      : {
          genes: place.genes.join(";"),
          feature: place.feature,
          gene_distance: Number.isFinite(place.distance) ? place.distance : null,
        }),
  };
}

/** What was found of one guide, as it comes. */
class Tally {
  readonly guide: string;
  #sites = 0;
  #perfect = 0;
  readonly #by = new Map<string, number>();
  #scores = 0;

  constructor(guide: string) {
    this.guide = guide;
  }

  add(site: GuideSite): void {
    const { mismatches, dnaBulges, rnaBulges } = site;
    const key = `${mismatches}/${dnaBulges}/${rnaBulges}`;
    this.#by.set(key, (this.#by.get(key) ?? 0) + 1);
    this.#sites++;
    const isPerfect = mismatches + dnaBulges + rnaBulges === 0;
    if (isPerfect) this.#perfect++;
    // The first site without a difference is the intended one.
    if (!isPerfect || this.#perfect > 1) this.#scores += hitScore(site) ?? 0;
  }

  summary(): GuideSummary {
    return {
      guide: this.guide,
      sites: this.#sites,
      byDifference: Object.fromEntries([...this.#by].sort(([a], [b]) => (a < b ? -1 : 1))),
      specificity: this.guide.length === 20 ? specificity([this.#scores]) : null,
    };
  }
}

function lineOf(row: Row, header: readonly string[]): string {
  return header
    .map((name) => {
      const text = String(row[name] ?? "");
      return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
    })
    .join(",");
}

/** A file's bytes, decompressed. @throws UsageError when there is none */
async function bytesOf(path: string, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
  const { place, key } = locate(path, process.env);
  if ((await place.stat(key, { signal })) === undefined) throw new UsageError(`${path}: there is no such file.`);
  return decompressed(place.stream(key, { signal }), { name: path, signal });
}
