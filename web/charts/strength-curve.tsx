import type { StrengthCurve as Curve } from "@artesian/server/api.ts";
import type { TableTwin } from "../model/csv.ts";
import { formatFixed, formatNumber } from "../model/format.ts";
import { curveLine } from "../model/profiles.ts";
import { linearScale, logScale, logTicks, niceTicks } from "../model/scale.ts";
import { MarkLink } from "./mark-link.tsx";
import { Note, useNote } from "./note.tsx";

const WIDTH = 300;
const HEIGHT = 176;
const LEFT = 34;
const RIGHT = 290;
const TOP = 10;
const BOTTOM = 132;

/** Every point of the curves as a table. */
export const strengthTwin = (curves: readonly Curve[], doseUnit: string): TableTwin => ({
  columns: [
    { key: "treatment", label: "treatment" },
    { key: "dose", label: "dose", unit: doseUnit },
    { key: "strength", label: "strength" },
    { key: "plate", label: "plate" },
    { key: "well", label: "well" },
    { key: "ec50", label: "EC50", unit: doseUnit },
  ],
  rows: curves.flatMap(({ treatment, points, fit }) =>
    points.map((point) => ({ treatment, ...point, ec50: fit?.ec50 ?? null })),
  ),
});

/** How a treatment's strength grows with its dose: one dot a well, the fitted curve, the controls' own noise as a line at 1. */
export function StrengthCurve(props: {
  curve: Curve;
  doseUnit: string;
  highest: number;
  wellHref: (plate: string, well: string) => string;
}) {
  const { note, show, hide } = useNote();
  const { curve, doseUnit } = props;
  const doses = curve.points.map(({ dose }) => dose);
  const [low, high] = [Math.min(...doses), Math.max(...doses)];
  const x = logScale([low / 1.3, high * 1.3], [LEFT, RIGHT]);
  const y = linearScale([0, props.highest * 1.05], [BOTTOM, TOP]);
  const line = curveLine(curve)
    .map(({ dose, strength }, index) => `${index === 0 ? "M" : "L"}${x(dose).toFixed(1)} ${y(strength).toFixed(1)}`)
    .join("");
  return (
    <div className="with-note">
      <svg
        className="chart"
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        data-export=""
        role="group"
        aria-label={`strength of ${curve.treatment} by dose`}
        style={{ maxWidth: 380 }}
      >
        {niceTicks(0, props.highest, 4).map((tick) => (
          <g key={tick}>
            <line className="gridline" x1={LEFT} x2={RIGHT} y1={y(tick)} y2={y(tick)} />
            <text className="tick" x={LEFT - 5} y={y(tick) + 3} textAnchor="end">
              {formatNumber(tick)}
            </text>
          </g>
        ))}
        <line x1={LEFT} x2={RIGHT} y1={y(1)} y2={y(1)} stroke="var(--ink-3)" strokeDasharray="3 3" />
        {logTicks(low, high).map((tick) => (
          <text key={tick} className="tick" x={x(tick)} y={BOTTOM + 14} textAnchor="middle">
            {formatNumber(tick)}
          </text>
        ))}
        {line === "" ? null : <path d={line} fill="none" stroke="var(--accent)" strokeWidth={1.6} />}
        {curve.points.map((point) => (
          <MarkLink
            key={`${point.plate}/${point.well}`}
            href={props.wellHref(point.plate, point.well)}
            words={`${point.plate} · ${point.well} · ${formatNumber(point.dose)} ${doseUnit} · strength ${formatFixed(point.strength, 2)}`}
            onPoint={show}
            onLeave={hide}
          >
            <circle cx={x(point.dose)} cy={y(point.strength)} r={2.8} fill="var(--ink-2)" />
          </MarkLink>
        ))}
        <text className="axis-label" x={(LEFT + RIGHT) / 2} y={HEIGHT - 12} textAnchor="middle">
          dose ({doseUnit || "as given"})
        </text>
      </svg>
      <p className="dim">
        {curve.fit === null
          ? `No curve: ${curve.missing ?? "not fitted"}.`
          : `EC50 ${formatNumber(curve.fit.ec50)} ${doseUnit}, strength ${formatFixed(curve.fit.bottom, 1)} to ${formatFixed(curve.fit.top, 1)}.`}
      </p>
      <Note note={note} />
    </div>
  );
}
