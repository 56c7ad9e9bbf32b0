/** Buckets that symbols are spread over: a project of 30,000 genes has about thirty in each, a few hundred bytes to a kilobyte. */
export const GENE_BUCKETS = 1024;

/** A gene as it is stored: `mean` over the kept cells, each normalised to the matrix's target. */
export interface GeneCounts {
  symbol: string;
  id: string;
  /** Kept cells expressing it. */
  cells: number;
  mean: number;
}

/** Bucket of a symbol, whatever its case: FNV-1a, as symbols differ in few letters. */
export function geneBucket(symbol: string): number {
  let hash = 0x811c9dc5;
  for (const letter of symbol.toUpperCase()) hash = Math.imul(hash ^ (letter.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  return (hash ^ (hash >>> 16)) % GENE_BUCKETS;
}

/** Lines of genes by bucket. */
export function geneBlocks(genes: Iterable<GeneCounts>): Map<number, string> {
  const blocks = new Map<number, string>();
  for (const { symbol, id, cells, mean } of genes) {
    const bucket = geneBucket(plain(symbol));
    const line = `\n${plain(symbol)}\t${plain(id)}\t${cells}\t${Number(mean.toPrecision(7))}`;
    blocks.set(bucket, (blocks.get(bucket) ?? "") + line);
  }
  return blocks;
}

/** All genes of a block. */
export function genesOfBlock(block: string): GeneCounts[] {
  return block.slice(1).split("\n").map(geneOfLine);
}

/** Genes of a block with this symbol, whatever its case; usually one or none. */
export function findInBlock(block: string, symbol: string): GeneCounts[] {
  const searched = block.toUpperCase();
  const wanted = `\n${plain(symbol).toUpperCase()}\t`;
  if (searched.length !== block.length) return genesOfBlock(block).filter((gene) => sameSymbol(gene.symbol, symbol));
  const found: GeneCounts[] = [];
  for (let at = searched.indexOf(wanted); at >= 0; at = searched.indexOf(wanted, at + 1)) {
    const end = block.indexOf("\n", at + 1);
    found.push(geneOfLine(block.slice(at + 1, end < 0 ? block.length : end)));
  }
  return found;
}

function geneOfLine(line: string): GeneCounts {
  const [symbol = "", id = "", cells, mean] = line.split("\t");
  return { symbol, id, cells: Number(cells), mean: Number(mean) };
}

function sameSymbol(a: string, b: string): boolean {
  return a.toUpperCase() === plain(b).toUpperCase();
}

/** Names without the characters that separate lines and cells. */
function plain(name: string): string {
  return name.replace(/[\t\n\r]/g, " ");
}
