import { type ReactNode, type Ref, useCallback, useEffect, useImperativeHandle, useMemo, useRef } from "react";
import type { DivergingName } from "../model/color.ts";
import type { Bracket } from "../model/dendrogram.ts";
import type { HeatShown } from "../model/heat-cells.ts";
import type { HeatLabel } from "../model/heat-export.ts";
import {
  clampView,
  type HeatFrame,
  type HeatPlace,
  type HeatView,
  isSameView,
  startView,
  wholeView,
} from "../model/heat-view.ts";
import { CLUSTER_TOKENS, tokens, widestName } from "./heat-colors.ts";
import { doseShares, drawOverlay, heatMargins } from "./heat-overlay.ts";
import { markOnce } from "./mark-once.ts";
import { Note, useNote } from "./note.tsx";
import { useHeatHand } from "./use-heat-hand.ts";
import { type HeatSource, useHeatRenderer } from "./use-heat-renderer.ts";
import { useWidth } from "./use-width.ts";

/** A pair as row and column of the cells. */
export interface HeatPair {
  row: number;
  column: number;
}

/** What a picture can be asked for. */
export interface HeatPicture {
  /** The cells, names and bars as they are in sight. */
  png: () => Promise<Blob | null>;
}

/** Cells on the graphics card, names and bars on a canvas above them; dragging, the wheel and keys move; arrows walk the cells. */
export function MapHeatmap(props: {
  source: HeatSource;
  /** Names of the rows and columns of the cells. */
  rows: readonly HeatLabel[];
  columns: readonly HeatLabel[];
  rowOrder: Uint32Array;
  columnOrder: Uint32Array;
  shown: HeatShown;
  palette: DivergingName;
  brackets?: readonly Bracket[];
  clusters?: readonly number[];
  /** CSS colour of each row of the cells in the bar beside the names; null leaves a gap. */
  annotation?: readonly (string | null)[] | undefined;
  /** Rows of the group that are written bold. */
  bold?: ReadonlySet<number>;
  selected: HeatPair | undefined;
  onSelect: (pair: HeatPair) => void;
  /** What is said of a pair, in the note and to a screen reader. */
  words: (pair: HeatPair) => { text: string; note: ReactNode };
  view: HeatView | undefined;
  onView: (view: HeatView | undefined) => void;
  height?: number;
  /** What to draw with, unless what suits the machine. */
  renderer?: "canvas" | "webgl2" | undefined;
  ref?: Ref<HeatPicture>;
}) {
  const { source, rowOrder, columnOrder, shown, palette, selected } = props;
  const { ref: box, width } = useWidth<HTMLDivElement>(720);
  const cellsCanvas = useRef<HTMLCanvasElement>(null);
  const overlayCanvas = useRef<HTMLCanvasElement>(null);
  const { note, show, hide } = useNote();
  const rows = useMemo(() => Array.from(rowOrder, (at) => props.rows[at]!), [props.rows, rowOrder]);
  const columns = useMemo(() => Array.from(columnOrder, (at) => props.columns[at]!), [props.columns, columnOrder]);
  const annotation = useMemo(
    () => props.annotation && Array.from(rowOrder, (at) => props.annotation![at] ?? null),
    [props.annotation, rowOrder],
  );
  const doses = useMemo(() => doseShares(columns), [columns]);
  const margins = useMemo(
    () =>
      heatMargins(widestName(props.rows), widestName(props.columns), {
        tree: (props.brackets?.length ?? 0) > 0,
        annotation: props.annotation !== undefined,
        doses: props.columns.some(({ dose }) => dose !== null),
      }),
    [props.rows, props.columns, props.brackets, props.annotation],
  );
  const plotWidth = Math.max(60, width - margins.left - margins.right);
  const most = props.height ?? 640;
  const frame: HeatFrame = useMemo(() => {
    const free = { rows: rows.length, columns: columns.length, width: plotWidth, height: most - margins.top };
    // A map whose rows are all in sight takes no more height than it needs.
    const { cell } = startView(free);
    const fitted = wholeView({ ...free, height: Number.POSITIVE_INFINITY });
    return {
      ...free,
      height: Math.max(60, Math.min(free.height, Math.ceil(rows.length * Math.max(cell, fitted.cell)))),
    };
  }, [rows.length, columns.length, plotWidth, most, margins.top]);
  const height = margins.top + frame.height + margins.bottom;
  const place: HeatPlace | undefined = useMemo(() => {
    if (selected === undefined) return undefined;
    const at = { row: rowOrder.indexOf(selected.row), column: columnOrder.indexOf(selected.column) };
    return at.row < 0 || at.column < 0 ? undefined : at;
  }, [selected, rowOrder, columnOrder]);

  const view = useRef<HeatView>(startView(frame));
  const pending = useRef(0);
  const telling = useRef<ReturnType<typeof setTimeout>>(undefined);
  const drawNow = useRef<() => void>(() => undefined);
  drawNow.current = () => {
    const ratio = window.devicePixelRatio || 1;
    view.current = clampView(view.current, frame);
    renderer.current?.draw(view.current, frame.width, frame.height, ratio);
    markOnce(
      "heat:first",
      source.cells.tiles.some((tile) => tile !== undefined),
    );
    const canvas = overlayCanvas.current;
    const context = canvas?.getContext("2d");
    if (!canvas || !context) return;
    const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (canvas.width !== w || canvas.height !== h) [canvas.width, canvas.height] = [w, h];
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    const token = tokens();
    drawOverlay(context, {
      view: view.current,
      frame,
      margins,
      rows,
      columns,
      doses,
      brackets: props.brackets ?? [],
      clusters: props.clusters ?? [],
      annotation: annotation?.map((color) => (color?.startsWith("var(") ? token(color.slice(4, -1)) : color)),
      bold: props.bold ?? new Set(),
      selected: place,
      colors: {
        ink: token("--ink"),
        ink2: token("--ink-2"),
        faint: token("--ink-3"),
        lineStrong: token("--line-strong"),
        accent: token("--accent"),
        clusters: CLUSTER_TOKENS.map(token),
      },
      font: token("--font"),
    });
  };
  const draw = useCallback((): void => {
    if (pending.current !== 0) return;
    pending.current = requestAnimationFrame(() => {
      pending.current = 0;
      drawNow.current();
    });
  }, []);
  /** Moves and, when the hand rests, writes the view into the address. */
  const move = (next: HeatView): void => {
    view.current = next;
    draw();
    clearTimeout(telling.current);
    telling.current = setTimeout(() => {
      props.onView(isSameView(view.current, startView(frame)) ? undefined : view.current);
    }, 300);
  };

  const renderer = useHeatRenderer(
    cellsCanvas,
    { source, rowOrder, columnOrder, shown, palette, wanted: props.renderer },
    draw,
  );
  const wanted = props.view;
  useEffect(() => {
    view.current = clampView(wanted ?? startView(frame), frame);
  }, [wanted, frame]);
  useEffect(draw);
  useEffect(
    () => () => {
      cancelAnimationFrame(pending.current);
      pending.current = 0;
      clearTimeout(telling.current);
    },
    [],
  );
  useImperativeHandle(props.ref, () => ({
    png: () => {
      drawNow.current();
      const [cellsLayer, names] = [cellsCanvas.current!, overlayCanvas.current!];
      const sheet = new OffscreenCanvas(names.width, names.height);
      const context = sheet.getContext("2d")!;
      const ratio = names.width / width;
      context.fillStyle = tokens()("--surface");
      context.fillRect(0, 0, names.width, names.height);
      context.drawImage(cellsLayer, margins.left * ratio, margins.top * ratio);
      context.drawImage(names, 0, 0);
      return sheet.convertToBlob({ type: "image/png" });
    },
  }));

  const hand = useHeatHand(box, {
    view,
    frame,
    margins,
    place,
    onMove: move,
    onChoose: ({ row, column }) => {
      const pair = { row: row ?? place?.row, column: column ?? place?.column };
      props.onSelect({ row: rowOrder[pair.row ?? 0]!, column: columnOrder[pair.column ?? 0]! });
    },
    onHover: (event, at) =>
      at ? show(event, props.words({ row: rowOrder[at.row]!, column: columnOrder[at.column]! }).note) : hide(),
  });
  const now = selected ? props.words(selected).text : "Arrow keys walk the cells.";
  return (
    <div
      ref={box}
      className="heat with-note gl"
      style={{ height }}
      role="application"
      aria-roledescription="heat map"
      aria-label={`cosine similarity, ${rows.length} rows by ${columns.length} columns. ${now}`}
      tabIndex={0}
      {...hand}
      onPointerLeave={hide}
    >
      <canvas
        key={props.renderer ?? ""}
        ref={cellsCanvas}
        style={{ left: margins.left, top: margins.top, width: frame.width, height: frame.height }}
      />
      <canvas ref={overlayCanvas} style={{ left: 0, top: 0, width, height }} />
      <span className="visually-hidden" aria-live="polite">
        {selected ? now : ""}
      </span>
      <Note note={note} />
    </div>
  );
}
