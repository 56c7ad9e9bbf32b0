import type { TableTwin } from "../model/csv.ts";
import { formatClock } from "../model/format.ts";
import { Note, useNote } from "./note.tsx";

const WIDTH = 480;
const HEIGHT = 118;

/** A count per minute. */
export interface MinuteCount {
  minute: string;
  count: number;
}

/** Counts per minute as a table. */
export const minuteTwin = (series: readonly MinuteCount[], label: string): TableTwin => ({
  columns: [
    { key: "minute", label: "minute" },
    { key: "count", label },
  ],
  rows: series.map((s) => ({ minute: s.minute, count: s.count })),
});

/** The last hour as one bar a minute; the minute that is not over is paler. */
export function BarSeries({ series, label, open }: { series: readonly MinuteCount[]; label: string; open: boolean }) {
  const { note, show, hide } = useNote();
  const shown = series.slice(-60);
  const top = Math.max(1, ...shown.map((s) => s.count));
  const step = WIDTH / Math.max(20, shown.length);
  return (
    <div className="with-note">
      <svg
        className="chart"
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        data-export=""
        role="img"
        aria-label={`${label}, ${shown.length} minutes, at most ${top} in one minute`}
      >
        {shown.map((s, index) => {
          const height = (s.count / top) * 86;
          return (
            <rect
              key={s.minute}
              x={index * step}
              y={104 - height}
              width={Math.max(1, Math.min(18, step - 2))}
              height={Math.max(0, height)}
              rx={1}
              fill="var(--accent)"
              opacity={open && index === shown.length - 1 ? 0.45 : 1}
              onPointerEnter={(event) => show(event, `${formatClock(s.minute)} · ${s.count}`)}
              onPointerLeave={hide}
            />
          );
        })}
        <line className="axis" x1={0} x2={WIDTH} y1={104.5} y2={104.5} />
        <text className="tick" x={0} y={116}>
          {shown[0] ? formatClock(shown[0].minute) : ""}
        </text>
        <text className="tick" x={shown.length * step} y={116} textAnchor={shown.length > 6 ? "end" : "start"}>
          {shown.length > 1 ? formatClock(shown.at(-1)!.minute) : ""}
        </text>
        <text className="tick" x={WIDTH} y={12} textAnchor="end">
          at most {top} / min
        </text>
      </svg>
      <Note note={note} />
    </div>
  );
}
