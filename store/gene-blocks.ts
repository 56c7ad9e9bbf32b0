/** Buckets that symbols are spread over: a project of 30,000 genes has about fifteen in each, which fit into a page's own cell. */
export const GENE_BUCKETS = 2048;

/** A gene as it is stored: `mean` over the kept cells, each normalised to the matrix's target. */
export interface GeneCounts {
  symbol: string;
  id: string;
  /** Kept cells expressing it. */
  cells: number;
  mean: number;
}

/** What the genes of a matrix are counted in. */
export interface GeneCells {
  /** Kept cells. */
  cellCount: number;
  /** Counts that each cell was normalised to. */
  target: number;
}

/** Bucket of a symbol, whatever its case: FNV-1a, as symbols differ in few letters. */
export function geneBucket(symbol: string): number {
  let hash = 0x811c9dc5;
  for (const letter of symbol.toUpperCase()) hash = Math.imul(hash ^ (letter.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  return ((hash ^ (hash >>> 16)) >>> 0) % GENE_BUCKETS;
}

/** Blocks by bucket: a line about the cells, then a line a gene. */
export function geneBlocks(genes: Iterable<GeneCounts>, { cellCount, target }: GeneCells): Map<number, string> {
  const blocks = new Map<number, string>();
  for (const { symbol, id, cells, mean } of genes) {
    const bucket = geneBucket(plain(symbol));
    const line = `\n${plain(symbol)}\t${plain(id)}\t${cells}\t${Number(mean.toPrecision(7))}`;
    blocks.set(bucket, (blocks.get(bucket) ?? `${cellCount}\t${target}`) + line);
  }
  return blocks;
}

/** The cells that a block is about. */
export function cellsOfBlock(block: string): GeneCells {
  const end = block.indexOf("\n");
  const [cellCount, target] = block.slice(0, end < 0 ? block.length : end).split("\t");
  return { cellCount: Number(cellCount), target: Number(target) };
}

/** All genes of a block. */
export function genesOfBlock(block: string): GeneCounts[] {
  return block.split("\n").slice(1).map(geneOfLine);
}

/** Genes of a block with this symbol, whatever its case; usually one or none. */
export function findInBlock(block: string, symbol: string): GeneCounts[] {
  const wanted = plain(symbol).toUpperCase();
  const searched = block.toUpperCase();
  if (!searched.includes(`\n${wanted}\t`)) return [];
  return genesOfBlock(block).filter((gene) => gene.symbol.toUpperCase() === wanted);
}

function geneOfLine(line: string): GeneCounts {
  const [symbol = "", id = "", cells, mean] = line.split("\t");
  return { symbol, id, cells: Number(cells), mean: Number(mean) };
}

/** Names without the characters that separate lines and cells. */
function plain(name: string): string {
  return name.replace(/[\t\n\r]/g, " ");
}
