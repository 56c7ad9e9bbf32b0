import { cellsOfBlock, findInBlock, type GeneCells, type GeneCounts, geneBucket, genesOfBlock } from "./gene-blocks.ts";
import type { Db } from "./read-experiments.ts";

/** A gene in the kept cells of one matrix of a project. */
export interface StoredExpression extends GeneCounts, GeneCells {
  projectId: string;
  matrix: string;
  /** Kept cells expressing the gene ÷ kept cells. */
  share: number;
}

/**
 * A gene's expression in every project that measured it, largest share first.
 * @param names its symbol and synonyms, in any case
 */
export async function expressionOfGene(db: Db, names: readonly string[]): Promise<StoredExpression[]> {
  const found = new Map<string, StoredExpression>();
  for (const name of new Set(names.map((one) => one.toUpperCase()))) {
    if (name === "") continue;
    const rows = await db.selectFrom("gene_block").selectAll().where("bucket", "=", geneBucket(name)).execute();
    for (const row of rows)
      for (const gene of findInBlock(row.genes, name))
        found.set(`${row.project_id}\u0000${row.matrix}\u0000${gene.id}`, expressionOf(row, gene));
  }
  return [...found.values()].sort(
    (a, b) => b.share - a.share || (a.projectId < b.projectId ? -1 : a.projectId > b.projectId ? 1 : 0),
  );
}

/**
 * Genes that the cells of a project express: in at least `minShare` of the kept cells of one of its matrices. A map's filter
 * "expressed genes" and its correction for proximity ask it.
 * @param minShare 0 to 1, default 0.01; 0 gives every gene seen in any cell
 * @returns the largest share by symbol, in capitals
 * @example (await expressedGenes(db, "P1")).has("TP53")
 */
export async function expressedGenes(
  db: Db,
  projectId: string,
  { minShare = 0.01 }: { minShare?: number } = {},
): Promise<Map<string, number>> {
  const shares = new Map<string, number>();
  for (const gene of await genesOfProject(db, projectId)) {
    if (gene.cells === 0 || gene.share < minShare) continue;
    const symbol = gene.symbol.toUpperCase();
    shares.set(symbol, Math.max(shares.get(symbol) ?? 0, gene.share));
  }
  return shares;
}

/** Every gene of a project, by matrix and bucket. */
export async function genesOfProject(db: Db, projectId: string): Promise<StoredExpression[]> {
  const rows = await db.selectFrom("gene_block").selectAll().where("project_id", "=", projectId).execute();
  return rows.flatMap((row) => genesOfBlock(row.genes).map((gene) => expressionOf(row, gene)));
}

function expressionOf(
  { project_id, matrix, genes }: { project_id: string; matrix: string; genes: string },
  gene: GeneCounts,
): StoredExpression {
  const cells = cellsOfBlock(genes);
  const share = cells.cellCount === 0 ? 0 : gene.cells / cells.cellCount;
  return { ...gene, ...cells, projectId: project_id, matrix, share };
}
