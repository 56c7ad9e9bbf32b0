import type { GridPlate, GridWell } from "@artesian/server/api.ts";
import { type KeyboardEvent, memo, useId, useMemo } from "react";
import { cssColor, inkOn, viridis } from "../model/color.ts";
import { formatDose, formatNumber } from "../model/format.ts";
import { faultLabel, roleGlyph, wellGlyph } from "../model/glyph.ts";
import { isGridKey, rowLetters, stepWell, wellAt } from "../model/plate-layout.ts";
import { GlyphMark, Hatch } from "./glyphs.tsx";
import { Note, useNote } from "./note.tsx";

const WIDTH = 268;
const LEFT = 16;
const TOP = 12;

/** One scale for all plates. */
export interface PlateScale {
  low: number;
  high: number;
}

/** A well in words, for the pointer and for screen readers. */
export function wellWords(well: GridWell, metric: string): string {
  const treatment = well.perturbation
    ? `${well.perturbation.name}${well.doseUm === null ? "" : ` ${formatDose(well.doseUm)}`}`
    : well.role;
  const value =
    well.value === null
      ? well.status === "waiting"
        ? "no image yet"
        : "no value"
      : `${metric} ${formatNumber(well.value)}`;
  const flags = well.flags.map(faultLabel).join(", ");
  return [well.well, treatment, value, flags, well.verdict ? `verdict ${well.verdict}` : ""]
    .filter((part) => part !== "")
    .join(" · ");
}

const share = (value: number, scale: PlateScale): number =>
  scale.high > scale.low ? (value - scale.low) / (scale.high - scale.low) : 0.5;

/** Controls are outlined: negative thin, positive thick. */
const outline = (well: GridWell): number => {
  const glyph = roleGlyph(well.role);
  return glyph === "positive-control" ? 1.7 : glyph === "negative-control" ? 0.9 : 0;
};

/**
 * A plate as a grid from its format; positions that the layout does not use are empty, wells without an image hatched.
 * One tab stop; arrows walk the wells, Enter opens.
 */
export const PlateGrid = memo(function PlateGrid(props: {
  plate: GridPlate;
  scale: PlateScale | null;
  metric: string;
  selected?: string | undefined;
  medians?: boolean;
  onSelect: (plate: string, well: string) => void;
  /** Enter on the selected well. */
  onOpen: () => void;
}) {
  const { plate, scale, selected } = props;
  const hatch = useId();
  const { note, show, hide } = useNote();
  const { rows, columns } = plate.format;
  const margin = props.medians ? 2 : 0;
  const step = (WIDTH - LEFT - 2) / (columns + margin);
  const size = step - Math.max(1, step * 0.06);
  const height = TOP + step * (rows + margin) + 2;
  const wells = useMemo(() => new Map(plate.grid.map((well) => [well.well, well])), [plate.grid]);
  const used = useMemo(() => new Set(plate.grid.map((well) => well.well)), [plate.grid]);
  const x = (column: number): number => LEFT + column * step;
  const y = (row: number): number => TOP + row * step;
  const fill = (value: number | null): string =>
    value === null || scale === null ? `url(#${hatch})` : cssColor(viridis(share(value, scale)));

  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === "Enter" && selected !== undefined) {
      event.preventDefault();
      props.onOpen();
      return;
    }
    if (!isGridKey(event.key) || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    const from = selected !== undefined && used.has(selected) ? selected : undefined;
    const to = from === undefined ? plate.grid[0]?.well : stepWell(from, event.key, { rows, columns }, used);
    if (to !== undefined) props.onSelect(plate.id, to);
  };
  const wellOf = (target: EventTarget | null): GridWell | undefined =>
    target instanceof Element ? wells.get(target.getAttribute("data-well") ?? "") : undefined;

  const marked = selected === undefined ? undefined : wells.get(selected);
  const everyColumn = columns > 24 ? 8 : columns > 12 ? 4 : 1;
  const everyRow = rows > 16 ? 6 : rows > 8 ? 3 : 1;
  const unused: [number, number][] = [];
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) if (!wells.has(wellAt(row, column))) unused.push([row, column]);
  const byRow = useMemo(() => {
    const groups = new Map<number, GridWell[]>();
    for (const well of plate.grid) groups.set(well.row, [...(groups.get(well.row) ?? []), well]);
    return [...groups].sort((a, b) => a[0] - b[0]);
  }, [plate.grid]);

  return (
    <div className="with-note">
      <svg
        viewBox={`0 0 ${WIDTH} ${height}`}
        data-export=""
        role="grid"
        aria-label={`wells of plate ${plate.id}`}
        aria-activedescendant={selected !== undefined && used.has(selected) ? `${hatch}${selected}` : undefined}
        tabIndex={0}
        onKeyDown={onKeyDown}
        onClick={(event) => {
          const well = wellOf(event.target);
          if (well) props.onSelect(plate.id, well.well);
        }}
        onPointerMove={(event) => {
          const well = wellOf(event.target);
          if (well) show(event, wellWords(well, props.metric));
          else hide();
        }}
        onPointerLeave={hide}
      >
        <defs>
          <Hatch id={hatch} />
        </defs>
        <g>
          {Array.from({ length: columns }, (_, column) =>
            column === 0 || (column + 1) % everyColumn === 0 ? (
              <text
                key={`label ${wellAt(0, column)}`}
                className="tick"
                x={x(column) + size / 2}
                y={8}
                style={{ fontSize: 7.5 }}
                textAnchor="middle"
              >
                {column + 1}
              </text>
            ) : null,
          )}
          {Array.from({ length: rows }, (_, row) =>
            row % everyRow === 0 ? (
              <text
                key={`label ${rowLetters(row)}`}
                className="tick"
                x={LEFT - 5}
                y={y(row) + size / 2 + 2.7}
                style={{ fontSize: 7.5 }}
                textAnchor="end"
              >
                {rowLetters(row)}
              </text>
            ) : null,
          )}
          {unused.map(([row, column]) => (
            <rect
              key={`${row}.${column}`}
              x={x(column)}
              y={y(row)}
              width={size}
              height={size}
              rx={1.8}
              fill="none"
              stroke="var(--line)"
              strokeWidth={0.7}
            />
          ))}
        </g>
        {byRow.map(([row, members]) => (
          <g key={row} role="row" aria-label={`row ${rowLetters(row)}`}>
            {members.map((well) => {
              const glyph = wellGlyph(well.flags);
              const color = well.value !== null && scale !== null ? viridis(share(well.value, scale)) : undefined;
              const line = outline(well);
              return (
                <g
                  key={well.well}
                  role="gridcell"
                  id={`${hatch}${well.well}`}
                  aria-label={wellWords(well, props.metric)}
                  aria-selected={well.well === selected}
                >
                  <rect
                    data-well={well.well}
                    x={x(well.column) + line / 2}
                    y={y(well.row) + line / 2}
                    width={size - line}
                    height={size - line}
                    rx={1.8}
                    fill={fill(well.value)}
                    stroke={line === 0 ? "none" : color ? inkOn(color) : "var(--ink)"}
                    strokeWidth={line}
                  />
                  {glyph ? (
                    <GlyphMark
                      glyph={glyph}
                      x={x(well.column) + size / 2}
                      y={y(well.row) + size / 2}
                      size={Math.min(11, size * 0.78)}
                      ink={color ? inkOn(color) : "var(--ink)"}
                    />
                  ) : null}
                  {well.verdict === "fail" || well.verdict === "re-image" ? (
                    <path
                      d={`M${x(well.column) + size} ${y(well.row)}h${-size * 0.36}l${size * 0.36} ${size * 0.36}z`}
                      fill="var(--fail)"
                      pointerEvents="none"
                    />
                  ) : null}
                </g>
              );
            })}
          </g>
        ))}
        {marked ? (
          <rect
            x={x(marked.column) - 1.5}
            y={y(marked.row) - 1.5}
            width={size + 3}
            height={size + 3}
            rx={3}
            fill="none"
            stroke="var(--ink)"
            strokeWidth={1.8}
            pointerEvents="none"
          />
        ) : null}
        {props.medians ? (
          <g>
            {plate.rowMedians.map((median, row) => (
              <rect
                key={`row ${rowLetters(row)}`}
                x={x(columns) + step * 0.6}
                y={y(row)}
                width={size * 0.7}
                height={size}
                rx={1.5}
                fill={median === null ? "none" : fill(median)}
              />
            ))}
            {plate.columnMedians.map((median, column) => (
              <rect
                key={`median ${wellAt(0, column)}`}
                x={x(column)}
                y={y(rows) + step * 0.6}
                width={size}
                height={size * 0.7}
                rx={1.5}
                fill={median === null ? "none" : fill(median)}
              />
            ))}
          </g>
        ) : null}
      </svg>
      <Note note={note} />
    </div>
  );
});
