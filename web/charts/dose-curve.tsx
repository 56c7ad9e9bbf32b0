import type { DoseCurve as DoseCurveData } from "@artesian/server/api.ts";
import type { TableTwin } from "../model/csv.ts";
import { formatDose, formatInterval, formatPercent } from "../model/format.ts";
import { extent, linearScale, logScale, logTicks, niceTicks } from "../model/scale.ts";
import { MarkLink } from "./mark-link.tsx";
import { Note, useNote } from "./note.tsx";
import { useWidth } from "./use-width.ts";

const HEIGHT = 268;
const LEFT = 44;
const TOP = 14;
const BOTTOM = 224;

/** The points of a dose curve as a table. */
export const doseTwin = (curve: DoseCurveData): TableTwin => ({
  columns: [
    { key: "kind", label: "kind" },
    { key: "dose", label: "dose", unit: curve.unit },
    { key: "rescue", label: "rescue", unit: "share" },
    { key: "sideEffect", label: "side effect", unit: "share" },
    { key: "low", label: "band low", unit: "share" },
    { key: "high", label: "band high", unit: "share" },
    { key: "plate", label: "plate" },
    { key: "well", label: "well" },
    { key: "excluded", label: "excluded" },
  ],
  rows: [
    ...curve.points.map((p) => ({
      kind: "well",
      dose: p.dose,
      rescue: p.rescue,
      sideEffect: p.sideEffect,
      plate: p.plate,
      well: p.well,
      excluded: p.excluded,
    })),
    ...curve.line.map((p) => ({ kind: "fit", dose: p.dose, rescue: p.rescue, low: p.low, high: p.high })),
  ],
});

/** The values that the drawing must hold. */
function verticalDomain(curve: DoseCurveData): [number, number] {
  const values = [0, 1, ...curve.points.map((p) => p.rescue), ...curve.line.map((p) => p.rescue)];
  const [low, high] = extent(values);
  return [Math.max(-1, low - 0.08), Math.min(2, high + 0.08)];
}

/** Rescue against dose: every well, the fit with its band, the EC50 with its interval. */
export function DoseCurve({ curve, color = "var(--accent)" }: { curve: DoseCurveData; color?: string }) {
  const { ref, width } = useWidth<HTMLDivElement>(560);
  const right = Math.min(760, width) - 14;
  const { note, show, hide } = useNote();
  const doses = curve.points
    .map((p) => p.dose)
    .concat(curve.doses)
    .filter((dose) => dose > 0);
  if (doses.length === 0) return <p className="dim">No well of this compound has a dose above 0 yet.</p>;
  const [lowest, highest] = extent(doses);
  const domain: [number, number] = [lowest / 1.6, highest * 1.6];
  const x = logScale(domain, [LEFT, right]);
  const vertical = verticalDomain(curve);
  const y = linearScale(vertical, [BOTTOM, TOP]);
  const clampX = (dose: number): number => x(Math.max(domain[0], Math.min(domain[1], dose)));
  const clampY = (value: number): number => y(Math.max(vertical[0], Math.min(vertical[1], value)));
  const line = curve.line.filter((p) => p.dose >= domain[0] && p.dose <= domain[1]);
  const band = line.filter((p): p is typeof p & { low: number; high: number } => p.low !== null && p.high !== null);
  const ec50 = curve.ec50?.relation === "=" ? curve.ec50 : null;
  const leftward = ec50 !== null && clampX(ec50.value) > right - 170;
  const path = (points: readonly { dose: number; value: number }[]): string =>
    points.map((p, i) => `${i === 0 ? "M" : "L"}${clampX(p.dose).toFixed(1)} ${clampY(p.value).toFixed(1)}`).join("");
  return (
    <div className="with-note" ref={ref}>
      <svg
        width={right + 14}
        height={HEIGHT}
        viewBox={`0 0 ${right + 14} ${HEIGHT}`}
        data-export=""
        role="group"
        aria-label={`dose curve of ${curve.perturbation.name}: ${curve.sentence}`}
      >
        {niceTicks(vertical[0], vertical[1], 5).map((tick) => (
          <g key={tick}>
            <line className="gridline" x1={LEFT} x2={right} y1={y(tick)} y2={y(tick)} />
            <text className="tick" x={LEFT - 6} y={y(tick) + 3.5} textAnchor="end">
              {formatPercent(tick).replace(" %", "")}
            </text>
          </g>
        ))}
        <line x1={LEFT} x2={right} y1={y(1)} y2={y(1)} stroke="var(--ink-3)" strokeDasharray="3 3" />
        <text className="tick" x={LEFT + 4} y={y(1) - 4}>
          healthy
        </text>
        <line x1={LEFT} x2={right} y1={y(0)} y2={y(0)} stroke="var(--ink-3)" strokeDasharray="3 3" />
        <text className="tick" x={right} y={y(0) - 4} textAnchor="end">
          disease
        </text>
        {ec50 ? (
          <g>
            <rect
              x={clampX(ec50.low ?? domain[0])}
              width={Math.max(1, clampX(ec50.high ?? domain[1]) - clampX(ec50.low ?? domain[0]))}
              y={TOP}
              height={BOTTOM - TOP}
              fill={color}
              opacity={0.09}
            />
            <line
              x1={clampX(ec50.value)}
              x2={clampX(ec50.value)}
              y1={TOP}
              y2={BOTTOM}
              stroke={color}
              strokeWidth={1.2}
            />
            <text
              className="mark-label"
              x={clampX(ec50.value) + (leftward ? -5 : 5)}
              y={BOTTOM - 7}
              textAnchor={leftward ? "end" : "start"}
              style={{ fill: color }}
            >
              EC50 {formatInterval(ec50.value, [ec50.low, ec50.high])}
            </text>
          </g>
        ) : null}
        {band.length > 1 ? (
          <path
            d={`${path(band.map((p) => ({ dose: p.dose, value: p.high })))}${path([...band].reverse().map((p) => ({ dose: p.dose, value: p.low }))).replace("M", "L")}Z`}
            fill={color}
            opacity={0.16}
          />
        ) : null}
        {line.length > 1 ? (
          <path
            d={path(line.map((p) => ({ dose: p.dose, value: p.rescue })))}
            fill="none"
            stroke={color}
            strokeWidth={2}
          />
        ) : null}
        {curve.points
          .filter((p) => p.dose > 0)
          .map((p) => (
            <MarkLink
              key={`${p.plate}${p.well}`}
              href={p.href}
              words={`${p.plate} · ${p.well} · ${formatDose(p.dose)} · rescue ${formatPercent(p.rescue)}${p.excluded ? ` · not fitted: ${p.excluded}` : ""}`}
              onPoint={show}
              onLeave={hide}
            >
              <circle
                cx={clampX(p.dose)}
                cy={clampY(p.rescue)}
                r={4}
                fill={p.excluded ? "var(--surface)" : color}
                fillOpacity={p.excluded ? 1 : 0.75}
                stroke={p.excluded ? "var(--ink-3)" : "var(--surface)"}
                strokeDasharray={p.excluded ? "2 1.5" : undefined}
              />
            </MarkLink>
          ))}
        <line className="axis" x1={LEFT} x2={right} y1={BOTTOM} y2={BOTTOM} />
        {logTicks(domain[0], domain[1]).map((tick) => (
          <g key={tick}>
            <line className="axis" x1={x(tick)} x2={x(tick)} y1={BOTTOM} y2={BOTTOM + 4} />
            <text className="tick" x={x(tick)} y={BOTTOM + 16} textAnchor="middle">
              {tick}
            </text>
          </g>
        ))}
        <text className="axis-label" x={(LEFT + right) / 2} y={HEIGHT - 8} textAnchor="middle">
          dose ({curve.unit})
        </text>
        <text className="axis-label" transform={`translate(12 ${(TOP + BOTTOM) / 2}) rotate(-90)`} textAnchor="middle">
          rescue (%)
        </text>
      </svg>
      <Note note={note} />
    </div>
  );
}
