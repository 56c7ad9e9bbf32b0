/** What stands around and over the cells of a heat map: names, dose bars, dendrogram, cluster bar, the chosen cell; drawn on one 2-D canvas. */
import type { Bracket } from "../model/dendrogram.ts";
import type { HeatLabel } from "../model/heat-export.ts";
import { cellsInSight, type HeatFrame, type HeatPlace, type HeatView } from "../model/heat-view.ts";

/** Space around the cells in CSS pixels. */
export interface HeatMargins {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/** What the overlay shows; rows and columns are in the order drawn. */
export interface HeatOverlay {
  view: HeatView;
  frame: HeatFrame;
  margins: HeatMargins;
  rows: readonly HeatLabel[];
  columns: readonly HeatLabel[];
  /** Share of a perturbation's highest dose at each column, by rank (0–1); null without doses. */
  doses: readonly (number | null)[];
  brackets: readonly Bracket[];
  /** Cluster of each row; −1 for none. */
  clusters: readonly number[];
  /** CSS colour of each row in the bar beside the names; null leaves a gap. */
  annotation: readonly (string | null)[] | undefined;
  /** Rows of the group that are written bold. */
  bold: ReadonlySet<number>;
  selected: HeatPlace | undefined;
  colors: { ink: string; ink2: string; faint: string; lineStrong: string; accent: string; clusters: readonly string[] };
  font: string;
}

const DENDROGRAM = 40;
const BAR = 7;
const DOSE = 9;

/** Names reach this far at most; longer ones are cut. */
const LONGEST_NAME = 160;
const SLOPE = (55 * Math.PI) / 180;

/**
 * Room for the widest names, the dendrogram and the bars.
 * @param rowName width of the widest row's name in CSS pixels
 */
export function heatMargins(
  rowName: number,
  columnName: number,
  has: { tree: boolean; doses: boolean; annotation?: boolean },
): HeatMargins {
  const aside = Math.min(LONGEST_NAME, rowName);
  const above = Math.min(LONGEST_NAME, columnName);
  return {
    left: Math.ceil((has.tree ? DENDROGRAM + BAR + 8 : 2) + (has.annotation ? BAR + 4 : 0) + aside + 10),
    top: Math.ceil(above * Math.sin(SLOPE) + 14 + (has.doses ? DOSE + 2 : 0)),
    right: Math.ceil(Math.max(6, above * Math.cos(SLOPE))),
    bottom: 4,
  };
}

/** Dose of each column among those of its perturbation on the map: 1 for the highest, by rank. */
export function doseShares(columns: readonly HeatLabel[]): (number | null)[] {
  const doses = Map.groupBy(columns, ({ perturbation }) => perturbation);
  const ranked = new Map<string, number[]>();
  for (const [perturbation, own] of doses)
    ranked.set(
      perturbation,
      [...new Set(own.flatMap(({ dose }) => (dose === null ? [] : [dose])))].sort((a, b) => a - b),
    );
  return columns.map(({ perturbation, dose }) => {
    if (dose === null) return null;
    const all = ranked.get(perturbation)!;
    return (all.indexOf(dose) + 1) / all.length;
  });
}

/** Draws the overlay into a canvas of the whole picture's size; everything is cut at the plot's edges. */
export function drawOverlay(context: CanvasRenderingContext2D, overlay: HeatOverlay): void {
  const { view, frame, margins, rows, columns, colors, font } = overlay;
  const { cell } = view;
  const x = (place: number): number => margins.left + (place - view.x) * cell;
  const y = (place: number): number => margins.top + (place - view.y) * cell;
  const [firstRow, lastRow] = cellsInSight(view.y, cell, frame.height, rows.length);
  const [firstColumn, lastColumn] = cellsInSight(view.x, cell, frame.width, columns.length);
  const every = Math.max(1, Math.ceil(10 / cell));
  const isNamed = (place: number, chosen: number | undefined): boolean => place % every === 0 || place === chosen;
  const size = Math.max(9, Math.min(11, cell * 0.72));
  const style = (label: HeatLabel, chosen: boolean, plain: string): void => {
    const strong = chosen || overlay.bold.has(label.row);
    context.font = `${strong ? 650 : 400} ${size}px ${font}`;
    context.fillStyle = strong ? colors.ink : plain;
  };
  const clip = (left: number, top: number, width: number, height: number, draw: () => void): void => {
    context.save();
    context.beginPath();
    context.rect(left, top, width, height);
    context.clip();
    draw();
    context.restore();
  };

  clip(0, margins.top, margins.left, frame.height, () => {
    context.textAlign = "right";
    context.textBaseline = "middle";
    for (let place = firstRow; place <= lastRow; place++) {
      if (!isNamed(place, overlay.selected?.row)) continue;
      style(rows[place]!, place === overlay.selected?.row, colors.ink);
      context.fillText(cutName(context, rows[place]!.label), margins.left - 7, y(place + 0.5));
    }
    // Bars have gaps between them where cells have.
    const inset = cell >= 8 ? 1.5 : 0;
    if (overlay.annotation !== undefined) {
      const left = overlay.brackets.length > 0 ? DENDROGRAM + BAR + 8 : 2;
      for (let place = firstRow; place <= lastRow; place++) {
        const color = overlay.annotation[place] ?? null;
        if (color === null) continue;
        context.fillStyle = color;
        context.fillRect(left, y(place) + inset, BAR, Math.max(1, cell - 2 * inset));
      }
    }
    if (overlay.brackets.length === 0) return;
    drawTree(context, overlay, y, firstRow, lastRow);
    for (let place = firstRow; place <= lastRow; place++) {
      const cluster = overlay.clusters[place] ?? -1;
      if (cluster < 0) continue;
      context.fillStyle = colors.clusters[cluster % colors.clusters.length]!;
      context.fillRect(DENDROGRAM + 4, y(place) + inset, BAR, Math.max(1, cell - 2 * inset));
    }
  });

  const base = margins.top - (overlay.doses.some((dose) => dose !== null) ? DOSE + 4 : 2);
  clip(margins.left, 0, frame.width + margins.right, margins.top, () => {
    context.textAlign = "left";
    context.textBaseline = "middle";
    for (let place = firstColumn; place <= lastColumn; place++) {
      if (!isNamed(place, overlay.selected?.column)) continue;
      context.save();
      context.translate(x(place + 0.5), base - 3);
      context.rotate(-SLOPE);
      style(columns[place]!, place === overlay.selected?.column, colors.ink2);
      context.fillText(cutName(context, columns[place]!.label), 0, 0);
      context.restore();
    }
  });
  clip(margins.left, base, frame.width, DOSE + 4, () => {
    for (let place = firstColumn; place <= lastColumn; place++) {
      const share = overlay.doses[place];
      if (share === null || share === undefined) continue;
      const height = Math.max(1.5, share * DOSE);
      const inset = cell >= 5 ? 1 : 0;
      context.fillStyle = colors.faint;
      context.fillRect(x(place) + inset, margins.top - 2 - height, Math.max(1, cell - 2 * inset), height);
    }
  });

  const { selected } = overlay;
  if (selected === undefined) return;
  clip(margins.left - 2, margins.top - 2, frame.width + 4, frame.height + 4, () => {
    const edge = Math.max(6, cell);
    const inset = (edge - cell) / 2;
    context.strokeStyle = colors.ink;
    context.lineWidth = 1.8;
    context.strokeRect(x(selected.column) - inset - 0.5, y(selected.row) - inset - 0.5, edge + 0.4, edge + 0.4);
  });
}

/** A name as far as there is room for it, its end kept: doses stand there. */
export function cutName(context: Pick<CanvasRenderingContext2D, "measureText">, name: string): string {
  if (context.measureText(name).width <= LONGEST_NAME) return name;
  const tail = name.slice(-9);
  for (let head = name.length - 10; head > 0; head--) {
    const cut = `${name.slice(0, head)}…${tail}`;
    if (context.measureText(cut).width <= LONGEST_NAME) return cut;
  }
  return `…${tail}`;
}

/** Brackets that reach into the rows in sight, root at the left. */
function drawTree(
  context: CanvasRenderingContext2D,
  { brackets, colors }: HeatOverlay,
  y: (place: number) => number,
  first: number,
  last: number,
): void {
  const x = (share: number): number => DENDROGRAM - 2 - share * (DENDROGRAM - 6);
  context.strokeStyle = colors.lineStrong;
  context.lineWidth = 1.2;
  context.beginPath();
  for (const { low, high, height, lowFrom, highFrom } of brackets) {
    if (high < first || low > last + 1) continue;
    context.moveTo(x(lowFrom), y(low));
    context.lineTo(x(height), y(low));
    context.lineTo(x(height), y(high));
    context.lineTo(x(highFrom), y(high));
  }
  context.stroke();
}
