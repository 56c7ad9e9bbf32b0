import {
  type KeyboardEvent,
  type PointerEvent,
  type ReactNode,
  type Ref,
  useCallback,
  useEffect,
  useImperativeHandle,
  useMemo,
  useRef,
  useState,
} from "react";
import { type DivergingName, diverging } from "../model/color.ts";
import type { Bracket } from "../model/dendrogram.ts";
import type { HeatCells, HeatShown } from "../model/heat-cells.ts";
import type { HeatLabel } from "../model/heat-export.ts";
import {
  clampView,
  type HeatFrame,
  type HeatPlace,
  type HeatView,
  panView,
  placeAt,
  revealPlace,
  walkPlace,
  wholeView,
  zoomView,
} from "../model/heat-view.ts";
import { useHints } from "../ui/keys.ts";
import { useTheme } from "../ui/theme.ts";
import { doseShares, drawOverlay, heatMargins } from "./heat-overlay.ts";
import { type HeatColors, type HeatRenderer, heatRenderer } from "./heat-renderer.ts";
import { Note, useNote } from "./note.tsx";
import { useWidth } from "./use-width.ts";

/** Cells with news of tiles as they come. */
export interface HeatSource {
  cells: HeatCells;
  /** @returns ends the listening */
  onTile: (listener: (index: number) => void) => () => void;
}

/** A pair as row and column of the cells. */
export interface HeatPair {
  row: number;
  column: number;
}

/** What a picture can be asked for. */
export interface HeatPicture {
  /** The cells, names and bars as they are in sight. */
  png: () => Promise<Blob | null>;
  /** Milliseconds of each of `frames` frames while the map is panned over. */
  panTimes: (frames: number) => Promise<number[]>;
}

const CLUSTERS = ["--ch-1", "--ch-2", "--ch-3", "--ch-6", "--ch-4", "--ch-5"] as const;
const ZOOM_STEP = 1.25;
/** A pointer that moved less than this has chosen, not dragged. */
const DRAG_PX = 4;

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
  /** Rows of the group that are written bold. */
  bold?: ReadonlySet<number>;
  selected: HeatPair | undefined;
  onSelect: (pair: HeatPair) => void;
  /** What is said of a pair, in the note and to a screen reader. */
  words: (pair: HeatPair) => { text: string; note: ReactNode };
  view: HeatView | undefined;
  onView: (view: HeatView | undefined) => void;
  height?: number;
  /** Draw without the graphics card. */
  plain?: boolean;
  ref?: Ref<HeatPicture>;
}) {
  const { source, rowOrder, columnOrder, shown, palette, selected } = props;
  const { ref: box, width } = useWidth<HTMLDivElement>(720);
  const cellsCanvas = useRef<HTMLCanvasElement>(null);
  const overlayCanvas = useRef<HTMLCanvasElement>(null);
  const { note, show, hide } = useNote();
  const theme = useTheme();
  const rows = useMemo(() => Array.from(rowOrder, (at) => props.rows[at]!), [props.rows, rowOrder]);
  const columns = useMemo(() => Array.from(columnOrder, (at) => props.columns[at]!), [props.columns, columnOrder]);
  const doses = useMemo(() => doseShares(columns), [columns]);
  const margins = useMemo(
    () =>
      heatMargins(widestName(props.rows), widestName(props.columns), {
        tree: (props.brackets?.length ?? 0) > 0,
        doses: props.columns.some(({ dose }) => dose !== null),
      }),
    [props.rows, props.columns, props.brackets],
  );
  const plotWidth = Math.max(60, width - margins.left - margins.right);
  const most = props.height ?? 640;
  const frame: HeatFrame = useMemo(() => {
    const free = { rows: rows.length, columns: columns.length, width: plotWidth, height: most - margins.top };
    // A map that is in sight as a whole takes no more height than it needs.
    const { cell } = wholeView({ ...free, height: Number.POSITIVE_INFINITY });
    return { ...free, height: Math.max(60, Math.min(free.height, Math.ceil(rows.length * cell))) };
  }, [rows.length, columns.length, plotWidth, most, margins.top]);
  const height = margins.top + frame.height + margins.bottom;
  const place: HeatPlace | undefined = useMemo(() => {
    if (selected === undefined) return undefined;
    const at = { row: rowOrder.indexOf(selected.row), column: columnOrder.indexOf(selected.column) };
    return at.row < 0 || at.column < 0 ? undefined : at;
  }, [selected, rowOrder, columnOrder]);

  const renderer = useRef<HeatRenderer>(undefined);
  const view = useRef<HeatView>(wholeView(frame));
  const pending = useRef(0);
  const telling = useRef<ReturnType<typeof setTimeout>>(undefined);
  const drawNow = useRef<() => void>(() => undefined);
  drawNow.current = () => {
    const ratio = window.devicePixelRatio || 1;
    view.current = clampView(view.current, frame);
    renderer.current?.draw(view.current, frame.width, frame.height, ratio);
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
      bold: props.bold ?? new Set(),
      selected: place,
      colors: {
        ink: token("--ink"),
        ink2: token("--ink-2"),
        faint: token("--ink-3"),
        lineStrong: token("--line-strong"),
        accent: token("--accent"),
        clusters: CLUSTERS.map(token),
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
      const whole = wholeView(frame);
      const isWhole = Math.abs(view.current.cell - whole.cell) < 1e-6;
      props.onView(isWhole ? undefined : view.current);
    }, 300);
  };

  // A graphics card that was taken away comes back empty: everything is told again.
  const [life, setLife] = useState(0);
  const plain = props.plain ?? false;
  // biome-ignore lint/correctness/useExhaustiveDependencies: another life is another renderer
  useEffect(() => {
    const canvas = cellsCanvas.current;
    if (canvas === null) return;
    const made = heatRenderer(canvas, source.cells, plain);
    renderer.current = made;
    canvas.dataset.renderer = made.kind;
    source.cells.tiles.forEach((tile, index) => {
      if (tile !== undefined) made.setTile(index);
    });
    const end = source.onTile((index) => {
      made.setTile(index);
      draw();
    });
    const onLost = (event: Event): void => event.preventDefault();
    const onRestored = (): void => setLife((lives) => lives + 1);
    canvas.addEventListener("webglcontextlost", onLost);
    canvas.addEventListener("webglcontextrestored", onRestored);
    return () => {
      end();
      canvas.removeEventListener("webglcontextlost", onLost);
      canvas.removeEventListener("webglcontextrestored", onRestored);
      made.dispose();
      renderer.current = undefined;
    };
  }, [source, plain, life, draw]);
  // After the renderer: what is told here goes to the one that was just made.
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new renderer is told again
  useEffect(() => renderer.current?.setOrder(rowOrder, columnOrder), [source, plain, life, rowOrder, columnOrder]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new renderer is told again
  useEffect(() => renderer.current?.setShown(shown), [source, plain, life, shown]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another theme has other colours
  useEffect(() => renderer.current?.setColors(heatColors(palette)), [source, plain, life, palette, theme]);
  const wanted = props.view;
  useEffect(() => {
    view.current = clampView(wanted ?? wholeView(frame), frame);
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
  useEffect(() => {
    const query = matchMedia("(prefers-color-scheme: dark)");
    const onChange = (): void => {
      renderer.current?.setColors(heatColors(palette));
      draw();
    };
    query.addEventListener("change", onChange);
    return () => query.removeEventListener("change", onChange);
  }, [palette, draw]);

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
    panTimes: async (frames) => {
      const times: number[] = [];
      for (let k = 0; k < frames; k++) {
        const start = performance.now();
        view.current = panView(view.current, frame, -7, -5);
        drawNow.current();
        await new Promise(requestAnimationFrame);
        times.push(performance.now() - start);
      }
      return times;
    },
  }));

  useHints([
    { key: "↑ ↓ ← →", label: "walk the cells of the map" },
    { key: "Shift + arrows", label: "pan the map" },
    { key: "+ − 0", label: "enlarge, reduce, show the whole map" },
  ]);
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const centre = place
      ? {
          x: (place.column + 0.5 - view.current.x) * view.current.cell,
          y: (place.row + 0.5 - view.current.y) * view.current.cell,
        }
      : undefined;
    const pan = { ArrowUp: [0, 80], ArrowDown: [0, -80], ArrowLeft: [80, 0], ArrowRight: [-80, 0] }[event.key];
    if (event.key === "+" || event.key === "=") move(zoomView(view.current, frame, ZOOM_STEP, centre));
    else if (event.key === "-") move(zoomView(view.current, frame, 1 / ZOOM_STEP, centre));
    else if (event.key === "0") move(wholeView(frame));
    else if (event.shiftKey && pan) move(panView(view.current, frame, pan[0]!, pan[1]!));
    else {
      const to = place
        ? walkPlace(place, event.key, rows.length, columns.length)
        : walkPlace({ row: 0, column: 0 }, event.key, rows.length, columns.length) && { row: 0, column: 0 };
      if (to === undefined) return;
      const next = revealPlace(view.current, frame, to);
      if (next.x !== view.current.x || next.y !== view.current.y) move(next);
      choose(to);
    }
    event.preventDefault();
  };
  const choose = (to: HeatPlace): void => props.onSelect({ row: rowOrder[to.row]!, column: columnOrder[to.column]! });
  const placeOf = (event: { clientX: number; clientY: number; currentTarget: Element }): HeatPlace | undefined => {
    const rectangle = event.currentTarget.getBoundingClientRect();
    return placeAt(
      view.current,
      frame,
      event.clientX - rectangle.left - margins.left,
      event.clientY - rectangle.top - margins.top,
    );
  };
  const hand = useRef<{ x: number; y: number; far: boolean }>(undefined);
  const onPointerDown = (event: PointerEvent<HTMLDivElement>): void => {
    if (event.button !== 0) return;
    hand.current = { x: event.clientX, y: event.clientY, far: false };
    event.currentTarget.setPointerCapture(event.pointerId);
  };
  const onPointerMove = (event: PointerEvent<HTMLDivElement>): void => {
    const held = hand.current;
    if (held === undefined) {
      const at = placeOf(event);
      if (at) show(event, props.words({ row: rowOrder[at.row]!, column: columnOrder[at.column]! }).note);
      else hide();
      return;
    }
    const [dx, dy] = [event.clientX - held.x, event.clientY - held.y];
    if (!held.far && Math.hypot(dx, dy) < DRAG_PX) return;
    hide();
    hand.current = { x: event.clientX, y: event.clientY, far: true };
    move(panView(view.current, frame, dx, dy));
  };
  const onPointerUp = (event: PointerEvent<HTMLDivElement>): void => {
    const held = hand.current;
    hand.current = undefined;
    const at = held && !held.far ? placeOf(event) : undefined;
    if (at) choose(at);
  };
  // React's wheel listeners are passive: the page would scroll as well.
  const wheel = useRef<(event: WheelEvent) => void>(() => undefined);
  wheel.current = (event) => {
    const rectangle = box.current!.getBoundingClientRect();
    event.preventDefault();
    const at = { x: event.clientX - rectangle.left - margins.left, y: event.clientY - rectangle.top - margins.top };
    if (event.ctrlKey || event.deltaMode !== 0 || (event.deltaX === 0 && !event.shiftKey))
      move(zoomView(view.current, frame, Math.exp(-event.deltaY * 0.0018), at));
    else
      move(
        panView(
          view.current,
          frame,
          -event.deltaX - (event.shiftKey ? event.deltaY : 0),
          event.shiftKey ? 0 : -event.deltaY,
        ),
      );
  };
  useEffect(() => {
    const element = box.current;
    const onWheel = (event: WheelEvent): void => wheel.current(event);
    element?.addEventListener("wheel", onWheel, { passive: false });
    return () => element?.removeEventListener("wheel", onWheel);
  }, [box]);

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
      onKeyDown={onKeyDown}
      onPointerDown={onPointerDown}
      onPointerMove={onPointerMove}
      onPointerUp={onPointerUp}
      onPointerLeave={hide}
    >
      <canvas
        key={String(plain)}
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

/** Reads design tokens as they are now. */
function tokens(): (name: string) => string {
  const style = getComputedStyle(document.documentElement);
  return (name) => style.getPropertyValue(name).trim();
}

/** The palette by byte, and the page's colours as numbers. */
function heatColors(palette: DivergingName): HeatColors {
  const bytes = new Uint8Array(4 * 256);
  for (let byte = -128; byte < 128; byte++)
    bytes.set([...diverging(Math.max(-1, byte / 127), palette), 255], 4 * (byte + 128));
  const token = tokens();
  // A canvas writes any CSS colour as #rrggbb.
  const pen = new OffscreenCanvas(1, 1).getContext("2d")!;
  const rgb = (name: string): [number, number, number] => {
    pen.fillStyle = token(name);
    const code = Number.parseInt(String(pen.fillStyle).slice(1), 16);
    return [code >> 16, (code >> 8) & 255, code & 255];
  };
  return { palette: bytes, surface: rgb("--surface"), sunken: rgb("--sunken"), line: rgb("--line-strong") };
}

/** Width of the widest name in CSS pixels; of thousands, the longest ones are measured. */
function widestName(labels: readonly HeatLabel[]): number {
  const pen = new OffscreenCanvas(1, 1).getContext("2d")!;
  pen.font = `650 11px ${tokens()("--font")}`;
  const longest = labels
    .map(({ label }) => label)
    .sort((a, b) => b.length - a.length)
    .slice(0, 40);
  return Math.max(0, ...longest.map((label) => pen.measureText(label).width));
}
