import type { PerturbationRef, Projection } from "@artesian/server/api.ts";
import { seriesColor } from "../model/color.ts";
import type { TableTwin } from "../model/csv.ts";
import { formatDose, formatFixed } from "../model/format.ts";
import { spreadLabels } from "../model/projection.ts";
import { extent, linearScale, niceTicks } from "../model/scale.ts";
import { MarkLink } from "./mark-link.tsx";
import { Note, useNote } from "./note.tsx";
import { useWidth } from "./use-width.ts";

const HEIGHT = 300;
/** Lines that are named in the drawing: more would be written over each other; all are named where the pointer is, and in the table. */
const NAMED = 8;
const LEFT = 34;
const TOP = 14;
const BOTTOM = 254;

/** The points of a projection plot as a table. */
export const projectionTwin = (projection: Projection): TableTwin => ({
  columns: [
    { key: "name", label: "perturbation" },
    { key: "dose", label: "dose", unit: "µM" },
    { key: "p", label: "projection" },
    { key: "r", label: "rejection" },
    { key: "wells", label: "wells" },
    { key: "plate", label: "plate" },
    { key: "well", label: "well" },
  ],
  rows: [
    ...projection.lines.flatMap((line) =>
      line.points.map((q) => ({ name: line.perturbation.name, dose: q.dose, p: q.p, r: q.r, wells: q.wells })),
    ),
    ...projection.controls.map((c) => ({ name: c.role, p: c.p, r: c.r, wells: 1, plate: c.plate, well: c.well })),
  ],
});

/** Where the target and the origin lie in each mode, in words. */
const ANCHORS: Readonly<
  Record<Projection["mode"], readonly { p: number; r: number; label: (target: string, healthy?: string) => string }[]>
> = {
  rescue: [
    { p: 1, r: 0, label: () => "disease" },
    { p: 0, r: 0, label: (_, healthy = "healthy") => healthy },
  ],
  magnitude: [
    { p: 1, r: 0, label: (target) => target },
    { p: 0, r: 0, label: () => "control" },
  ],
  unit: [
    { p: 1, r: 0, label: (target) => target },
    { p: -1, r: 0, label: () => "opposite" },
    { p: 0, r: 1, label: () => "no effect" },
  ],
};

/** Points grow with the dose; a line of one point gets a middle size. */
const radius = (index: number, count: number): number => (count === 1 ? 3.6 : 2 + (index / (count - 1)) * 2.6);

/**
 * How far along a target and how far away from it: one line a compound in dose order, controls as a cloud.
 * In rescue mode disease cells stand at 1 and healthy ones at 0; a rescuing compound walks from 1 to 0 and stays low.
 */
export function ProjectionPlot(props: {
  projection: Projection;
  selected?: string | undefined;
  /** What stands at the origin in rescue mode; healthy controls unless named. */
  healthy?: string | undefined;
  hrefOf: (perturbation: PerturbationRef) => string;
}) {
  const { projection } = props;
  const { note, show, hide } = useNote();
  const { ref, width } = useWidth<HTMLDivElement>(420);
  const end = width - 24;
  const points = [...projection.controls, ...projection.lines.flatMap((line) => line.points)];
  const anchors = ANCHORS[projection.mode];
  const [left, right] = extent([...points.map((q) => q.p), ...anchors.map((a) => a.p)], 0.06);
  const [, top] = extent([...points.map((q) => q.r), ...anchors.map((a) => a.r), 0.5], 0.08);
  const x = linearScale([left, right], [LEFT, end]);
  const y = linearScale([0, top], [BOTTOM, TOP]);
  const at = (q: { p: number; r: number }): string => `${x(q.p).toFixed(1)} ${y(q.r).toFixed(1)}`;
  const quiet = (id: string): boolean => props.selected !== undefined && props.selected !== id;
  const labels = spreadLabels(
    projection.lines.slice(0, NAMED).flatMap((line, index) => {
      const last = line.points.at(-1);
      return last
        ? [
            {
              x: x(last.p),
              y: y(last.r) - 6,
              text: line.perturbation.name,
              id: line.perturbation.id,
              color: seriesColor(index),
            },
          ]
        : [];
    }),
    11,
  );
  return (
    <div className="with-note" ref={ref}>
      <svg
        width={width}
        height={HEIGHT}
        viewBox={`0 0 ${width} ${HEIGHT}`}
        data-export=""
        role="group"
        aria-label={`projection and rejection on ${projection.target}, ${projection.lines.length} perturbations`}
      >
        <line className="axis" x1={LEFT} x2={end} y1={y(0)} y2={y(0)} />
        {left < 0 ? <line className="gridline" x1={x(0)} x2={x(0)} y1={TOP} y2={y(0)} /> : null}
        {niceTicks(left, right, 5).map((tick) => (
          <text key={tick} className="tick" x={x(tick)} y={BOTTOM + 15} textAnchor="middle">
            {String(tick).replace("-", "−")}
          </text>
        ))}
        {niceTicks(0, top, 4)
          .filter((tick) => tick > 0)
          .map((tick) => (
            <g key={tick}>
              <line className="gridline" x1={LEFT} x2={end} y1={y(tick)} y2={y(tick)} />
              <text className="tick" x={LEFT - 5} y={y(tick) + 3.5} textAnchor="end">
                {tick}
              </text>
            </g>
          ))}
        <text className="axis-label" x={(LEFT + end) / 2} y={HEIGHT - 14} textAnchor="middle">
          projection on {projection.target}
        </text>
        <text className="axis-label" transform={`translate(9 ${(TOP + BOTTOM) / 2}) rotate(-90)`} textAnchor="middle">
          rejection
        </text>
        {projection.controls.map((c) => (
          <circle
            key={`${c.plate}${c.well}`}
            cx={x(c.p)}
            cy={y(c.r)}
            r={2.2}
            fill="var(--ink-3)"
            opacity={0.5}
            onPointerEnter={(event) => show(event, `${c.role} · ${c.plate} ${c.well}`)}
            onPointerLeave={hide}
          />
        ))}
        {projection.lines.map((line, index) => {
          const color = seriesColor(index);
          const { id, name } = line.perturbation;
          return (
            <g key={id} opacity={quiet(id) ? 0.45 : 1}>
              <polyline
                points={line.points.map((q) => at(q).replace(" ", ",")).join(" ")}
                fill="none"
                stroke={color}
                strokeWidth={props.selected === id ? 2.4 : 1.6}
              />
              {line.points.map((q, k) => (
                <MarkLink
                  key={`${q.dose ?? "gene"}.${q.p}.${q.r}`}
                  href={props.hrefOf(line.perturbation)}
                  words={`${name}${q.dose === null ? "" : ` ${formatDose(q.dose)}`} · projection ${formatFixed(q.p, 2)} · rejection ${formatFixed(q.r, 2)}${q.wells > 0 ? ` · ${q.wells} wells` : ""}`}
                  onPoint={show}
                  onLeave={hide}
                >
                  <circle cx={x(q.p)} cy={y(q.r)} r={radius(k, line.points.length)} fill={color} />
                </MarkLink>
              ))}
            </g>
          );
        })}
        {anchors.map((anchor) => (
          <g key={`${anchor.p}.${anchor.r}`} pointerEvents="none">
            <circle
              cx={x(anchor.p)}
              cy={y(anchor.r)}
              r={4.5}
              fill={anchor.p === 1 ? "var(--ink)" : "var(--surface)"}
              stroke="var(--ink)"
              strokeWidth={1.2}
            />
            <text className="mark-label" x={x(anchor.p)} y={y(anchor.r) - 9} textAnchor="middle">
              {anchor.label(projection.target, props.healthy)}
            </text>
          </g>
        ))}
        {labels.map((label) => (
          <text
            key={label.id}
            className="mark-label"
            x={label.x + 6}
            y={label.y}
            style={{ fill: label.color }}
            opacity={quiet(label.id) ? 0.55 : 1}
            pointerEvents="none"
            textAnchor={label.x > end - 30 ? "end" : "start"}
          >
            {label.text}
          </text>
        ))}
      </svg>
      <Note note={note} />
    </div>
  );
}
