import type { MapRow } from "@artesian/server/api.ts";
import { Link } from "wouter";
import { useMapCard, useMapPair, useMapTrust } from "../api/map-queries.ts";
import { formatFixed, formatNumber, plural } from "../model/format.ts";
import { groupPath, rowName } from "../model/map-address.ts";
import { path } from "../model/url-state.ts";
import { Card } from "../ui/parts.tsx";
import { Pill } from "../ui/pill.tsx";
import { Answer } from "../ui/states.tsx";

/** Who says that two are related, each with its reference. */
export const edgeWords = (edges: readonly { source: string; reference?: string | undefined }[]): string =>
  [...new Set(edges.map(({ source, reference }) => [source, reference].filter(Boolean).join(" ")))].join(", ");

/** The chosen pair: exact cosine, who was seen how often, in which experiments, and what is known. */
export function PairCard({ group, row, other }: { group: string; row: MapRow; other: MapRow | undefined }) {
  const ends = other === undefined || other.row === row.row ? [row] : [row, other];
  const trust = useMapTrust(group, String(row.row));
  const pair = useMapPair(group, row.row, other?.row ?? row.row);
  const card = useMapCard(group, String(row.row), ends.length === 2 ? String(other!.row) : undefined);
  const evidence = ends.length === 2 && !card.isPlaceholderData ? card.data?.card : undefined;
  return (
    <Card title={ends.map(rowName).join(" × ")}>
      <div className="stack tight">
        <Answer query={pair}>
          {({ cosines, percentiles }) => (
            <div>
              cosine <b>{formatFixed(cosines[0], 3)}</b>
              <span className="dim"> · percentile {formatFixed(percentiles?.[0], 2)}</span>
            </div>
          )}
        </Answer>
        {ends.map((end) => (
          <div key={end.row} className="row">
            <Link className="link" href={path("perturbations", end.perturbation)} title="its wells and images">
              {rowName(end)}
            </Link>
            <span className="faint">
              {end.type} · {plural(end.units, "well")} · p {formatNumber(end.consistencyP, 2)}
              {end.arm === null ? "" : ` · ${end.arm}`}
            </span>
          </div>
        ))}
        {evidence === undefined ? (
          trust.data ? (
            <div className={trust.data.trust.trusted ? "dim" : "warn-ink"}>{trust.data.trust.sentence}</div>
          ) : null
        ) : (
          <>
            <div className="row">
              {evidence.ends.map(({ label, trust: told }) => (
                <span key={label} title={told.sentence}>
                  <Pill tone={told.trusted ? "ok" : "warn"}>
                    {label} {told.trusted ? "trusted" : "not trusted"}
                  </Pill>
                </span>
              ))}
            </div>
            {evidence.experiments === null ? null : (
              <div className="dim">
                {evidence.experiments.length === 0
                  ? "No experiment saw both."
                  : evidence.experiments.map((one) => `${one.experiment} ${formatFixed(one.cosine, 2)}`).join(" · ")}
              </div>
            )}
            <div className="dim">
              {evidence.known.length === 0 ? "novel: no source knows of it" : `known: ${edgeWords(evidence.known)}`}
            </div>
          </>
        )}
        <div className="row">
          {ends.length === 2 ? (
            <Link className="link" href={`${groupPath(group, "/hypotheses")}?a=${row.row}&b=${other!.row}`}>
              as a hypothesis →
            </Link>
          ) : null}
          <Link className="link" href={`${groupPath(group, "/hypotheses")}?of=${row.row}`}>
            proxies and opposite compounds →
          </Link>
        </div>
      </div>
    </Card>
  );
}
