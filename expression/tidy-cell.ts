/** What was seen while cells were tidied. */
export interface TidyCounts {
  /** Entries that repeat a gene of their cell. */
  duplicates: number;
  /** Cells whose genes neither rise nor fall. */
  unsortedCells: number;
}

export interface CellTidier {
  /** The tidy cell: genes ascending, each once. Used again by the next call. */
  genes: Uint32Array;
  values: Float64Array;
  /** Arranges entries `from` to `to`; gives how many are left. */
  arrange(genes: Uint32Array, values: Float64Array, from: number, to: number): number;
}

/**
 * Puts a cell's entries into the order of genes, sums repeated ones in the order they came, and leaves zeros out. Cell Ranger writes
 * genes falling: such a cell is turned round; any other is sorted.
 */
export function cellTidier(counts: TidyCounts): CellTidier {
  let keys = new Float64Array(0);
  const tidier: CellTidier = { genes: new Uint32Array(0), values: new Float64Array(0), arrange };

  function arrange(genes: Uint32Array, values: Float64Array, from: number, to: number): number {
    const count = to - from;
    if (count > tidier.genes.length) {
      tidier.genes = new Uint32Array(2 * count);
      tidier.values = new Float64Array(2 * count);
      keys = new Float64Array(2 * count);
    }
    let falls = true;
    let rises = true;
    for (let k = from + 1; k < to; k++) {
      if (genes[k]! >= genes[k - 1]!) falls = false;
      if (genes[k]! < genes[k - 1]!) rises = false;
    }
    if (falls) for (let i = 0; i < count; i++) keys[i] = to - 1 - i;
    else if (rises) for (let i = 0; i < count; i++) keys[i] = from + i;
    else {
      counts.unsortedCells++;
      // Gene and place in one number: sorted as numbers, which is native, and entries of one gene stay in their order.
      for (let i = 0; i < count; i++) keys[i] = genes[from + i]! * 2 ** 21 + i;
      keys.subarray(0, count).sort();
      for (let i = 0; i < count; i++) keys[i] = from + (keys[i]! % 2 ** 21);
    }
    return merge(genes, values, count);
  }

  function merge(genes: Uint32Array, values: Float64Array, count: number): number {
    const { genes: outGenes, values: outValues } = tidier;
    let kept = 0;
    for (let i = 0; i < count; ) {
      const gene = genes[keys[i]!]!;
      let value = values[keys[i]!]!;
      for (i++; i < count && genes[keys[i]!] === gene; i++) {
        value += values[keys[i]!]!;
        counts.duplicates++;
      }
      if (value === 0) continue;
      outGenes[kept] = gene;
      outValues[kept++] = value;
    }
    return kept;
  }

  return tidier;
}
