/** The address of a group's map: which version, which rows and columns, how they stand. */
import type { MapRow } from "@artesian/server/api.ts";
import { formatDose } from "./format.ts";
import type { HeatLabel } from "./heat-export.ts";

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
  `${groupPath(group)}?rows=${rows.map(encodeURIComponent).join(",").replaceAll("%3A", ":")}`;

/** What a row is called on a map: dose in its own unit. */
export const rowName = (row: Pick<MapRow, "symbol" | "concentration">): string =>
  row.concentration === null ? row.symbol : `${row.symbol} ${formatDose(row.concentration)}`;

/** A row as a heat map names it. */
export const heatLabel = (row: MapRow): HeatLabel => ({
  row: row.row,
  label: rowName(row),
  perturbation: row.perturbation,
  type: row.type,
  dose: row.concentration,
});

/** Members of a list in an address, each once and in order; "" has none. */
export const members = (text: string | undefined): string[] => [
  ...new Set(
    (text ?? "")
      .split(",")
      .map((part) => part.trim())
      .filter((part) => part !== ""),
  ),
];
