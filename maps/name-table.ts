import type { GroupRow } from "./perturbation-group.ts";

/** Other names of a perturbation, from gene tables and compound libraries. */
export interface PerturbationNames {
  /** In full: "rapamycin", "mechanistic target of rapamycin kinase". */
  name?: string;
  synonyms?: readonly string[];
  /** "QFJCIRLUMZQUOT-HPLJOQBZSA-N". */
  inchiKey?: string;
  smiles?: string;
}

/** Kinds of names, the strongest first. */
const KINDS = ["symbol", "name", "perturbation", "InChIKey", "synonym"] as const;

export type NameKind = (typeof KINDS)[number];

/**
 * All names of a group's perturbations. A map of objects would take half a kilobyte a perturbation and seconds to make; here names are one text, with
 * numbers beside it: "\nTSC1\nTSC2\n…", by kind and then as the group has them.
 */
export interface NameTable {
  /** Names that are a plain name. */
  named(plain: string): number[];
  /** Visits names that begin with a plain text, or hold it anywhere. */
  holding(plain: string, part: "start" | "any", visit: (name: number) => void): void;
  /** Visits rows of a name's perturbation, by concentration. */
  eachRow(name: number, visit: (row: number) => void): void;
  /** 0 is the strongest kind. */
  rankOf(name: number): number;
  /** A name as the group or its names write it. */
  written(name: number): { by: NameKind; text: string };
  readonly sizeBytes: number;
}

/** Perturbations worked through before others have their turn: a few milliseconds. */
const SLICE = 16_384;

export async function nameTable(
  rows: readonly GroupRow[],
  namesOf: (perturbation: string) => PerturbationNames | undefined,
): Promise<NameTable> {
  const { starts: rowStarts, list: rowList } = await rowsByPerturbation(rows);
  const perturbations = rowStarts.length - 1;
  const namesAt = (perturbation: number): Record<NameKind, readonly string[]> =>
    namesByKind(rows[rowList[rowStarts[perturbation]!]!]!, namesOf);

  const parts: string[][] = KINDS.map(() => []);
  const owners: number[][] = KINDS.map(() => []);
  for (let perturbation = 0; perturbation < perturbations; perturbation++) {
    if (perturbation % SLICE === SLICE - 1) await turn();
    const names = namesAt(perturbation);
    KINDS.forEach((kind, rank) => {
      for (const name of names[kind]) {
        parts[rank]!.push(plainName(name));
        owners[rank]!.push(perturbation);
      }
    });
  }
  const kindEnds = parts.map((_, rank) => parts.slice(0, rank + 1).reduce((sum, { length }) => sum + length, 0));
  const count = kindEnds.at(-1)!;
  const ownerOf = new Int32Array(count);
  const startOf = new Int32Array(count + 1);
  /** Hash table with the number of a name plus 1, 0 where there is none; names of one hash follow each other. */
  const slots = new Int32Array(2 ** Math.ceil(Math.log2(2 * count + 2)));
  let [name, at] = [0, 1];
  const texts: string[] = [];
  for (const [rank, own] of parts.entries()) {
    for (const [i, plain] of own.entries()) {
      if (i % SLICE === 0) {
        texts.push(own.slice(i, i + SLICE).join("\n"));
        await turn();
      }
      ownerOf[name] = owners[rank]![i]!;
      startOf[name] = at;
      at += plain.length + 1;
      let slot = hashOf(plain) & (slots.length - 1);
      while (slots[slot] !== 0) slot = (slot + 1) & (slots.length - 1);
      slots[slot] = ++name;
    }
  }
  startOf[count] = at;
  const text = `\n${texts.join("\n")}\n`;
  const plainAt = (one: number): string => text.slice(startOf[one]!, startOf[one + 1]! - 1);
  const rankOf = (one: number): number => kindEnds.findIndex((end) => one < end);

  return {
    sizeBytes: text.length + 4 * (rowList.length + rowStarts.length + 2 * count + slots.length),
    rankOf,
    eachRow(one, visit) {
      const owner = ownerOf[one]!;
      for (let i = rowStarts[owner]!; i < rowStarts[owner + 1]!; i++) visit(rowList[i]!);
    },
    named(plain) {
      const found: number[] = [];
      for (let slot = hashOf(plain) & (slots.length - 1); slots[slot] !== 0; slot = (slot + 1) & (slots.length - 1))
        if (plainAt(slots[slot]! - 1) === plain) found.push(slots[slot]! - 1);
      return found.sort((a, b) => a - b);
    },
    holding(plain, part, visit) {
      const wanted = part === "start" ? `\n${plain}` : plain;
      let one = 0;
      for (let place = text.indexOf(wanted); place !== -1; place = text.indexOf(wanted, startOf[one]! - 1)) {
        const hit = part === "start" ? place + 1 : place;
        one = lastUpTo(startOf, hit, one);
        visit(one++);
        if (one >= count) return;
      }
    },
    written(one) {
      const by = KINDS[rankOf(one)]!;
      const plain = plainAt(one);
      const all = namesAt(ownerOf[one]!);
      // A block of an InChIKey is told as the whole.
      if (by === "InChIKey") return { by, text: all[by][0]! };
      return { by, text: all[by].find((name) => plainName(name) === plain)! };
    },
  };
}

/** Names as they are compared: capitals, single spaces. */
export function plainName(text: string): string {
  return text.trim().toUpperCase().replace(/\s+/g, " ");
}

function namesByKind(
  { symbol, perturbation }: GroupRow,
  namesOf: (perturbation: string) => PerturbationNames | undefined,
): Record<NameKind, readonly string[]> {
  const { name, synonyms = [], inchiKey } = namesOf(perturbation) ?? {};
  return {
    symbol: symbol === "" ? [] : [symbol],
    name: name ? [name] : [],
    perturbation: [perturbation],
    InChIKey: inchiKey ? [inchiKey, inchiKey.split("-")[0]!] : [],
    synonym: synonyms.filter((synonym) => synonym.trim() !== ""),
  };
}

/** Rows of each perturbation, perturbations in the order of their first rows, rows by concentration: `list` from `starts[i]` to `starts[i + 1]`. */
async function rowsByPerturbation(rows: readonly GroupRow[]): Promise<{ starts: Int32Array; list: Int32Array }> {
  const numbers = new Map<string, number>();
  const numberOf = new Int32Array(rows.length);
  for (const [row, { perturbation }] of rows.entries()) {
    if (row % SLICE === SLICE - 1) await turn();
    const known = numbers.get(perturbation) ?? numbers.size;
    numbers.set(perturbation, known);
    numberOf[row] = known;
  }
  const starts = new Int32Array(numbers.size + 1);
  for (const number of numberOf) starts[number + 1]!++;
  for (let i = 0; i < numbers.size; i++) starts[i + 1]! += starts[i]!;
  const list = new Int32Array(rows.length);
  const next = starts.slice();
  for (let row = 0; row < rows.length; row++) list[next[numberOf[row]!]!++] = row;
  for (let i = 0; i < numbers.size; i++)
    if (starts[i + 1]! - starts[i]! > 1)
      list
        .subarray(starts[i], starts[i + 1])
        .sort((a, b) => (rows[a]!.concentration ?? 0) - (rows[b]!.concentration ?? 0) || a - b);
  return { starts, list };
}

/** Number of the last start that is at most `place`. @param from a number that is not behind it */
function lastUpTo(starts: Int32Array, place: number, from: number): number {
  if (starts[from + 1]! > place) return from;
  let [low, high] = [from + 1, starts.length - 1];
  while (low + 1 < high) {
    const middle = (low + high) >> 1;
    if (starts[middle]! <= place) low = middle;
    else high = middle;
  }
  return low;
}

function hashOf(plain: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < plain.length; i++) hash = Math.imul(hash ^ plain.charCodeAt(i), 0x01000193);
  return (hash ^ (hash >>> 15)) >>> 0;
}

function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}
