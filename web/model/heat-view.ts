/** Which part of a heat map is in sight: panning, zooming, walking, and its text in the address. */

/** The window on a heat map: the cell at its left top corner, fractions included, and the edge of a cell in CSS pixels. */
export interface HeatView {
  x: number;
  y: number;
  cell: number;
}

/** Cells of a heat map and the size of its plot in CSS pixels. */
export interface HeatFrame {
  rows: number;
  columns: number;
  width: number;
  height: number;
}

/** A cell by its place as drawn. */
export interface HeatPlace {
  row: number;
  column: number;
}

const LARGEST_CELL = 48;
/** A whole map of few rows stays as dense as the tables beside it. */
const FITTED_CELL = 22;

const clamp = (value: number, low: number, high: number): number => Math.max(low, Math.min(high, value));

/** The cell edge at which everything is in sight. */
export const wholeCell = ({ rows, columns, width, height }: HeatFrame): number =>
  Math.min(FITTED_CELL, width / Math.max(1, columns), height / Math.max(1, rows));

/** Keeps a view inside the map: no emptier than the whole of it, no larger than cells can be read. */
export function clampView(view: HeatView, frame: HeatFrame): HeatView {
  const cell = clamp(view.cell, wholeCell(frame), LARGEST_CELL);
  return {
    cell,
    x: clamp(view.x, 0, Math.max(0, frame.columns - frame.width / cell)),
    y: clamp(view.y, 0, Math.max(0, frame.rows - frame.height / cell)),
  };
}

/** The whole map. */
export const wholeView = (frame: HeatFrame): HeatView => ({ x: 0, y: 0, cell: wholeCell(frame) });

/** Cells of a long map, whose names can be read. */
const READABLE_CELL = 14;
/** A map whose one side would fit at cells so many times larger than the other's is long. */
const LONG = 4;

/** What a map opens with: all of it, or of a long one, such as a dozen targets × all doses of a library, its beginning along the long side. */
export function startView(frame: HeatFrame): HeatView {
  const whole = wholeView(frame);
  const shortSide = Math.max(frame.width / Math.max(1, frame.columns), frame.height / Math.max(1, frame.rows));
  return shortSide < LONG * whole.cell || whole.cell >= READABLE_CELL
    ? whole
    : { ...whole, cell: Math.min(READABLE_CELL, shortSide) };
}

/** Whether two views are one to the eye. */
export const isSameView = (a: HeatView, b: HeatView): boolean =>
  Math.abs(a.cell - b.cell) < 1e-6 && Math.abs(a.x - b.x) < 1e-6 && Math.abs(a.y - b.y) < 1e-6;

/**
 * Moves the map under the pointer.
 * @param dx CSS pixels to the right, as the hand moves
 */
export const panView = (view: HeatView, frame: HeatFrame, dx: number, dy: number): HeatView =>
  clampView({ ...view, x: view.x - dx / view.cell, y: view.y - dy / view.cell }, frame);

/**
 * Enlarges around a point, which stays where it is.
 * @param factor above 1 enlarges
 * @param at CSS pixels from the plot's left top corner; its middle unless told
 */
export function zoomView(view: HeatView, frame: HeatFrame, factor: number, at?: { x: number; y: number }): HeatView {
  const point = at ?? { x: frame.width / 2, y: frame.height / 2 };
  const cell = clamp(view.cell * factor, wholeCell(frame), LARGEST_CELL);
  return clampView(
    { cell, x: view.x + point.x / view.cell - point.x / cell, y: view.y + point.y / view.cell - point.y / cell },
    frame,
  );
}

/** Moves no further than it takes to bring a cell into sight. */
export function revealPlace(view: HeatView, frame: HeatFrame, { row, column }: HeatPlace): HeatView {
  const along = (start: number, seen: number, cell: number): number =>
    cell < start ? cell : cell + 1 > start + seen ? cell + 1 - seen : start;
  return clampView(
    {
      ...view,
      x: along(view.x, frame.width / view.cell, column),
      y: along(view.y, frame.height / view.cell, row),
    },
    frame,
  );
}

/** The cell under a point; undefined beside the map. */
export function placeAt(view: HeatView, frame: HeatFrame, x: number, y: number): HeatPlace | undefined {
  if (x < 0 || y < 0 || x >= frame.width || y >= frame.height) return undefined;
  const [row, column] = [Math.floor(view.y + y / view.cell), Math.floor(view.x + x / view.cell)];
  return row < frame.rows && column < frame.columns ? { row, column } : undefined;
}

/** Row and column in line with a point, each undefined where the point is beside the map along that axis: what a name beside the cells stands for. */
export function placeAlong(view: HeatView, frame: HeatFrame, x: number, y: number): Partial<HeatPlace> {
  const [row, column] = [Math.floor(view.y + y / view.cell), Math.floor(view.x + x / view.cell)];
  return {
    ...(y >= 0 && y < frame.height && row < frame.rows ? { row } : {}),
    ...(x >= 0 && x < frame.width && column < frame.columns ? { column } : {}),
  };
}

/** First and last cell in sight along one axis. */
export function cellsInSight(start: number, cell: number, lengthPx: number, count: number): [number, number] {
  return [Math.max(0, Math.floor(start)), Math.min(count - 1, Math.ceil(start + lengthPx / cell) - 1)];
}

/**
 * Level of the pyramid (0 = one cell a cosine, each further one 2 × 2 of the one before) whose cells are at least a pixel of the screen,
 * so that none falls between pixels.
 */
export const levelOfView = (cell: number, pixelRatio: number): number =>
  Math.max(0, Math.ceil(-Math.log2(cell * pixelRatio) - 1e-9));

/** A view in an address: "12.5,40,18". */
export const viewText = ({ x, y, cell }: HeatView): string => [x, y, cell].map((v) => Number(v.toFixed(2))).join(",");

/** The view that an address names; undefined for anything else. */
export function parseView(text: string | undefined): HeatView | undefined {
  const [x, y, cell, ...rest] = (text ?? "").split(",").map((part) => (part.trim() === "" ? Number.NaN : Number(part)));
  if (rest.length > 0 || x === undefined || y === undefined || cell === undefined) return undefined;
  return [x, y, cell].every(Number.isFinite) && cell > 0 ? { x, y, cell } : undefined;
}

/** The cell that a key leads to; undefined for keys that do not walk. */
export function walkPlace(at: HeatPlace, key: string, rows: number, columns: number): HeatPlace | undefined {
  const to = {
    ArrowUp: { ...at, row: at.row - 1 },
    ArrowDown: { ...at, row: at.row + 1 },
    ArrowLeft: { ...at, column: at.column - 1 },
    ArrowRight: { ...at, column: at.column + 1 },
    Home: { ...at, column: 0 },
    End: { ...at, column: columns - 1 },
    PageUp: { ...at, row: at.row - 12 },
    PageDown: { ...at, row: at.row + 12 },
  }[key];
  return to && { row: clamp(to.row, 0, rows - 1), column: clamp(to.column, 0, columns - 1) };
}
