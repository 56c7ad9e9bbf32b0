import type { TaskRow } from "@artesian/server/api.ts";
import type { TableTwin } from "../model/csv.ts";
import { formatClock, formatDuration } from "../model/format.ts";
import { linearScale } from "../model/scale.ts";
import { type TimelineBand, timeScale } from "../model/timeline.ts";
import { MarkLink } from "./mark-link.tsx";
import { Note, useNote } from "./note.tsx";
import { useWidth } from "./use-width.ts";

const LEFT = 130;
const LANE = 7;
const GAP = 10;

/** The tasks of a timeline as a table. */
export const timelineTwin = (tasks: readonly TaskRow[]): TableTwin => ({
  columns: [
    { key: "node", label: "node" },
    { key: "what", label: "what" },
    { key: "state", label: "state" },
    { key: "startedAt", label: "started" },
    { key: "finishedAt", label: "finished" },
    { key: "durationMs", label: "duration", unit: "ms" },
  ],
  rows: tasks.map((t) => ({
    node: t.node,
    what: t.what,
    state: t.state,
    startedAt: t.startedAt,
    finishedAt: t.finishedAt,
    durationMs: t.durationMs,
  })),
});

const COLOR: Readonly<Record<TaskRow["state"], string>> = {
  waiting: "var(--wait)",
  running: "var(--run)",
  retrying: "var(--warn)",
  done: "var(--ok)",
  failed: "var(--fail)",
};

/** When each task ran, one band a node, one bar a task. */
export function Timeline(props: {
  bands: readonly TimelineBand[];
  labelOf: (node: string) => string;
  selected?: string | undefined;
  hrefOf: (task: string) => string;
  /** Logarithm of the time since the first start: long runs show their first seconds too. */
  log: boolean;
}) {
  const { ref, width } = useWidth<HTMLDivElement>(900);
  const { note, show, hide } = useNote();
  const spans = props.bands.flatMap((band) => band.spans);
  const start = Math.min(...spans.map((s) => s.startMs));
  const end = Math.max(start + 1, ...spans.map((s) => s.endMs));
  const { at, ticks } = timeScale(start, end, props.log);
  const place = linearScale([0, 1], [LEFT, width - 12]);
  const x = (ms: number): number => place(at(ms));
  let y = 6;
  const placed = props.bands.map((band) => {
    const top = y;
    y += band.lanes * LANE + GAP;
    return { band, top };
  });
  const height = y + 22;
  return (
    <div className="with-note" ref={ref}>
      <svg
        width={width}
        height={height}
        viewBox={`0 0 ${width} ${height}`}
        data-export=""
        role="group"
        aria-label={`timeline of ${spans.length} tasks, ${formatDuration(end - start)} in all`}
        style={{ display: "block" }}
      >
        {ticks.map((tick, k) => (
          <g key={tick}>
            <line className="gridline" x1={x(tick)} x2={x(tick)} y1={0} y2={y} />
            <text
              className="tick"
              x={x(tick)}
              y={height - 6}
              textAnchor={k === 0 ? "start" : k === ticks.length - 1 ? "end" : "middle"}
            >
              {props.log ? `+${formatDuration(tick - start)}` : formatClock(tick, true)}
            </text>
          </g>
        ))}
        {placed.map(({ band, top }) => (
          <g key={band.node}>
            <text
              className="mark-label"
              x={LEFT - 10}
              y={top + Math.max(9, (band.lanes * LANE) / 2 + 4)}
              textAnchor="end"
            >
              {props.labelOf(band.node)}
            </text>
            {band.spans.map((span) => (
              <MarkLink
                key={span.id}
                href={props.hrefOf(span.id)}
                words={`${span.what} · ${span.state} · ${formatDuration(span.endMs - span.startMs)}`}
                onPoint={show}
                onLeave={hide}
              >
                <rect
                  x={x(span.startMs)}
                  y={top + span.lane * LANE}
                  width={Math.max(1.5, x(span.endMs) - x(span.startMs))}
                  height={LANE - 1.5}
                  fill={COLOR[span.state]}
                  stroke={span.id === props.selected ? "var(--ink)" : "none"}
                  strokeWidth={1.5}
                />
              </MarkLink>
            ))}
          </g>
        ))}
      </svg>
      <Note note={note} />
    </div>
  );
}
