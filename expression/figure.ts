import type { Table } from "@artesian/data";
import type { drawSvg } from "@artesian/figures";
import type { GeneList } from "./matrix.ts";

/** A Vega-Lite specification with its data inline. */
export type FigureSpec = Parameters<typeof drawSvg>[0];

/** One picture of a summary: the same specification is drawn by the server and by the page. */
export interface SummaryFigure {
  /** Names the files: kebab-case. */
  id: string;
  title: string;
  /** What a person who cannot see the picture needs to know, with the numbers. */
  alt: string;
  spec: FigureSpec;
  /** The data behind the picture, with all digits. */
  table: Table;
}

/** Colours of the house for marks: one accent, one contrast, quiet grey. */
export const colours = { accent: "#0b7285", contrast: "#e8590c", quiet: "#868e96", faint: "#c9d0d8", ink: "#1a2129" };

export const SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json";

/** A number in six significant digits, which is all that a picture can show; null when there is none. */
export function few(value: number): number | null {
  return Number.isFinite(value) ? Number(value.toPrecision(6)) : null;
}

/** A count as a person writes it: 12,345. */
export function countText(value: number): string {
  return Math.round(value).toLocaleString("en");
}

/** A share of 1 as a percentage of few digits. */
export function percentText(share: number): string {
  return `${Number((share * 100).toPrecision(3))} %`;
}

/** The first three of a list in words, for an alt text. */
export function firstOf(names: readonly string[]): string {
  return names.slice(0, 3).join(", ");
}

/** Names of genes for axes: the symbol, with the identifier where several of the genes shown share it. */
export function geneLabels(genes: GeneList, shown: readonly number[]): string[] {
  const symbols = shown.map((gene) => genes.symbols[gene]!);
  const count = new Map<string, number>();
  for (const symbol of symbols) count.set(symbol, (count.get(symbol) ?? 0) + 1);
  return shown.map((gene, i) => (count.get(symbols[i]!) === 1 ? symbols[i]! : `${symbols[i]} (${genes.ids[gene]})`));
}
