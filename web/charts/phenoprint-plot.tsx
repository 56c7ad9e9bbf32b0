import type { Phenoprint } from "@artesian/server/api.ts";
import type { TableTwin } from "../model/csv.ts";
import { formatFixed, formatPercent } from "../model/format.ts";
import { extent, linearScale, niceTicks } from "../model/scale.ts";
import { MarkLink } from "./mark-link.tsx";
import { Note, useNote } from "./note.tsx";

const WIDTH = 420;
const HEIGHT = 128;
const LEFT = 62;
const RIGHT = 408;

/** The scores of a phenoprint as a table. */
export const phenoprintTwin = (phenoprint: Phenoprint): TableTwin => ({
  columns: [
    { key: "plate", label: "plate" },
    { key: "well", label: "well" },
    { key: "role", label: "role" },
    { key: "score", label: "score" },
  ],
  rows: phenoprint.scores.map((s) => ({ plate: s.plate, well: s.well, role: s.role, score: s.score })),
});

/** Height of a dot inside its row: neighbours of about equal score are stacked. */
function jitter(scores: readonly number[]): number[] {
  const seen = new Map<number, number>();
  return scores.map((score) => {
    const bin = Math.round(score * 40);
    const count = seen.get(bin) ?? 0;
    seen.set(bin, count + 1);
    return (count % 2 === 0 ? 1 : -1) * Math.ceil(count / 2) * 4;
  });
}

/** Can healthy and disease cells be told apart: one dot a control well, cross-validated. */
export function PhenoprintPlot({ phenoprint }: { phenoprint: Phenoprint }) {
  const { note, show, hide } = useNote();
  const domain = extent([0, 1, ...phenoprint.scores.map((s) => s.score)], 0.05);
  const x = linearScale(domain, [LEFT, RIGHT]);
  const roles = [...new Set(phenoprint.scores.map((s) => s.role))].sort((a, b) =>
    a === "healthy" ? -1 : b === "healthy" ? 1 : a < b ? -1 : 1,
  );
  const { auc } = phenoprint;
  return (
    <div className="with-note stack" style={{ gap: 8 }}>
      <div>
        AUC <b>{formatFixed(auc.value, 3)}</b>
        {auc.low !== null && auc.high !== null ? (
          <span className="dim">
            {" "}
            ({formatFixed(auc.low, 3)}–{formatFixed(auc.high, 3)})
          </span>
        ) : null}
        <span className="dim">
          {" "}
          · cross-validated {phenoprint.crossValidation} · {phenoprint.healthyWells} healthy, {phenoprint.diseaseWells}{" "}
          disease wells
          {phenoprint.falsePositiveRate === null
            ? ""
            : ` · false positives ${formatPercent(phenoprint.falsePositiveRate)}`}
        </span>
      </div>
      <svg
        className="chart"
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        data-export=""
        role="group"
        aria-label={`phenoprint scores of ${phenoprint.scores.length} control wells, AUC ${formatFixed(auc.value, 3)}`}
        style={{ maxWidth: 560 }}
      >
        {niceTicks(domain[0], domain[1], 5).map((tick) => (
          <g key={tick}>
            <line className="gridline" x1={x(tick)} x2={x(tick)} y1={8} y2={98} />
            <text className="tick" x={x(tick)} y={111} textAnchor="middle">
              {String(tick).replace("-", "−")}
            </text>
          </g>
        ))}
        {roles.map((role, row) => {
          const members = phenoprint.scores.filter((s) => s.role === role);
          const offsets = jitter(members.map((s) => s.score));
          const y = 30 + row * 46;
          return (
            <g key={role}>
              <text className="mark-label" x={LEFT - 8} y={y + 4} textAnchor="end">
                {role}
              </text>
              {members.map((s, k) => (
                <MarkLink
                  key={`${s.plate}${s.well}`}
                  href={s.href}
                  words={`${s.plate} · ${s.well} · ${role} · ${formatFixed(s.score, 2)}`}
                  onPoint={show}
                  onLeave={hide}
                >
                  <circle
                    cx={x(s.score)}
                    cy={y + Math.max(-18, Math.min(18, offsets[k]!))}
                    r={3.2}
                    fill={role === "healthy" ? "var(--surface)" : "var(--ink-2)"}
                    stroke="var(--ink-2)"
                  />
                </MarkLink>
              ))}
            </g>
          );
        })}
        <text className="axis-label" x={(LEFT + RIGHT) / 2} y={125} textAnchor="middle">
          score (healthy 0 – disease 1)
        </text>
      </svg>
      {phenoprint.note ? <p className="warn-ink">{phenoprint.note}</p> : null}
      <Note note={note} />
    </div>
  );
}
