/** A bar beside the rows of a heat map: a colour for each, and what the colours mean. */
import type { MapRow } from "@artesian/server/api.ts";
import { cssColor, viridis } from "./color.ts";
import { formatNumber } from "./format.ts";

/** What a bar can tell of rows. */
export const ANNOTATIONS = ["none", "kind", "chromosome", "replicates", "strength"] as const;
export type Annotation = (typeof ANNOTATIONS)[number];

/** Colours of rows in the order given, null where nothing is known; and the legend. */
export interface Annotated {
  colors: (string | null)[];
  legend: { label: string; color: string }[];
}

type Told = Pick<MapRow, "type" | "arm" | "consistencyP" | "strength">;

const KIND = { gene: "var(--ch-1)", compound: "var(--ch-3)", other: "var(--ink-3)" } as const;
/** Steps of p, from what holds best. */
const STEPS = [
  { most: 0.001, label: "p ≤ 0.001", color: cssColor(viridis(0.05)) },
  { most: 0.01, label: "p ≤ 0.01", color: cssColor(viridis(0.4)) },
  { most: 0.05, label: "p ≤ 0.05", color: cssColor(viridis(0.7)) },
  { most: Number.POSITIVE_INFINITY, label: "p > 0.05", color: cssColor(viridis(1)) },
];

/** @returns undefined for "none" */
export function annotated(rows: readonly Told[], by: Annotation): Annotated | undefined {
  if (by === "none") return undefined;
  if (by === "strength") return byStrength(rows);
  const told = { kind: byKind, chromosome: byChromosome(rows), replicates: byP }[by];
  const marks = rows.map(told);
  const seen = new Map(marks.flatMap((mark) => (mark === null ? [] : [[mark.label, mark.color] as const])));
  const legend = [...seen].map(([label, color]) => ({ label, color }));
  const order = by === "replicates" ? STEPS.map(({ label }) => label) : undefined;
  legend.sort((a, b) =>
    order ? order.indexOf(a.label) - order.indexOf(b.label) : a.label.localeCompare(b.label, "en", { numeric: true }),
  );
  return { colors: marks.map((mark) => mark?.color ?? null), legend };
}

type Mark = { label: string; color: string } | null;

const byKind = ({ type }: Told): Mark => ({ label: type, color: KIND[type] });

const byP = ({ consistencyP: p }: Told): Mark => (p === null ? null : STEPS.find(({ most }) => p <= most)!);

/** Chromosomes in order around the circle of hues; neighbours that could be taken for each other differ in lightness too. */
function byChromosome(rows: readonly Told[]): (row: Told) => Mark {
  const names = [...new Set(rows.flatMap(({ arm }) => (arm === null ? [] : [chromosomeOf(arm)])))];
  names.sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
  const colors = new Map(
    names.map((name, k) => [name, `oklch(${k % 2 === 0 ? 0.55 : 0.75} 0.13 ${Math.round((360 * k) / names.length)})`]),
  );
  return ({ arm }) => {
    if (arm === null) return null;
    const label = chromosomeOf(arm);
    return { label, color: colors.get(label)! };
  };
}

const chromosomeOf = (arm: string): string => arm.replace(/[pq]$/, "");

function byStrength(rows: readonly Told[]): Annotated {
  const most = Math.max(0, ...rows.map(({ strength }) => strength));
  const color = (strength: number): string => cssColor(viridis(most > 0 ? strength / most : 0));
  return {
    colors: rows.map(({ strength }) => (strength > 0 ? color(strength) : null)),
    legend: [0, most / 2, most].map((strength) => ({ label: formatNumber(strength, 2), color: color(strength) })),
  };
}
