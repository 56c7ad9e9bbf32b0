import type { MapCompounds } from "@artesian/server/api.ts";
import { Link } from "wouter";
import { useMapCompounds } from "../api/map-queries.ts";
import { DoseSpark } from "../charts/dose-spark.tsx";
import { formatFixed, formatNumber } from "../model/format.ts";
import { groupPath, rowName } from "../model/map-address.ts";
import { choice } from "../model/url-state.ts";
import { Segmented } from "../ui/choice.tsx";
import { type Column, DataTable } from "../ui/data-table.tsx";
import { Card } from "../ui/parts.tsx";
import { Pill } from "../ui/pill.tsx";
import { Answer } from "../ui/states.tsx";
import { useUrlState } from "../ui/use-url.ts";
import { edgeWords } from "./pair-card.tsx";

function compoundColumns(
  open: (compound: MapCompounds["compounds"][number]) => void,
): readonly Column<MapCompounds["compounds"][number]>[] {
  return [
    {
      key: "symbol",
      label: "compound",
      value: (c) => c.symbol,
      cell: (c) => (
        <button type="button" className="btn quiet" onClick={() => open(c)}>
          {c.symbol}
        </button>
      ),
    },
    {
      key: "best",
      label: "best dose",
      unit: "µM",
      numeric: true,
      value: (c) => c.best.concentration,
      cell: (c) => formatNumber(c.best.concentration),
    },
    {
      key: "cosine",
      label: "cosine",
      numeric: true,
      value: (c) => c.best.cosine,
      cell: (c) => formatFixed(c.best.cosine, 2),
    },
    {
      key: "percentile",
      label: "percentile",
      numeric: true,
      value: (c) => c.best.percentile,
      cell: (c) => formatFixed(c.best.percentile, 2),
    },
    { key: "doses", label: "over doses", value: (c) => c.trend?.tau, cell: (c) => <DoseSpark doses={c.doses} /> },
    {
      key: "tau",
      label: "trend",
      numeric: true,
      value: (c) => c.trend?.tau,
      cell: (c) => (c.trend === null ? "–" : `${formatFixed(c.trend.tau, 2)} (p ${formatNumber(c.trend.p, 1)})`),
    },
    {
      key: "consistent",
      label: "follows dose",
      value: (c) => String(c.doseConsistent),
      cell: (c) =>
        c.doseConsistent === null ? (
          "not told"
        ) : c.doseConsistent ? (
          <Pill tone="ok">yes</Pill>
        ) : (
          <Pill tone="warn">no</Pill>
        ),
    },
    {
      key: "known",
      label: "known",
      value: (c) => (c.known ? edgeWords(c.known) : ""),
      cell: (c) => (c.known === null ? "–" : c.known.length === 0 ? "novel" : edgeWords(c.known)),
    },
  ];
}

/** Compounds that oppose a perturbation, or act like it: best dose, trend over doses, what is known; opposite ones as rescue of it. */
export function CompoundsCard({ group, of }: { group: string; of: string }) {
  const { params, change } = useUrlState();
  const side = choice(params, "side", ["opposite", "similar"]);
  const query = useMapCompounds(group, of, side);
  return (
    <Answer query={query}>
      {(answer) => (
        <Card
          title={`Compounds ${side} to ${rowName(answer.of)}`}
          aside={
            <>
              <Segmented
                label="side"
                value={side}
                options={[
                  { value: "opposite", label: "opposite" },
                  { value: "similar", label: "similar" },
                ]}
                onChange={(value) => change({ side: value === "opposite" ? null : value }, { replace: true })}
              />
              {answer.compounds.length > 0 ? (
                <Link
                  className="link push"
                  href={`${groupPath(group)}?columns=${answer.compounds
                    .slice(0, 30)
                    .map(({ perturbation }) => encodeURIComponent(perturbation).replaceAll("%3A", ":"))
                    .join(",")}&disease=${encodeURIComponent(answer.of.perturbation)}&projection=rescue`}
                >
                  do they rescue it? →
                </Link>
              ) : null}
            </>
          }
          flush
        >
          {answer.compounds.length === 0 ? (
            <div className="bd dim">No compound lies in that tail.</div>
          ) : (
            <DataTable
              caption="Compounds"
              columns={compoundColumns((c) => change({ a: of, b: String(c.best.row) }))}
              rows={answer.compounds}
              rowKey={(c) => c.perturbation}
              maxHeight={300}
            />
          )}
        </Card>
      )}
    </Answer>
  );
}
