import type { MapNeighbour } from "@artesian/server/api.ts";
import type { ReactNode } from "react";
import { Link } from "wouter";
import { useMapPerturbation, useMapStatus } from "../api/map-queries.ts";
import { ServerAnswerError } from "../errors.ts";
import { formatFixed, formatNumber, plural } from "../model/format.ts";
import { groupPath, mapHref, rowName } from "../model/map-address.ts";
import { path } from "../model/url-state.ts";
import { CopyId } from "../ui/copy.tsx";
import { Card } from "../ui/parts.tsx";
import { Pill } from "../ui/pill.tsx";
import { Answer } from "../ui/states.tsx";

const Near = ({ rows }: { rows: readonly MapNeighbour[] }) =>
  rows.length === 0
    ? "none beyond chance"
    : rows.slice(0, 6).map(({ row, cosine, known }, k) => (
        <span key={row.row}>
          {k === 0 ? "" : ", "}
          <Link className="link" href={path("perturbations", row.perturbation)}>
            {rowName(row)}
          </Link>{" "}
          <span className="faint">
            {formatFixed(cosine, 2)}
            {known?.length === 0 ? " novel" : ""}
          </span>
        </span>
      ));

function useOnMaps(id: string) {
  const status = useMapStatus();
  return { status, query: useMapPerturbation(id, status.data !== undefined && status.data.store !== null) };
}

/** Stands for the answer of the experiments when they know nothing of a perturbation that a map has: no fault, and nothing to try again. */
export function OnlyOnMaps({ id, name, otherwise }: { id: string; name: string; otherwise: ReactNode }) {
  const { query } = useOnMaps(id);
  if (!query.data?.groups.some(({ rows }) => rows.length > 0)) return otherwise;
  return (
    <div className="row">
      <h1>{name}</h1>
      <CopyId id={id} />
      <span className="dim">In no experiment of this data folder; what is known comes from maps.</span>
    </div>
  );
}

/** What every group of the store knows of a perturbation. */
export function PerturbationMaps({ id }: { id: string }) {
  const { status, query } = useOnMaps(id);
  // No group has it: that is said by "why is X missing", not as a fault of this page.
  if (!status.data?.store || (query.error instanceof ServerAnswerError && query.error.status === 404)) return null;
  return (
    <Answer query={query}>
      {({ groups }) => (
        <>
          {groups.map(({ by, rows, similar, opposite, trust }) => (
            <Card
              key={`${by.id}@${by.version}`}
              title={`On the map ${by.label}`}
              aside={
                <span className="row push">
                  <Link className="link" href={`${groupPath(by.id, "/hypotheses")}?of=${encodeURIComponent(id)}`}>
                    hypotheses →
                  </Link>
                  <Link
                    className="link"
                    href={mapHref(by.id, [
                      id,
                      ...similar.slice(0, 10).map(({ row }) => row.perturbation),
                      ...opposite.slice(0, 10).map(({ row }) => row.perturbation),
                    ])}
                  >
                    on the map →
                  </Link>
                </span>
              }
            >
              {rows.length === 0 ? (
                <Link className="link" href={`${groupPath(by.id, "/why")}?name=${encodeURIComponent(id)}`}>
                  Not in this version: why? →
                </Link>
              ) : (
                <dl className="facts">
                  <dt>trust</dt>
                  <dd>
                    {trust === null ? (
                      "–"
                    ) : (
                      <Pill tone={trust.trusted ? "ok" : "warn"}>{trust.trusted ? "trusted" : "not trusted"}</Pill>
                    )}{" "}
                    <span className="dim">{trust?.sentence}</span>
                  </dd>
                  <dt>rows</dt>
                  <dd>
                    {rows
                      .filter(({ experiment }) => experiment === null)
                      .map(
                        (row) =>
                          `${rowName(row)}: ${plural(row.units, "well")}, p ${formatNumber(row.consistencyP, 2)}`,
                      )
                      .join("; ")}
                  </dd>
                  <dt>similar</dt>
                  <dd>
                    <Near rows={similar} />
                  </dd>
                  <dt>opposite</dt>
                  <dd>
                    <Near rows={opposite} />
                  </dd>
                </dl>
              )}
            </Card>
          ))}
        </>
      )}
    </Answer>
  );
}
