import { type NameKind, type NameTable, nameTable, type PerturbationNames, plainName } from "./name-table.ts";
import type { GroupRow } from "./perturbation-group.ts";

/** A row that a text means, and by which of its names. */
export interface RowMatch {
  row: number;
  by: NameKind;
  /** The name as the group or its names write it. */
  text: string;
}

/** A page of the rows that a text finds. */
export interface FoundRows {
  matches: RowMatch[];
  /** All rows found, not those of the page alone. */
  total: number;
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
   * Rows whose name is the text, begins with it, or holds it, in this order; in each by kind of name, then as the group has them. "rapamycin 3" or
   * "rapamycin @ 3 µM" keeps that concentration only; the first block of an InChIKey is enough.
   * @param page offset default 0; limit default 50; isShown leaves rows out
   */
  search(text: string, page?: { offset?: number; limit?: number; isShown?: (row: GroupRow) => boolean }): FoundRows;
  /** Rows for a pasted list, an entry a line (or separated by tabs, commas or semicolons); names must be whole. */
  paste(text: string): PastedRows;
  /** Memory that it takes beside the rows. */
  readonly sizeBytes: number;
}

type Found = { name: number; dose: number | undefined };

/**
 * Makes a search; large groups are worked through in slices, so that whoever else waits is answered meanwhile.
 * @param namesOf further names of a perturbation; rows of one experiment alone are searched like any other
 */
export async function rowSearch(
  rows: readonly GroupRow[],
  namesOf: (perturbation: string) => PerturbationNames | undefined = () => undefined,
): Promise<RowSearch> {
  const table = await nameTable(rows, namesOf);
  const eachRow = ({ name, dose }: Found, visit: (row: number) => void): void =>
    table.eachRow(name, (row) => {
      if (dose === undefined || isDose(rows[row]!.concentration, dose)) visit(row);
    });
  const exact = (text: string): Found[] =>
    readings(text).flatMap(({ plain, dose }) => table.named(plain).map((name) => ({ name, dose })));
  return {
    sizeBytes: table.sizeBytes,
    search(text, { offset = 0, limit = 50, isShown = () => true } = {}) {
      const matches: RowMatch[] = [];
      const seen = new Uint8Array(rows.length);
      let total = 0;
      const take = (found: Found): void =>
        eachRow(found, (row) => {
          if (seen[row] === 1) return;
          seen[row] = 1;
          if (!isShown(rows[row]!)) return;
          if (total >= offset && total < offset + limit) matches.push({ row, ...table.written(found.name) });
          total++;
        });
      for (const found of exact(text)) take(found);
      for (const part of ["start", "any"] as const)
        for (const { plain, dose } of readings(text))
          if (plain !== "") table.holding(plain, part, (name) => take({ name, dose }));
      return { matches, total };
    },
    paste(text) {
      const result: PastedRows = { rows: [], notFound: [], ambiguous: [] };
      const seen = new Set<number>();
      const entries = text.split(/[\n\r\t,;]+/).map((entry) => entry.trim());
      for (const entry of new Set(entries.filter((one) => one !== ""))) {
        const found = exact(entry)
          .map((one) => {
            const own: number[] = [];
            eachRow(one, (row) => own.push(row));
            return { name: one.name, rows: own };
          })
          .filter((one) => one.rows.length > 0);
        const meant = strongest(table, found);
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
function strongest(table: NameTable, found: readonly { name: number; rows: number[] }[]): number[] {
  const best = Math.min(...found.map(({ name }) => table.rankOf(name)));
  const meant = found.filter(({ name }) => table.rankOf(name) === best).flatMap(({ rows }) => rows);
  return [...new Set(meant)].sort((a, b) => a - b);
}

/** What a text may mean: a name, or a name with a concentration behind it. */
function readings(text: string): { plain: string; dose?: number }[] {
  const whole = { plain: plainName(text) };
  const split = /^(.*\S)\s*(?:\s|@|\bat\b)\s*(\d+(?:\.\d+)?(?:e-?\d+)?)\s*(nM|[uµμ]M|mM)?$/i.exec(text.trim());
  if (split === null) return [whole];
  const factor = { nm: 1e-3, mm: 1e3 }[(split[3] ?? "").toLowerCase()] ?? 1;
  const name = split[1]!.replace(/\s*(?:@|\bat)$/i, "");
  return [whole, { plain: plainName(name), dose: Number(split[2]) * factor }];
}

/** Equal to four digits: 0.3 means 0.30003. */
function isDose(concentration: number | null, dose: number): boolean {
  return concentration !== null && Math.abs(concentration - dose) <= 5e-4 * Math.abs(dose);
}
