/** Bits of `geneClasses`. */
export const MITOCHONDRIAL = 1;
export const RIBOSOMAL = 2;
export const HAEMOGLOBIN = 4;

/**
 * Haemoglobin chains of man (HBA1, HBB, HBG2, HBZ …) and mouse (Hba-a1, Hbb-bs, Hbq1a …), and neither HBP1 nor HBEGF nor HBS1L, which
 * only begin with the same letters.
 */
const haemoglobin = /^HB[ABDEGMQZ](?:\d[A-Z]?|-.+|P\d)?$/i;

/**
 * What kind of gene each symbol names: mitochondrially encoded (`MT-`, `mt-`), of a ribosomal protein (`RPS`, `RPL`, any case, as in
 * scanpy's tutorial, kinases RPS6K… included), or a haemoglobin chain.
 *
 * @returns bits, of shape (genes)
 * @example geneClasses(["MT-CO1", "RPL3", "HBB", "HBP1"]) // Uint8Array [1, 2, 4, 0]
 */
export function geneClasses(symbols: readonly string[]): Uint8Array {
  return Uint8Array.from(symbols, (symbol) => {
    if (/^MT-/i.test(symbol)) return MITOCHONDRIAL;
    if (/^RP[SL]/i.test(symbol)) return RIBOSOMAL;
    return haemoglobin.test(symbol) ? HAEMOGLOBIN : 0;
  });
}
