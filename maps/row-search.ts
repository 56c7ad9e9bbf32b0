import type { GroupRow } from "./perturbation-group.ts";

/** Other names of a perturbation, from gene tables and compound libraries. */
export interface PerturbationNames {
  /** A compound's name, "rapamycin". */
  name?: string;
  synonyms?: readonly string[];
  /** "QFJCIRLUMZQUOT-HPLJOQBZSA-N". */
  inchiKey?: string;
}

/** A row that a text means, and by which of its names. */
export interface RowMatch {
  row: number;
  by: "perturbation" | "symbol" | "name" | "synonym" | "InChIKey";
  /** The name as the group or its names write it. */
  text: string;
}

/** What a pasted list means. */
export interface PastedRows {
  /** Rows in the order pasted, each once. */
  rows: number[];
  /** Entries that mean nothing here, as pasted. */
  notFound: string[];
  /** Entries that could mean several perturbations, with those; all their rows are taken. */
  ambiguous: { entry: string; perturbations: string[] }[];
}

/** Finds rows of one group version by any name. */
export interface RowSearch {
  /**
   * Rows whose name begins with the text (exact names first), or holds it (after those). "rapamycin 3" or "rapamycin @ 3 µM" keeps that
   * concentration only; the first block of an InChIKey is enough.
   * @param limit most matches. Default 50
   */
  search(text: string, limit?: number): RowMatch[];
  /** Rows for a pasted list, an entry a line (or separated by tabs, commas or semicolons); names must be whole. */
  paste(text: string): PastedRows;
}

type Name = Omit<RowMatch, "row"> & { rows: number[]; plain: string };
const ORDER = ["symbol", "name", "perturbation", "InChIKey", "synonym"] as const;

/** @param namesOf further names of a perturbation; rows of one experiment alone are searched like any other */
export function rowSearch(
  rows: readonly GroupRow[],
  namesOf: (perturbation: string) => PerturbationNames | undefined = () => undefined,
): RowSearch {
  const names = indexNames(rows, namesOf);
  const byPlain = Map.groupBy(names, ({ plain }) => plain);
  const atDose = (name: Name, dose: number | undefined): number[] =>
    dose === undefined ? name.rows : name.rows.filter((row) => isDose(rows[row]!.concentration, dose));
  const exact = (text: string): { name: Name; rows: number[] }[] =>
    readings(text).flatMap(({ plain, dose }) =>
      (byPlain.get(plain) ?? [])
        .map((name) => ({ name, rows: atDose(name, dose) }))
        .filter((found) => found.rows.length > 0),
    );
  return {
    search(text, limit = 50) {
      const matches: RowMatch[] = [];
      const seen = new Set<number>();
      const take = (found: { name: Name; rows: readonly number[] }[]): void => {
        for (const { name, rows: meant } of found) {
          for (const row of meant) {
            if (matches.length >= limit || seen.has(row)) continue;
            seen.add(row);
            matches.push({ row, by: name.by, text: name.text });
          }
        }
      };
      take(exact(text));
      for (const holds of [
        (name: Name, plain: string): boolean => name.plain.startsWith(plain),
        (name: Name, plain: string): boolean => name.plain.includes(plain),
      ])
        for (const { plain, dose } of readings(text))
          if (plain !== "")
            take(names.filter((name) => holds(name, plain)).map((name) => ({ name, rows: atDose(name, dose) })));
      return matches;
    },
    paste(text) {
      const result: PastedRows = { rows: [], notFound: [], ambiguous: [] };
      const seen = new Set<number>();
      const entries = text.split(/[\n\r\t,;]+/).map((entry) => entry.trim());
      for (const entry of new Set(entries.filter((one) => one !== ""))) {
        const found = bestKind(exact(entry));
        const meant = [...new Set(found.flatMap((one) => one.rows))].sort((a, b) => a - b);
        if (meant.length === 0) result.notFound.push(entry);
        const perturbations = [...new Set(meant.map((row) => rows[row]!.perturbation))];
        if (perturbations.length > 1) result.ambiguous.push({ entry, perturbations });
        for (const row of meant) if (!seen.has(row)) result.rows.push(row);
        for (const row of meant) seen.add(row);
      }
      return result;
    },
  };
}

/** A synonym of one gene that is another's symbol means the symbol: only the strongest kind of name counts. */
function bestKind(found: { name: Name; rows: number[] }[]): { name: Name; rows: number[] }[] {
  const best = Math.min(...found.map(({ name }) => ORDER.indexOf(name.by)));
  return found.filter(({ name }) => ORDER.indexOf(name.by) === best);
}

function indexNames(
  rows: readonly GroupRow[],
  namesOf: (perturbation: string) => PerturbationNames | undefined,
): Name[] {
  const names: Name[] = [];
  for (const [perturbation, own] of Map.groupBy(rows.keys(), (row) => rows[row]!.perturbation)) {
    const byDose = own.toSorted((a, b) => (rows[a]!.concentration ?? 0) - (rows[b]!.concentration ?? 0) || a - b);
    const { name, inchiKey, synonyms = [] } = namesOf(perturbation) ?? {};
    const add = (by: RowMatch["by"], text: string | undefined): void => {
      if (text !== undefined && text !== "") names.push({ by, text, rows: byDose, plain: plainText(text) });
    };
    add("symbol", rows[byDose[0]!]!.symbol);
    add("name", name);
    add("perturbation", perturbation);
    add("InChIKey", inchiKey);
    for (const block of inchiKey === undefined ? [] : [inchiKey.split("-")[0]!])
      names.push({ by: "InChIKey", text: inchiKey!, rows: byDose, plain: plainText(block) });
    for (const synonym of synonyms) add("synonym", synonym);
  }
  return names.sort(
    (a, b) => ORDER.indexOf(a.by) - ORDER.indexOf(b.by) || (a.plain < b.plain ? -1 : a.plain > b.plain ? 1 : 0),
  );
}

/** What a text may mean: a name, or a name with a concentration behind it. */
function readings(text: string): { plain: string; dose?: number }[] {
  const whole = { plain: plainText(text) };
  const split = /^(.*\S)\s*(?:\s|@|\bat\b)\s*(\d+(?:\.\d+)?(?:e-?\d+)?)\s*(nM|[uµμ]M|mM)?$/i.exec(text.trim());
  if (split === null) return [whole];
  const factor = { nm: 1e-3, mm: 1e3 }[(split[3] ?? "").toLowerCase()] ?? 1;
  const name = split[1]!.replace(/\s*(?:@|\bat)$/i, "");
  return [whole, { plain: plainText(name), dose: Number(split[2]) * factor }];
}

/** Equal to four digits: 0.3 means 0.30003. */
function isDose(concentration: number | null, dose: number): boolean {
  return concentration !== null && Math.abs(concentration - dose) <= 5e-4 * Math.abs(dose);
}

function plainText(text: string): string {
  return text.trim().toUpperCase().replace(/\s+/g, " ");
}
