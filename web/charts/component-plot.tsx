import type { ProfileWell } from "@artesian/server/api.ts";
import { cssColor, seriesColor, viridis } from "../model/color.ts";
import type { TableTwin } from "../model/csv.ts";
import { formatFixed, formatNumber, formatPercent } from "../model/format.ts";
import { extent, linearScale, niceTicks } from "../model/scale.ts";
import { MarkLink } from "./mark-link.tsx";
import { Note, useNote } from "./note.tsx";
import { useWidth } from "./use-width.ts";

const HEIGHT = 330;
const LEFT = 44;
const TOP = 10;
const BOTTOM = 286;

/** What colours the wells. */
export type ComponentColour = "role" | "plate" | "strength";

/** The wells of the plot as a table. */
export const componentTwin = (wells: readonly ProfileWell[]): TableTwin => ({
  columns: [
    { key: "plate", label: "plate" },
    { key: "well", label: "well" },
    { key: "treatment", label: "treatment" },
    { key: "dose", label: "dose" },
    { key: "role", label: "role" },
    { key: "pc1", label: "component 1" },
    { key: "pc2", label: "component 2" },
    { key: "strength", label: "strength" },
    { key: "cells", label: "cells" },
  ],
  rows: wells.map(({ href: _, ...well }) => well),
});

/** Wells on the first two principal components of the selected features. */
export function ComponentPlot(props: {
  wells: readonly ProfileWell[];
  share: [number, number] | null;
  colour: ComponentColour;
}) {
  const { ref, width } = useWidth<HTMLDivElement>(560);
  const { note, show, hide } = useNote();
  const drawn = props.wells.flatMap((well) =>
    well.pc1 === null || well.pc2 === null ? [] : [{ well, x: well.pc1, y: well.pc2 }],
  );
  if (drawn.length === 0)
    return <p className="dim">Components need at least three wells and two features that every well has.</p>;
  const xDomain = extent(
    drawn.map(({ x }) => x),
    0.05,
  );
  const yDomain = extent(
    drawn.map(({ y }) => y),
    0.05,
  );
  const right = width - 10;
  const x = linearScale(xDomain, [LEFT, right]);
  const y = linearScale(yDomain, [BOTTOM, TOP]);
  const [, strongest] = extent(drawn.map(({ well }) => well.strength ?? 0));
  const groupOf = (well: ProfileWell): string => (props.colour === "plate" ? well.plate : (well.role ?? "treated"));
  const groups = [...new Set(drawn.map(({ well }) => groupOf(well)))].sort();
  const colour = (well: ProfileWell): string =>
    props.colour === "strength"
      ? cssColor(viridis(strongest > 0 ? (well.strength ?? 0) / strongest : 0))
      : seriesColor(groups.indexOf(groupOf(well)));
  const axis = (index: 0 | 1): string =>
    `component ${index + 1}${props.share === null ? "" : ` (${formatPercent(props.share[index])} of variance)`}`;
  return (
    <div className="with-note" ref={ref}>
      <svg
        className="chart"
        width={width}
        height={HEIGHT}
        viewBox={`0 0 ${width} ${HEIGHT}`}
        data-export=""
        role="group"
        aria-label={`${drawn.length} wells on two principal components`}
      >
        {niceTicks(xDomain[0], xDomain[1], 6).map((tick) => (
          <g key={`x${tick}`}>
            <line className="gridline" x1={x(tick)} x2={x(tick)} y1={TOP} y2={BOTTOM} />
            <text className="tick" x={x(tick)} y={BOTTOM + 14} textAnchor="middle">
              {formatNumber(tick)}
            </text>
          </g>
        ))}
        {niceTicks(yDomain[0], yDomain[1], 5).map((tick) => (
          <g key={`y${tick}`}>
            <line className="gridline" x1={LEFT} x2={right} y1={y(tick)} y2={y(tick)} />
            <text className="tick" x={LEFT - 6} y={y(tick) + 3} textAnchor="end">
              {formatNumber(tick)}
            </text>
          </g>
        ))}
        {drawn.map(({ well, ...at }) => (
          <MarkLink
            key={`${well.plate}/${well.well}`}
            href={well.href}
            words={`${well.plate} · ${well.well} · ${well.treatment ?? well.role ?? "no treatment"}${well.dose === null ? "" : ` ${formatNumber(well.dose)}`} · strength ${formatFixed(well.strength, 2)}`}
            onPoint={show}
            onLeave={hide}
          >
            {well.control ? (
              <rect
                x={x(at.x) - 3}
                y={y(at.y) - 3}
                width={6}
                height={6}
                fill="var(--surface)"
                stroke={colour(well)}
                strokeWidth={1.4}
              />
            ) : (
              <circle cx={x(at.x)} cy={y(at.y)} r={3.2} fill={colour(well)} fillOpacity={0.8} />
            )}
          </MarkLink>
        ))}
        <text className="axis-label" x={(LEFT + right) / 2} y={HEIGHT - 12} textAnchor="middle">
          {axis(0)}
        </text>
        <text className="axis-label" transform={`translate(11 ${(TOP + BOTTOM) / 2}) rotate(-90)`} textAnchor="middle">
          {axis(1)}
        </text>
      </svg>
      <div className="row dim">
        <span>□ control ● treated</span>
        {props.colour === "strength" ? (
          <span>colour: strength, 0 to {formatFixed(strongest, 1)} (viridis)</span>
        ) : (
          groups.slice(0, 12).map((group, index) => (
            <span key={group} className="row" style={{ gap: 4 }}>
              <i className="swatch" style={{ background: seriesColor(index) }} />
              {group}
            </span>
          ))
        )}
        {groups.length > 12 && props.colour !== "strength" ? (
          <span className="faint">and {groups.length - 12} more</span>
        ) : null}
      </div>
      <Note note={note} />
    </div>
  );
}
