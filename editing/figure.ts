import type { Table } from "@artesian/data";
import type { drawSvg } from "@artesian/figures";
import type { Outcome } from "./classify.ts";

/** A Vega-Lite specification with its data inline. */
export type FigureSpec = Parameters<typeof drawSvg>[0];

/** One picture of a result: the same specification is drawn by the command line and by a page. */
export interface EditingFigure {
  /** Names the files: kebab-case. */
  id: string;
  title: string;
  /** What a person who cannot see the picture needs to know, with the numbers. */
  alt: string;
  spec: FigureSpec;
  /** The data behind the picture, with all digits. */
  table: Table;
}

/** Colours of the house for marks. */
export const colours = { accent: "#0b7285", contrast: "#e8590c", quiet: "#868e96", faint: "#e2e6eb", ink: "#1a2129" };

/** Bases and gaps, told apart by colour-blind readers too (Okabe and Ito 2008), and always with a letter or a legend. */
export const baseColours = {
  A: "#009e73",
  C: "#0072b2",
  G: "#e69f00",
  T: "#d55e00",
  N: "#adb5bd",
  "-": "#343a40",
} as const;

export const SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json";

/** Outcomes in words. */
export const outcomeNames: Record<Outcome, string> = {
  unmodified: "unmodified",
  nhej: "NHEJ",
  hdr: "HDR",
  primeEdited: "prime-edited",
  mixed: "intended and more",
  ambiguousEdited: "edited, ambiguous",
  undecided: "undecided",
};

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
  return Number.isFinite(share) ? `${Number((share * 100).toPrecision(3))} %` : "unknown";
}

/** A rate with its interval: 12.3 % (11.8 to 12.9). */
export function rateText({ value, lower, upper }: { value: number; lower: number; upper: number }): string {
  const short = (share: number): string => String(Number((share * 100).toPrecision(3)));
  return Number.isFinite(value) ? `${short(value)} % (${short(lower)} to ${short(upper)})` : "unknown";
}
