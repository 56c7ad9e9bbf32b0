import type { ExperimentMap } from "@artesian/server/api.ts";
import { type KeyboardEvent, useEffect, useId, useMemo, useRef } from "react";
import { type DivergingName, diverging } from "../model/color.ts";
import { formatFixed } from "../model/format.ts";
import { heatGeometry, stepCell } from "../model/heatmap.ts";
import { Hatch } from "./glyphs.tsx";
import { Note, useNote } from "./note.tsx";
import { useWidth } from "./use-width.ts";

/** A pair of perturbations by their indexes. */
export interface MapCell {
  row: number;
  column: number;
}

/** Cells on a canvas (one draw whatever the size), labels and selection as SVG above; arrows walk the cells. */
export function SimilarityHeatmap(props: {
  map: ExperimentMap;
  order: readonly number[];
  palette: DivergingName;
  /** Selected pair as indexes into the map's perturbations. */
  selected: MapCell | undefined;
  onSelect: (cell: MapCell) => void;
}) {
  const { map, order, palette, selected } = props;
  const n = order.length;
  const { ref, width } = useWidth<HTMLDivElement>(640);
  const canvas = useRef<HTMLCanvasElement>(null);
  const hatch = useId();
  const { note, show, hide } = useNote();
  const label = (index: number): string => map.perturbations[index]?.label ?? "";
  const longest = useMemo(() => Math.max(4, ...map.perturbations.map((p) => p.label.length)), [map.perturbations]);
  const { cell, left, top, side } = heatGeometry(n, longest, width);
  const total = map.perturbations.length;
  const value = (row: number, column: number): number | null =>
    map.cosine[order[row]! * total + order[column]!] ?? null;

  useEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (!context || n === 0) return;
    const image = context.createImageData(n, n);
    for (let row = 0; row < n; row++)
      for (let column = 0; column < n; column++) {
        const cosine = map.cosine[order[row]! * total + order[column]!];
        if (cosine === null || cosine === undefined) continue;
        const [r, g, b] = diverging(Math.max(-1, Math.min(1, cosine)), palette);
        image.data.set([r, g, b, 255], (row * n + column) * 4);
      }
    context.putImageData(image, 0, 0);
  }, [map, order, palette, n, total]);

  const at = selected ? { row: order.indexOf(selected.row), column: order.indexOf(selected.column) } : undefined;
  const choose = (to: MapCell): void => props.onSelect({ row: order[to.row]!, column: order[to.column]! });
  const onKeyDown = (event: KeyboardEvent): void => {
    if (!event.key.startsWith("Arrow") && event.key !== "Home" && event.key !== "End") return;
    event.preventDefault();
    choose(at && at.row >= 0 ? stepCell(at, event.key, n) : { row: 0, column: 0 });
  };
  const cellAt = (event: { clientX: number; clientY: number; currentTarget: Element }): MapCell | undefined => {
    const box = event.currentTarget.getBoundingClientRect();
    const column = Math.floor((event.clientX - box.left - left) / cell);
    const row = Math.floor((event.clientY - box.top - top) / cell);
    return row >= 0 && row < n && column >= 0 && column < n ? { row, column } : undefined;
  };
  const words = (c: MapCell): string => {
    const cosine = value(c.row, c.column);
    return `${label(order[c.row]!)} × ${label(order[c.column]!)}: ${cosine === null ? "cannot be computed" : `cosine ${formatFixed(cosine, 2)}`}`;
  };
  const missing = useMemo(() => {
    const cells: MapCell[] = [];
    for (let row = 0; row < n; row++)
      for (let column = 0; column < n; column++)
        if ((map.cosine[order[row]! * total + order[column]!] ?? null) === null) cells.push({ row, column });
    return cells;
  }, [map, order, n, total]);
  const every = Math.max(1, Math.ceil(11 / cell));
  const height = top + side + 4;
  return (
    <div className="heat with-note" ref={ref} style={{ height }}>
      <canvas
        ref={canvas}
        data-layer=""
        data-x={left}
        data-y={top}
        data-width={side}
        data-height={side}
        width={n}
        height={n}
        style={{ left, top, width: side, height: side }}
      />
      <svg
        width={width}
        height={height}
        viewBox={`0 0 ${width} ${height}`}
        data-export=""
        role="application"
        aria-roledescription="heat map"
        aria-label={`cosine similarity of ${n} perturbations. ${at && at.row >= 0 ? words(at) : "Arrow keys walk the cells."}`}
        tabIndex={0}
        style={{ position: "absolute", left: 0, top: 0 }}
        onKeyDown={onKeyDown}
        onClick={(event) => {
          const c = cellAt(event);
          if (c) choose(c);
        }}
        onPointerMove={(event) => {
          const c = cellAt(event);
          if (c) show(event, words(c));
          else hide();
        }}
        onPointerLeave={hide}
      >
        <defs>
          <Hatch id={hatch} />
        </defs>
        {cell >= 9
          ? Array.from({ length: n + 1 }, (_, k) => k * cell).map((offset) => (
              <g key={offset} pointerEvents="none">
                <line
                  x1={left}
                  x2={left + side}
                  y1={top + offset}
                  y2={top + offset}
                  stroke="var(--surface)"
                  strokeWidth={0.8}
                />
                <line
                  y1={top}
                  y2={top + side}
                  x1={left + offset}
                  x2={left + offset}
                  stroke="var(--surface)"
                  strokeWidth={0.8}
                />
              </g>
            ))
          : null}
        {missing.map((c) => (
          <rect
            key={`${c.row}.${c.column}`}
            x={left + c.column * cell}
            y={top + c.row * cell}
            width={cell - 0.8}
            height={cell - 0.8}
            fill={`url(#${hatch})`}
          />
        ))}
        {order.map((index, k) =>
          k % every === 0 ? (
            <g key={index} pointerEvents="none">
              <text
                x={left - 7}
                y={top + k * cell + cell / 2 + 3.6}
                textAnchor="end"
                style={{
                  fontSize: Math.min(11, cell),
                  fontWeight: index === selected?.row ? 650 : 400,
                  fill: map.perturbations[index]?.trusted === false ? "var(--ink-soft)" : "var(--ink)",
                }}
              >
                {label(index)}
              </text>
              <text
                transform={`translate(${left + k * cell + cell / 2 + 3.5} ${top - 6}) rotate(-55)`}
                style={{
                  fontSize: Math.min(10, cell),
                  fontWeight: index === selected?.column ? 650 : 400,
                  fill: "var(--ink-2)",
                }}
              >
                {label(index)}
              </text>
            </g>
          ) : null,
        )}
        {at && at.row >= 0 && at.column >= 0 ? (
          <rect
            x={left + at.column * cell - 1}
            y={top + at.row * cell - 1}
            width={cell + 1.2}
            height={cell + 1.2}
            fill="none"
            stroke="var(--ink)"
            strokeWidth={1.8}
            pointerEvents="none"
          />
        ) : null}
      </svg>
      <Note note={note} />
    </div>
  );
}
