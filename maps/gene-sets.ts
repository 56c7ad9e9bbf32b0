import { GeneSetError } from "./errors.ts";

/** A named set of genes: a pathway, a process, a complex. */
export interface GeneSet {
  name: string;
  /** Second column of a GMT file: a description or an address; "" when it has none. */
  description: string;
  /** Symbols as written, each once. */
  genes: string[];
}

/**
 * Gene sets of a GMT file: a set a line, tab separated, name, description, then symbols (MSigDB's and Enrichr's form; an Enrichr
 * weight "TSC2,1.0" is dropped); or EFAAR's clusters, a name and then symbols separated by spaces. Empty lines are passed over.
 * @param text the file's contents
 * @param file its name, for messages
 * @throws GeneSetError (maps/gene-set) naming the line: no tabs, no name, no genes, a name twice
 */
export function parseGmt(text: string, file = "gene sets"): GeneSet[] {
  const sets: GeneSet[] = [];
  const lineOf = new Map<string, number>();
  for (const [i, raw] of text.split("\n").entries()) {
    const line = raw.endsWith("\r") ? raw.slice(0, -1) : raw;
    if (line.trim() === "") continue;
    const [name = "", ...cells] = line.split("\t").map((cell) => cell.trim());
    const isSpaced = cells.length === 1 && /\s/.test(cells[0]!);
    const [description = "", ...symbols] = isSpaced ? ["", ...cells[0]!.split(/\s+/)] : cells;
    if (!line.includes("\t")) throw new GeneSetError(file, i + 1, `has no tabs: "${line.slice(0, 40)}"`);
    if (name === "") throw new GeneSetError(file, i + 1, "has no name before its first tab");
    const genes = [...new Set(symbols.map((symbol) => symbol.split(",")[0]!.trim()).filter((symbol) => symbol !== ""))];
    if (genes.length === 0) throw new GeneSetError(file, i + 1, `names no gene of the set "${name}"`);
    const before = lineOf.get(name);
    if (before !== undefined) throw new GeneSetError(file, i + 1, `repeats the set "${name}" of line ${before}`);
    lineOf.set(name, i + 1);
    sets.push({ name, description, genes });
  }
  if (sets.length === 0) throw new GeneSetError(file, 1, "and all others hold no gene set");
  return sets;
}

/** Sets by member, symbols in capitals. */
export function setsByGene(sets: readonly GeneSet[]): Map<string, number[]> {
  const byGene = new Map<string, number[]>();
  for (const [index, { genes }] of sets.entries()) {
    for (const gene of genes) {
      const symbol = gene.toUpperCase();
      const known = byGene.get(symbol);
      if (known === undefined) byGene.set(symbol, [index]);
      else if (known[known.length - 1] !== index) known.push(index);
    }
  }
  return byGene;
}
