import { useId } from "react";
import { cssColor, viridis } from "../model/color.ts";
import { formatNumber } from "../model/format.ts";
import { rowLetters, wellAt } from "../model/plate-layout.ts";
import type { PlateHeat as Heat } from "../model/profiles.ts";
import { Hatch } from "./glyphs.tsx";
import { MarkLink } from "./mark-link.tsx";
import { Note, useNote } from "./note.tsx";

const WIDTH = 300;
const LEFT = 16;
const TOP = 12;

/** One number of a plate's wells by place; the bars of medians at its sides expose gradients. Missing wells are hatched. */
export function PlateHeat(props: { heat: Heat; range: { low: number; high: number }; label: string }) {
  const { heat, range } = props;
  const hatch = useId();
  const { note, show, hide } = useNote();
  const step = (WIDTH - LEFT - 2) / (heat.columns + 1.5);
  const size = step - Math.max(0.6, step * 0.06);
  const height = TOP + step * (heat.rows + 1.5) + 2;
  const fill = (value: number | null): string =>
    value === null
      ? `url(#${hatch})`
      : cssColor(viridis(range.high > range.low ? (value - range.low) / (range.high - range.low) : 0.5));
  const x = (column: number): number => LEFT + column * step;
  const y = (row: number): number => TOP + row * step;
  const every = heat.columns > 24 ? 8 : heat.columns > 12 ? 4 : 1;
  return (
    <div className="with-note">
      <svg
        viewBox={`0 0 ${WIDTH} ${height}`}
        data-export=""
        role="group"
        aria-label={`${props.label} of plate ${heat.plate}`}
      >
        <defs>
          <Hatch id={hatch} />
        </defs>
        {Array.from({ length: heat.columns }, (_, column) =>
          column === 0 || (column + 1) % every === 0 ? (
            <text
              key={`label ${wellAt(0, column)}`}
              className="tick"
              x={x(column) + size / 2}
              y={8}
              textAnchor="middle"
              style={{ fontSize: 7.5 }}
            >
              {column + 1}
            </text>
          ) : null,
        )}
        {Array.from({ length: heat.rows }, (_, row) =>
          row % (heat.rows > 16 ? 4 : heat.rows > 8 ? 2 : 1) === 0 ? (
            <text
              key={rowLetters(row)}
              className="tick"
              x={LEFT - 3}
              y={y(row) + size * 0.8}
              textAnchor="end"
              style={{ fontSize: 7.5 }}
            >
              {rowLetters(row)}
            </text>
          ) : null,
        )}
        {heat.wells.map(({ well, row, column, value }) => (
          <MarkLink
            key={well.well}
            href={well.href}
            words={`${well.well} · ${well.treatment ?? well.role ?? ""} · ${props.label} ${formatNumber(value)}${well.excluded === null ? "" : ` · at fault: ${well.excluded}`}`}
            onPoint={show}
            onLeave={hide}
          >
            <rect
              x={x(column)}
              y={y(row)}
              width={size}
              height={size}
              fill={fill(value)}
              stroke={well.control ? "var(--ink)" : "none"}
              strokeWidth={0.8}
            />
          </MarkLink>
        ))}
        {heat.rowMedians.map((value, row) => (
          <rect
            key={`median ${rowLetters(row)}`}
            x={x(heat.columns) + step * 0.4}
            y={y(row)}
            width={size}
            height={size}
            fill={value === null ? "none" : fill(value)}
          />
        ))}
        {heat.columnMedians.map((value, column) => (
          <rect
            key={`median ${wellAt(0, column)}`}
            x={x(column)}
            y={y(heat.rows) + step * 0.4}
            width={size}
            height={size}
            fill={value === null ? "none" : fill(value)}
          />
        ))}
      </svg>
      <Note note={note} />
    </div>
  );
}
