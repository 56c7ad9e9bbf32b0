import { cellText, plainColumn, readCsv, sheetHeader } from "@artesian/data";
import { PerturbationNamesError } from "./errors.ts";
import { jsonOf } from "./group-manifest.ts";
import type { PerturbationNames } from "./name-table.ts";
import type { GroupRow } from "./perturbation-group.ts";

/** Names of perturbations by identity ("compound:C4"). */
export type NamesByPerturbation = ReadonlyMap<string, PerturbationNames>;

const NAME_COLUMNS = ["pert_iname", "compound_name", "full_name", "gene_name"];
const SYNONYM_COLUMNS = ["synonyms", "synonym", "aliases", "alias", "alias_symbol", "prev_symbol", "broad_sample"];
const INCHI_KEY_COLUMNS = ["inchikey", "inchi_key", "standard_inchikey", "standard_inchi_key"];
const SMILES_COLUMNS = ["smiles", "canonical_smiles", "isomeric_smiles"];

/**
 * Names in one row of a table, whatever the field calls its columns: name, synonyms (several divided by | or ;), InChIKey, SMILES. Understood are compound
 * libraries, JUMP's metadata (`Metadata_pert_iname`, `Metadata_broad_sample`) and HGNC's gene table (`alias_symbol`, `prev_symbol`).
 * @param cells by column; prefix "Metadata_", capitals and spaces do not matter
 * @param symbol what the perturbation is called already, which is no further name of it
 * @param nameColumn one more column that holds a name in full
 */
export function namesInCells(
  cells: Readonly<Record<string, string | null>>,
  symbol?: string,
  nameColumn?: string,
): PerturbationNames {
  const byPlain = new Map(Object.entries(cells).map(([column, cell]) => [plainColumn(column), cell?.trim() ?? ""]));
  const first = (columns: readonly string[]): string | undefined =>
    columns.map((column) => byPlain.get(column)).find((cell) => cell !== undefined && cell !== "");
  const name = first(nameColumn === undefined ? NAME_COLUMNS : [nameColumn, ...NAME_COLUMNS]);
  const synonyms = SYNONYM_COLUMNS.flatMap((column) => (byPlain.get(column) ?? "").split(/[|;]/))
    .map((synonym) => synonym.trim())
    .filter((synonym) => synonym !== "" && synonym !== symbol && synonym !== name);
  const inchiKey = first(INCHI_KEY_COLUMNS);
  const smiles = first(SMILES_COLUMNS);
  return {
    ...(name !== undefined && name !== symbol && { name }),
    ...(synonyms.length > 0 && { synonyms: [...new Set(synonyms)] }),
    ...(inchiKey !== undefined && { inchiKey }),
    ...(smiles !== undefined && { smiles }),
  };
}

/**
 * Reads a table of names, of genes or compounds, divided by commas, semicolons or tabs.
 * @returns by identity ("compound:C4") where a column `perturbation` has them, else by symbol (columns symbol, gene, compound or perturbation)
 * @throws PerturbationNamesError (maps/perturbation-names) without such a column, or without any column of names; CsvError (data/csv)
 */
export function readPerturbationNames(text: string, source: string): NamesByPerturbation {
  const { delimiter, columns } = sheetHeader(text);
  // Names that look like numbers stay text.
  const table = readCsv(text, { source, delimiter, text: columns });
  const who = ["perturbation", "symbol", "gene", "compound"]
    .map((wanted) => table.columns.find(({ name }) => plainColumn(name) === wanted))
    .find((column) => column !== undefined);
  const named = ["name", ...NAME_COLUMNS, ...SYNONYM_COLUMNS, ...INCHI_KEY_COLUMNS, ...SMILES_COLUMNS];
  if (who === undefined || !columns.some((column) => named.includes(plainColumn(column))))
    throw new PerturbationNamesError(source, columns);
  const names = new Map<string, PerturbationNames>();
  for (let row = 0; row < table.rowCount; row++) {
    const symbol = cellText(who, row)?.trim();
    if (!symbol) continue;
    const cells = Object.fromEntries(table.columns.map((column) => [column.name, cellText(column, row)]));
    const own = namesInCells(cells, symbol.replace(/^[^:]+:/, ""), "name");
    if (Object.keys(own).length > 0) names.set(symbol, bothNames(names.get(symbol), own));
  }
  return names;
}

/** Names from two sources: the second has the last word on one of a kind, synonyms are joined. */
export function bothNames(a: PerturbationNames | undefined, b: PerturbationNames | undefined): PerturbationNames {
  const synonyms = [...new Set([...(a?.synonyms ?? []), ...(b?.synonyms ?? [])])];
  return { ...a, ...b, ...(synonyms.length > 0 && { synonyms }) };
}

/**
 * Names of the perturbations of rows as `names.json`; nothing when no row has any.
 * @param sources by identity or symbol; the last has the last word
 */
export function namesFile(rows: readonly GroupRow[], sources: readonly NamesByPerturbation[]): Map<string, Uint8Array> {
  const found: Record<string, PerturbationNames> = {};
  for (const { perturbation, symbol } of rows) {
    if (perturbation in found) continue;
    const own = sources.flatMap((names) => [names.get(symbol), names.get(perturbation)]).reduce(bothNames, undefined);
    if (own !== undefined && Object.keys(own).length > 0) found[perturbation] = own;
  }
  if (Object.keys(found).length === 0) return new Map();
  return new Map([["names.json", new TextEncoder().encode(`${JSON.stringify(found)}\n`)]]);
}

/** @throws GroupFileError (maps/group-file) when the text is no JSON */
export function namesFromFile(text: string, key: string): NamesByPerturbation {
  return new Map(Object.entries(jsonOf(text, key) as Record<string, PerturbationNames>));
}
