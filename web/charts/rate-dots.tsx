import type { EditSample } from "@artesian/server/api.ts";
import { percentText, rateWords } from "../model/edits.ts";
import { linearScale, niceTicks } from "../model/scale.ts";
import { MarkLink } from "./mark-link.tsx";
import { Note, useNote } from "./note.tsx";
import { useWidth } from "./use-width.ts";

const ROW = 22;
const TOP = 6;
const AXIS = 34;
const RIGHT = 16;

/** Edited share of each sample with its interval; controls are hollow. A dot opens its sample. */
export function RateDots({ samples, selected }: { samples: readonly EditSample[]; selected: string | undefined }) {
  const { ref, width } = useWidth<HTMLDivElement>(640);
  const { note, show, hide } = useNote();
  const done = samples.flatMap(({ edited, ...sample }) =>
    edited?.value == null || edited.lower === null || edited.upper === null
      ? []
      : [{ ...sample, edited: { value: edited.value, lower: edited.lower, upper: edited.upper } }],
  );
  const left = Math.min(220, 16 + 7 * Math.max(...done.map(({ sample }) => sample.length)));
  const highest = Math.max(0.02, ...done.map(({ edited }) => edited.upper));
  const x = linearScale([0, highest], [left, width - RIGHT]);
  const height = TOP + done.length * ROW + AXIS;
  const bottom = TOP + done.length * ROW;
  return (
    <div className="with-note" ref={ref}>
      <svg
        className="chart"
        width={width}
        height={height}
        viewBox={`0 0 ${width} ${height}`}
        data-export=""
        role="group"
        aria-label="edited share of each sample with its 95 % interval"
      >
        {niceTicks(0, highest, 6).map((tick) => (
          <g key={tick}>
            <line className="gridline" x1={x(tick)} x2={x(tick)} y1={TOP} y2={bottom} />
            <text className="tick" x={x(tick)} y={bottom + 14} textAnchor="middle">
              {percentText(tick).replace(/\.0+$/, "")}
            </text>
          </g>
        ))}
        {done.map((sample, index) => {
          const y = TOP + index * ROW + ROW / 2;
          const { edited } = sample;
          return (
            <g key={sample.sample}>
              <text
                className="tick"
                x={left - 8}
                y={y + 4}
                textAnchor="end"
                style={sample.sample === selected ? { fontWeight: 700, fill: "var(--ink)" } : undefined}
              >
                {sample.sample}
              </text>
              <MarkLink
                href={sample.href}
                words={`${sample.sample} · ${rateWords(edited)} edited`}
                onPoint={show}
                onLeave={hide}
              >
                <line x1={x(edited.lower)} x2={x(edited.upper)} y1={y} y2={y} stroke="var(--ink-3)" strokeWidth={1.6} />
                <circle
                  cx={x(edited.value)}
                  cy={y}
                  r={4}
                  fill={sample.isControl ? "var(--surface)" : "var(--accent)"}
                  stroke="var(--accent)"
                  strokeWidth={1.4}
                />
              </MarkLink>
            </g>
          );
        })}
        <text className="axis-label" x={(left + width - RIGHT) / 2} y={height - 4} textAnchor="middle">
          edited (%) · hollow: untreated control
        </text>
      </svg>
      <Note note={note} />
    </div>
  );
}
