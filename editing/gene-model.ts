import { GeneFileError } from "./errors.ts";

/** What lies at a place of the genome. */
export interface GenePlace {
  /** Names of the genes there, or the nearest one when none is. */
  genes: readonly string[];
  feature: "exon" | "intron" | "intergenic";
  /** Bases to the nearest gene; 0 inside. NaN when the contig has no gene. */
  distance: number;
}

export interface GeneModel {
  genes: number;
  /** Contigs that have genes. */
  contigs: readonly string[];
  /** @param start from 0 @param end first base after */
  at(contig: string, start: number, end: number): GenePlace;
}

interface Interval {
  start: number;
  end: number;
  name: string;
}

const LONGEST_LINE = 1 << 20;

/**
 * Genes and exons of a GFF3 or GTF file. A gene is a "gene" line (or any "…_gene"), an exon an "exon" line; other lines are left out.
 * @throws GeneFileError ("editing/gene-file") on lines without nine columns, on coordinates that are none, and when there is no gene
 */
export async function readGeneModel(
  chunks: AsyncIterable<Uint8Array>,
  { file, signal }: { file: string; signal?: AbortSignal },
): Promise<GeneModel> {
  const genes = new Map<string, Interval[]>();
  const exons = new Map<string, Interval[]>();
  let count = 0;
  let line = 0;
  const take = (text: string): boolean => {
    line++;
    if (text.startsWith("##FASTA")) return false;
    if (text === "" || text.startsWith("#")) return true;
    const fields = text.split("\t");
    if (fields.length < 9)
      throw new GeneFileError(file, line, `${fields.length} columns, expected the nine of GFF3 or GTF`);
    const [contig, , kind, from, to] = fields as [string, string, string, string, string];
    const isGene = kind === "gene" || kind.endsWith("_gene");
    if (!isGene && kind !== "exon") return true;
    const start = Number(from) - 1;
    const end = Number(to);
    if (!Number.isInteger(start) || !Number.isInteger(end) || start < 0 || end <= start)
      throw new GeneFileError(file, line, `from ${from} to ${to} is no stretch of bases, which count from 1`);
    if (isGene) count++;
    push(isGene ? genes : exons, contig, { start, end, name: isGene ? nameOf(fields[8]!) : "" });
    return true;
  };
  const decoder = new TextDecoder();
  let rest = "";
  reading: for await (const chunk of chunks) {
    signal?.throwIfAborted();
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    if (rest.length > LONGEST_LINE) throw new GeneFileError(file, line + 1, "a line of more than 1 MiB");
    for (const text of lines)
      if (!take(text.replace(/\r$/, ""))) {
        rest = "";
        break reading;
      }
  }
  if (rest !== "") take(rest.replace(/\r$/, ""));
  if (count === 0) throw new GeneFileError(file, line, 'there is no line of type "gene". Expected GFF3 or GTF');
  const geneIndex = indexed(genes);
  const exonIndex = indexed(exons);
  return {
    genes: count,
    contigs: [...genes.keys()],
    at(contig, start, end) {
      const here = overlapping(geneIndex.get(contig), start, end);
      if (here.length === 0) return nearest(geneIndex.get(contig), start, end);
      const feature = overlapping(exonIndex.get(contig), start, end).length > 0 ? "exon" : "intron";
      return { genes: [...new Set(here.map(({ name }) => name))].sort(), feature, distance: 0 };
    },
  };
}

/** Name, gene_name, gene_id or ID of the attributes, in this order. */
function nameOf(attributes: string): string {
  for (const key of ["Name", "gene_name", "gene", "gene_id", "ID"]) {
    const found = new RegExp(`(?:^|;)\\s*${key}(?:=| ")([^;"]+)`).exec(attributes)?.[1];
    if (found !== undefined) return decoded(found);
  }
  return "unnamed";
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function push(map: Map<string, Interval[]>, contig: string, interval: Interval): void {
  const list = map.get(contig);
  if (list === undefined) map.set(contig, [interval]);
  else list.push(interval);
}

/** Intervals by start, with the furthest end of all up to each. */
interface Index {
  intervals: Interval[];
  furthest: Float64Array;
}

function indexed(map: Map<string, Interval[]>): Map<string, Index> {
  return new Map(
    [...map].map(([contig, intervals]) => {
      intervals.sort((a, b) => a.start - b.start || a.end - b.end);
      let end = 0;
      const furthest = Float64Array.from(intervals, (interval) => {
        end = Math.max(end, interval.end);
        return end;
      });
      return [contig, { intervals, furthest }];
    }),
  );
}

/** How many intervals begin before `place`. */
function before({ intervals }: Index, place: number): number {
  let low = 0;
  let high = intervals.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (intervals[middle]!.start < place) low = middle + 1;
    else high = middle;
  }
  return low;
}

function overlapping(index: Index | undefined, start: number, end: number): Interval[] {
  if (index === undefined) return [];
  const found: Interval[] = [];
  for (let i = before(index, end) - 1; i >= 0 && index.furthest[i]! > start; i--)
    if (index.intervals[i]!.end > start) found.push(index.intervals[i]!);
  return found;
}

function nearest(index: Index | undefined, start: number, end: number): GenePlace {
  if (index === undefined) return { genes: [], feature: "intergenic", distance: Number.NaN };
  const after = before(index, end);
  const right = index.intervals[after];
  let left: Interval | undefined;
  for (let i = after - 1; i >= 0; i--) {
    const one = index.intervals[i]!;
    if (left === undefined || one.end > left.end) left = one;
    if (index.furthest[i]! <= left.end) break;
  }
  const toLeft = left === undefined ? Number.POSITIVE_INFINITY : start - left.end;
  const toRight = right === undefined ? Number.POSITIVE_INFINITY : right.start - end;
  const one = toLeft <= toRight ? left : right;
  return { genes: one === undefined ? [] : [one.name], feature: "intergenic", distance: Math.min(toLeft, toRight) };
}
