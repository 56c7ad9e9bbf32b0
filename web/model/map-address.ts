/** The address of a group's map: which version, which rows and columns, how they stand. */
import type { MapRow } from "@artesian/server/api.ts";
import { formatDose } from "./format.ts";
import type { HeatLabel } from "./heat-export.ts";
import { changeParams, parseParams } from "./url-state.ts";

/** "u2os" or "u2os@3f9c1a…" as the address has it: the version makes a link permanent. */
export function splitGroup(text: string): { id: string; version: string | undefined } {
  const at = text.lastIndexOf("@");
  return at < 1 ? { id: text, version: undefined } : { id: text.slice(0, at), version: text.slice(at + 1) };
}

/** Path of a group's page. */
export const groupPath = (group: string, page = ""): string =>
  `/maps/groups/${encodeURIComponent(group).replaceAll("%40", "@")}${page}`;

/** Link to the map of some rows. @param rows names or identities */
export const mapHref = (group: string, rows: readonly string[]): string =>
  groupPath(group) + changeParams("", { rows: memberText(rows) });

/** What a row is called on a map: dose in its own unit, and its experiment when it stands for one alone. */
export function rowName(row: Pick<MapRow, "symbol" | "concentration"> & Partial<Pick<MapRow, "experiment">>): string {
  const dose = row.concentration === null ? "" : ` ${formatDose(row.concentration)}`;
  return `${row.symbol}${dose}${row.experiment ? ` (${row.experiment})` : ""}`;
}

/** A row as a heat map names it. */
export const heatLabel = (row: MapRow): HeatLabel => ({
  row: row.row,
  label: rowName(row),
  perturbation: row.perturbation,
  type: row.type,
  dose: row.concentration,
});

/** A list of names and numbers as the address of another version may hold it: names alone, since each version numbers its rows anew. */
const named = (text: string | undefined): string | null =>
  memberText(members(text).filter((one) => !/^\d+$/.test(one))) || null;

/**
 * The search part of an address that means the same in another group or version: how things are shown stays, rows go over by their names.
 * @example carriedOver("?order=given&row=12&rows=TSC2,7") // "?order=given&rows=TSC2"
 */
export function carriedOver(search: string): string {
  const { rows, columns, of, target, healthy, name } = parseParams(search);
  return changeParams(search, {
    rows: named(rows),
    columns: named(columns),
    of: named(of),
    target: named(target),
    healthy: named(healthy),
    name: name ?? null,
    ...{ row: null, column: null, a: null, b: null, view: null, terms: null, with: null },
  });
}

/** Members of a list in an address, each once and in order; "" has none. */
export const members = (text: string | undefined): string[] => [
  ...new Set(
    (text ?? "")
      .split(",")
      .map((part) => part.trim().replaceAll("%2C", ",").replaceAll("%25", "%"))
      .filter((part) => part !== ""),
  ),
];

/** A list as an address holds it: a comma within a name, as of 2,4-dinitrophenol, does not part two of them. */
export const memberText = (names: readonly string[]): string =>
  names.map((name) => name.replaceAll("%", "%25").replaceAll(",", "%2C")).join(",");

/** Characters of a list beyond which an address names a list that the server keeps. */
const LONG_LIST = 2000;
export const isLongList = (names: readonly string[]): boolean => memberText(names).length > LONG_LIST;
/** Whether a member of a list is the name of a list that the server keeps. */
export const isKeptList = (name: string): boolean => /^list:[0-9a-f]{64}$/.test(name);
