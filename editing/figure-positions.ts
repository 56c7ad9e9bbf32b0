import { tableFromRows } from "@artesian/data";
import { baseColours, colours, countText, type EditingFigure, few, percentText, SCHEMA } from "./figure.ts";
import type { EditingResult, ReferenceResult } from "./result.ts";

/** Most positions that a picture shows; of a longer amplicon those around the window. */
const MOST_POSITIONS = 600;
const KINDS = ["substitution", "deletion", "insertion"] as const;
const kindColours = { substitution: "#e69f00", deletion: "#0b7285", insertion: "#c2255c" };

/** Where reads that fit the amplicon best differ from it, with window and cuts. */
export function positionsFigure({ amplicon }: EditingResult): EditingFigure {
  const reference = amplicon.references[0]!;
  const [from, to] = shownRange(reference, MOST_POSITIONS);
  const rows = [...reference.sequence].flatMap((_, i) => {
    const covered = reference.positions.covered[i]!;
    const counts = countsAt(reference, i);
    return KINDS.map((kind) => ({
      position: i + 1,
      kind,
      reads: counts[kind],
      covered,
      percent: covered > 0 ? (100 * counts[kind]) / covered : null,
    }));
  });
  const shown = rows.filter(({ position }) => position > from && position <= to);
  const title = "Edits by position";
  const top = rows.reduce((a, b) => ((b.percent ?? 0) > (a.percent ?? 0) ? b : a), rows[0]!);
  const x = {
    field: "position",
    type: "quantitative" as const,
    title: "base of the amplicon",
    scale: { domain: [from + 1, to], nice: false },
  };
  return {
    id: "positions",
    title,
    alt: `${title} of ${amplicon.name}${to - from < reference.sequence.length ? ` (bases ${from + 1} to ${to})` : ""}: most at base ${top.position}, where ${percentText((top.percent ?? 0) / 100)} of ${countText(top.covered)} reads have a ${top.kind}. ${reference.cuts.length === 0 ? "No cut is given." : `Cut after base ${reference.cuts.join(" and ")}.`}`,
    spec: {
      $schema: SCHEMA,
      title,
      width: 620,
      height: 220,
      layer: [
        {
          data: {
            values: stretches(reference.window).map(([first, last]) => ({ first: first + 0.5, last: last + 1.5 })),
          },
          mark: { type: "rect", color: colours.faint, clip: true },
          encoding: { x: { ...x, field: "first" }, x2: { field: "last" } },
        },
        {
          data: { values: reference.cuts.map((cut) => ({ cut: cut + 0.5 })) },
          mark: { type: "rule", strokeDash: [4, 3], color: colours.quiet, clip: true },
          encoding: { x: { ...x, field: "cut" } },
        },
        {
          data: {
            values: shown.map((row) => ({ position: row.position, kind: row.kind, percent: few(row.percent ?? 0) })),
          },
          mark: { type: "line", interpolate: "step", strokeWidth: 1.5, clip: true },
          encoding: {
            x,
            y: { field: "percent", type: "quantitative", title: "% of reads" },
            color: {
              field: "kind",
              type: "nominal",
              title: null,
              scale: { domain: [...KINDS], range: KINDS.map((kind) => kindColours[kind]) },
            },
          },
        },
      ],
    },
    table: tableFromRows(rows),
  };
}

/** Bases read at each position around the window. */
export function nucleotidesFigure({ amplicon }: EditingResult): EditingFigure {
  const reference = amplicon.references[0]!;
  const [from, to] = shownRange(reference, 60);
  const letters = ["A", "C", "G", "T", "N", "-"] as const;
  const rows = Array.from({ length: to - from }, (_, i) => from + i).flatMap((i) => {
    const { covered, deleted } = reference.positions;
    return letters.map((letter) => ({
      position: i + 1,
      base: reference.sequence[i]!,
      read: letter,
      reads: letter === "-" ? deleted[i]! : reference.positions[letter][i]!,
      covered: covered[i]!,
    }));
  });
  const title = "Bases by position around the window";
  const changed = Array.from({ length: to - from }, (_, k) => {
    const i = from + k;
    const own = reference.sequence[i] as "A" | "C" | "G" | "T" | "N";
    return { position: i + 1, share: 1 - reference.positions[own][i]! / (reference.positions.covered[i]! || 1) };
  }).reduce((a, b) => (b.share > a.share ? b : a));
  return {
    id: "nucleotides",
    title,
    alt: `${title}, bases ${from + 1} to ${to}: base ${changed.position} is most often not the amplicon's, in ${percentText(changed.share)} of the reads.`,
    spec: {
      $schema: SCHEMA,
      title,
      width: { step: 12 },
      height: 200,
      data: {
        values: rows
          .filter(({ reads }) => reads > 0)
          .map(({ position, base, read, reads, covered }) => ({
            place: `${position} ${base}`,
            read,
            percent: few((100 * reads) / covered),
          })),
      },
      mark: { type: "bar" },
      encoding: {
        x: {
          field: "place",
          type: "nominal",
          sort: null,
          title: "base of the amplicon",
          axis: { labelAngle: -90, labelFontSize: 8 },
        },
        y: { field: "percent", type: "quantitative", title: "% of reads", scale: { domain: [0, 100] } },
        order: { field: "read", type: "nominal" },
        color: {
          field: "read",
          type: "nominal",
          title: "read",
          scale: { domain: [...letters], range: letters.map((letter) => baseColours[letter]) },
        },
      },
    },
    table: tableFromRows(rows),
  };
}

/** Sizes of the indels of modified reads: inserted minus deleted bases in the window. */
export function indelSizesFigure({ amplicon }: EditingResult): EditingFigure {
  const MOST = 40;
  const sizes = new Map<number, number>();
  for (const { netSizes } of amplicon.references)
    for (const [size, reads] of netSizes) sizes.set(size, (sizes.get(size) ?? 0) + reads);
  const all = [...sizes].sort((a, b) => a[0] - b[0]).map(([size, reads]) => ({ size, reads }));
  const shown = new Map<string, { label: string; order: number; reads: number }>();
  for (const { size, reads } of all) {
    const order = Math.max(-MOST, Math.min(MOST, size));
    const label = Math.abs(size) < MOST ? String(order) : order < 0 ? `≤ −${MOST}` : `≥ ${MOST}`;
    const bin = shown.get(label) ?? { label, order, reads: 0 };
    bin.reads += reads;
    shown.set(label, bin);
  }
  const bins = [...shown.values()];
  const total = all.reduce((sum, { reads }) => sum + reads, 0);
  const top = all.reduce((a, b) => (b.reads > a.reads ? b : a), { size: 0, reads: 0 });
  const title = "Sizes of insertions and deletions";
  const low = Math.min(-1, ...bins.map(({ order }) => order));
  const high = Math.max(1, ...bins.map(({ order }) => order));
  return {
    id: "indel-sizes",
    title,
    alt:
      total === 0
        ? `${title}: no read has one in the window.`
        : `${title} of ${countText(total)} reads: the most frequent is ${top.size > 0 ? "+" : ""}${top.size}, in ${percentText(top.reads / total)} of them.`,
    spec: {
      $schema: SCHEMA,
      title,
      width: 620,
      height: 200,
      data: { values: bins },
      mark: { type: "bar", color: colours.accent, size: Math.max(3, Math.min(13, 480 / (high - low + 1))) },
      encoding: {
        x: {
          field: "order",
          type: "quantitative",
          title: "inserted − deleted bases in the window",
          scale: { domain: [low - 1, high + 1], nice: false },
        },
        y: { field: "reads", type: "quantitative", title: "reads" },
        tooltip: [
          { field: "label", type: "nominal", title: "size" },
          { field: "reads", type: "quantitative" },
        ],
      },
    },
    table: tableFromRows(all),
  };
}

function countsAt({ sequence, positions }: ReferenceResult, i: number): Record<(typeof KINDS)[number], number> {
  const letters = ["A", "C", "G", "T"] as const;
  const substitution = letters.reduce((sum, letter) => sum + (letter === sequence[i] ? 0 : positions[letter][i]!), 0);
  return {
    substitution: sequence[i] === "N" ? 0 : substitution,
    deletion: positions.deleted[i]!,
    insertion: positions.inserted[i]!,
  };
}

/** At most so many positions, with the window in their middle. */
function shownRange({ sequence, window }: ReferenceResult, most: number): [from: number, to: number] {
  const length = sequence.length;
  const middle = Math.round(((window[0] ?? 0) + (window.at(-1) ?? length) + 1) / 2);
  const from = Math.max(0, Math.min(middle - Math.floor(most / 2), length - most));
  return [from, Math.min(length, from + most)];
}

/** Runs of consecutive positions, first and last. */
function stretches(positions: readonly number[]): [number, number][] {
  const runs: [number, number][] = [];
  for (const position of positions) {
    const run = runs.at(-1);
    if (run !== undefined && run[1] === position - 1) run[1] = position;
    else runs.push([position, position]);
  }
  return runs;
}
