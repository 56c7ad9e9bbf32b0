import { type KeyboardEvent, type PointerEvent, type RefObject, useEffect, useRef } from "react";
import {
  type HeatFrame,
  type HeatPlace,
  type HeatView,
  isSameView,
  panView,
  placeAlong,
  placeAt,
  revealPlace,
  startView,
  walkPlace,
  wholeView,
  zoomView,
} from "../model/heat-view.ts";
import { useHints } from "../ui/keys.ts";
import type { HeatMargins } from "./heat-overlay.ts";

const ZOOM_STEP = 1.25;
/** A pointer that moved less than this has chosen, not dragged. */
const DRAG_PX = 4;

type Point = { clientX: number; clientY: number; currentTarget: Element };

/** Moves a heat map by pointer, wheel and keys, and chooses cells, rows by their names, columns by theirs. */
export function useHeatHand(
  box: RefObject<HTMLElement | null>,
  map: {
    view: RefObject<HeatView>;
    frame: HeatFrame;
    margins: HeatMargins;
    place: HeatPlace | undefined;
    onMove: (next: HeatView) => void;
    /** Of a name only its row or its column. */
    onChoose: (place: Partial<HeatPlace>) => void;
    onHover: (event: PointerEvent<HTMLElement>, place: HeatPlace | undefined) => void;
  },
) {
  const { view, frame, margins, place, onMove: move } = map;
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
    // Back to what the map opened with; of a long map, once more for all of it.
    else if (event.key === "0") move(isSameView(view.current, startView(frame)) ? wholeView(frame) : startView(frame));
    else if (event.shiftKey && pan) move(panView(view.current, frame, pan[0]!, pan[1]!));
    else {
      const to = place
        ? walkPlace(place, event.key, frame.rows, frame.columns)
        : walkPlace({ row: 0, column: 0 }, event.key, frame.rows, frame.columns) && { row: 0, column: 0 };
      if (to === undefined) return;
      const next = revealPlace(view.current, frame, to);
      if (next.x !== view.current.x || next.y !== view.current.y) move(next);
      map.onChoose(to);
    }
    event.preventDefault();
  };
  const inPlot = (event: Point): { x: number; y: number } => {
    const rectangle = event.currentTarget.getBoundingClientRect();
    return { x: event.clientX - rectangle.left - margins.left, y: event.clientY - rectangle.top - margins.top };
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
      const { x, y } = inPlot(event);
      map.onHover(event, placeAt(view.current, frame, x, y));
      return;
    }
    const [dx, dy] = [event.clientX - held.x, event.clientY - held.y];
    if (!held.far && Math.hypot(dx, dy) < DRAG_PX) return;
    map.onHover(event, undefined);
    hand.current = { x: event.clientX, y: event.clientY, far: true };
    move(panView(view.current, frame, dx, dy));
  };
  const onPointerUp = (event: PointerEvent<HTMLDivElement>): void => {
    const held = hand.current;
    hand.current = undefined;
    if (held === undefined || held.far) return;
    const { x, y } = inPlot(event);
    const cell = placeAt(view.current, frame, x, y);
    const { row, column } = placeAlong(view.current, frame, x, y);
    if (cell) map.onChoose(cell);
    else if (x < 0 && row !== undefined) map.onChoose({ row });
    else if (y < 0 && column !== undefined) map.onChoose({ column });
  };
  // React's wheel listeners are passive: the page would scroll as well.
  const wheel = useRef<(event: WheelEvent) => void>(() => undefined);
  wheel.current = (event) => {
    event.preventDefault();
    const at = inPlot({ clientX: event.clientX, clientY: event.clientY, currentTarget: box.current! });
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
  return { onKeyDown, onPointerDown, onPointerMove, onPointerUp };
}
