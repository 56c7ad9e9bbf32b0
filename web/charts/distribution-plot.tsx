import type { MapHealth } from "@artesian/server/api.ts";
import type { TableTwin } from "../model/csv.ts";
import { extent, linearScale, niceTicks } from "../model/scale.ts";

const LEFT = 34;
const RIGHT = 440;
const TOP = 12;
const BOTTOM = 150;

/** Quantiles of the cosines, now and of the version before. */
export const distributionTwin = (cosines: MapHealth["cosines"]): TableTwin => ({
  columns: [
    { key: "percent", label: "percentile" },
    { key: "cosine", label: "cosine" },
    { key: "before", label: "version before" },
  ],
  rows: cosines.map((one) => ({ ...one })),
});

/** Share of pairs below each cosine: this version as a line, the one before dashed. */
export function DistributionPlot({ cosines, before }: { cosines: MapHealth["cosines"]; before: string | null }) {
  const [low, high] = extent(
    cosines.flatMap(({ cosine, before: old }) => [cosine, old].filter((one): one is number => one !== null)),
    0.04,
  );
  const x = linearScale([low, high], [LEFT, RIGHT]);
  const y = linearScale([0, 100], [BOTTOM, TOP]);
  const line = (key: "cosine" | "before"): string =>
    cosines
      .flatMap((one) => (one[key] === null ? [] : [`${x(one[key]).toFixed(1)},${y(one.percent).toFixed(1)}`]))
      .join(" ");
  return (
    <>
      <svg
        className="chart"
        viewBox="0 0 460 184"
        role="img"
        aria-label="share of pairs below each cosine"
        data-export=""
      >
        {[0, 25, 50, 75, 100].map((tick) => (
          <g key={tick}>
            <line className="gridline" x1={LEFT} x2={RIGHT} y1={y(tick)} y2={y(tick)} />
            <text className="tick" x={LEFT - 5} y={y(tick) + 3} textAnchor="end">
              {tick}
            </text>
          </g>
        ))}
        {niceTicks(low, high, 6).map((tick) => (
          <text key={tick} className="tick" x={x(tick)} y={BOTTOM + 14} textAnchor="middle">
            {String(tick).replace("-", "−")}
          </text>
        ))}
        <text className="axis-label" x={(LEFT + RIGHT) / 2} y={BOTTOM + 30} textAnchor="middle">
          cosine
        </text>
        {before === null ? null : (
          <polyline points={line("before")} fill="none" stroke="var(--ink-3)" strokeDasharray="4 3" strokeWidth={1.4} />
        )}
        <polyline points={line("cosine")} fill="none" stroke="var(--accent)" strokeWidth={1.8} />
      </svg>
      <p className="faint">Percent of pairs at or below a cosine{before === null ? "." : `; dashed: ${before}.`}</p>
    </>
  );
}
