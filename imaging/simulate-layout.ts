import type { RandomStream } from "./simulate-random.ts";
import { type PlateFormat, parseWell, wellName } from "./well.ts";

/** The wells that are imaged, as an instrument's stage goes: row by row, every second row backwards. */
export function snakeOrder(format: PlateFormat, border: number): string[] {
  const wells: string[] = [];
  for (let row = border; row < format.rows - border; row++) {
    const columns = Array.from({ length: format.columns - 2 * border }, (_, i) => border + i);
    if ((row - border) % 2 === 1) columns.reverse();
    for (const column of columns) wells.push(wellName(row, column));
  }
  return wells;
}

/**
 * Places two kinds of controls and a list of samples on wells. Each control kind gets one well in every stretch of the imaging order, so
 * that both are seen early and all over the plate; of many shuffled candidates the one is taken in which neither kind is tied to rows,
 * columns or the edge.
 * @param wells in imaging order
 * @returns an item for each well; undefined where there are more wells than items
 */
export function shuffledLayout<T>(
  wells: readonly string[],
  first: readonly T[],
  second: readonly T[],
  samples: readonly T[],
  random: RandomStream,
): (T | undefined)[] {
  let best: { imbalance: number; firstAt: number[]; secondAt: number[] } | undefined;
  for (let attempt = 0; attempt < 60; attempt++) {
    const firstAt: number[] = [];
    const secondAt: number[] = [];
    const stretches = Math.max(first.length, second.length);
    for (let k = 0; k < stretches; k++) {
      const start = Math.floor((k * wells.length) / stretches);
      const end = Math.floor(((k + 1) * wells.length) / stretches);
      const places = random.shuffled(Array.from({ length: end - start }, (_, i) => start + i));
      if (k < first.length) firstAt.push(places[0]!);
      if (k < second.length) secondAt.push(places[1] ?? places[0]!);
    }
    const imbalance = difference(wells, firstAt, secondAt);
    if (best === undefined || imbalance < best.imbalance) best = { imbalance, firstAt, secondAt };
  }
  const layout = new Array<T | undefined>(wells.length).fill(undefined);
  best?.firstAt.forEach((place, i) => {
    layout[place] = first[i];
  });
  best?.secondAt.forEach((place, i) => {
    layout[place] = second[i];
  });
  const free = random.shuffled(layout.flatMap((item, place) => (item === undefined ? [place] : [])));
  samples.forEach((item, i) => {
    layout[free[i]!] = item;
  });
  return layout;
}

/** How differently two sets of wells lie on the plate: their mean rows, columns and distances from the middle column. */
function difference(wells: readonly string[], a: readonly number[], b: readonly number[]): number {
  const places = wells.map(parseWell);
  const middle = places.reduce((sum, place) => sum + place.column, 0) / places.length;
  const mean = (at: readonly number[], of: (place: { row: number; column: number }) => number): number =>
    at.reduce((sum, i) => sum + of(places[i]!), 0) / Math.max(1, at.length);
  return (
    Math.abs(mean(a, (p) => p.row) - mean(b, (p) => p.row)) +
    Math.abs(mean(a, (p) => p.column) - mean(b, (p) => p.column)) +
    Math.abs(mean(a, (p) => Math.abs(p.column - middle)) - mean(b, (p) => Math.abs(p.column - middle)))
  );
}
