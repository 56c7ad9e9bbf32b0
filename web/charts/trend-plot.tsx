import type { MapVersion } from "@artesian/server/api.ts";
import { seriesColor } from "../model/color.ts";
import type { TableTwin } from "../model/csv.ts";
import { linearScale, niceTicks } from "../model/scale.ts";

const WIDTH = 460;
const LEFT = 34;
const RIGHT = 360;
const TOP = 12;
const BOTTOM = 150;

/** Recall of each source at each version, oldest first. */
export const trendTwin = (versions: readonly MapVersion[]): TableTwin => ({
  columns: [
    { key: "created", label: "published" },
    { key: "version", label: "version" },
    { key: "source", label: "source" },
    { key: "recall", label: "recall" },
  ],
  rows: versions
    .toReversed()
    .flatMap(({ created, version, recall }) =>
      recall.map(({ source, recall: value }) => ({ created, version, source, recall: value })),
    ),
});

/** Recall over versions, one line a source, chance as a dashed line. */
export function TrendPlot({ versions }: { versions: readonly MapVersion[] }) {
  const order = versions.toReversed();
  const sources = [...new Set(order.flatMap(({ recall }) => recall.map(({ source }) => source)))];
  const values = order.flatMap(({ recall }) => recall.flatMap((one) => one.recall ?? []));
  const most = Math.max(0.2, ...values) * 1.08;
  const x = linearScale([0, order.length - 1], [LEFT + 10, RIGHT - 10]);
  const y = linearScale([0, most], [BOTTOM, TOP]);
  return (
    <svg
      className="chart"
      viewBox={`0 0 ${WIDTH} 184`}
      role="img"
      aria-label={`recall over ${order.length} versions`}
      data-export=""
    >
      {niceTicks(0, most, 4).map((tick) => (
        <g key={tick}>
          <line className="gridline" x1={LEFT} x2={RIGHT} y1={y(tick)} y2={y(tick)} />
          <text className="tick" x={LEFT - 5} y={y(tick) + 3} textAnchor="end">
            {tick}
          </text>
        </g>
      ))}
      <line x1={LEFT} x2={RIGHT} y1={y(0.1)} y2={y(0.1)} stroke="var(--ink-3)" strokeDasharray="3 3" />
      <text className="tick" x={RIGHT + 6} y={y(0.1) + 3}>
        chance
      </text>
      {order.map(({ version, created }, k) =>
        k === 0 || k === order.length - 1 ? (
          <text key={version} className="tick" x={x(k)} y={BOTTOM + 16} textAnchor="middle">
            {created.slice(0, 10)}
          </text>
        ) : null,
      )}
      {sources.map((source, index) => {
        const points = order.flatMap(({ recall, version }, k) => {
          const value = recall.find((one) => one.source === source)?.recall;
          return value === null || value === undefined ? [] : [{ version, x: x(k), y: y(value), value }];
        });
        const last = points.at(-1);
        return (
          <g key={source}>
            <polyline
              points={points.map((p) => `${p.x},${p.y}`).join(" ")}
              fill="none"
              stroke={seriesColor(index)}
              strokeWidth={1.6}
            />
            {points.map((p) => (
              <circle key={p.version} cx={p.x} cy={p.y} r={3} fill={seriesColor(index)}>
                <title>{`${source} ${p.value.toFixed(3)} · ${p.version.slice(0, 8)}`}</title>
              </circle>
            ))}
            {last ? (
              <text className="mark-label" x={RIGHT + 6} y={last.y + 3} style={{ fill: seriesColor(index) }}>
                {source}
              </text>
            ) : null}
          </g>
        );
      })}
    </svg>
  );
}
