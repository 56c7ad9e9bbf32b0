import type { MapFunnel } from "@artesian/server/api.ts";
import { FunnelBar } from "../charts/funnel-bar.tsx";
import { type TableTwin, twinToCsv } from "../model/csv.ts";
import { formatCount, formatFixed } from "../model/format.ts";
import { funnelQuery } from "../model/funnel.ts";
import { rowName } from "../model/map-address.ts";
import { Select } from "../ui/choice.tsx";
import { type Column, DataTable } from "../ui/data-table.tsx";
import { saveText } from "../ui/download.ts";
import { Card } from "../ui/parts.tsx";
import { Failed, Skeleton } from "../ui/states.tsx";
import { useUrlState } from "../ui/use-url.ts";
import { edgeWords } from "./pair-card.tsx";
import { RowPicker } from "./row-picker.tsx";
import { useFunnel } from "./use-funnel.ts";

type Pair = MapFunnel["pairs"][number];

const pairColumns: readonly Column<Pair>[] = [
  { key: "a", label: "perturbation", value: (p) => rowName(p.a) },
  { key: "b", label: "and", value: (p) => rowName(p.b) },
  { key: "cosine", label: "cosine", numeric: true, value: (p) => p.cosine, cell: (p) => formatFixed(p.cosine, 2) },
  {
    key: "percentile",
    label: "percentile",
    numeric: true,
    value: (p) => p.percentile,
    cell: (p) => formatFixed(p.percentile, 2),
  },
  { key: "tau", label: "dose trend", numeric: true, value: (p) => p.doseTau, cell: (p) => formatFixed(p.doseTau, 2) },
  { key: "experiments", label: "experiments", numeric: true, value: (p) => p.experiments },
  { key: "known", label: "known", value: (p) => edgeWords(p.known) || "novel" },
];

const pairsTwin = ({ pairs }: Pick<MapFunnel, "pairs">): TableTwin => ({
  columns: pairColumns.map(({ key, label }) => ({ key, label })),
  rows: pairs.map((pair) => Object.fromEntries(pairColumns.map(({ key, value }) => [key, value(pair) ?? null]))),
});

/** The funnel: settings in the address, counts as they come, the pairs that came through. */
export function GroupFunnel({ group }: { group: string }) {
  const { params, change } = useUrlState();
  const query = { ...funnelQuery(params), ...(params.with === undefined ? {} : { with: params.with }) };
  const { counts, funnel, error, again } = useFunnel(group, query);
  const set = (name: string, standard: string) => (value: string) =>
    change({ [name]: value === standard ? null : value, a: null, b: null }, { replace: true });
  const select = (name: string, label: string, standard: string, options: readonly (readonly [string, string])[]) => (
    <Select
      label={label}
      value={params[name] ?? standard}
      options={options.map(([value, words]) => ({ value, label: words }))}
      onChange={set(name, standard)}
    />
  );
  return (
    <Card title="Funnel" flush>
      <div className="bd row">
        {select("between", "between", "all", [
          ["all", "all"],
          ["genes", "genes"],
          ["compounds", "compounds"],
          ["gene-compound", "gene and compound"],
        ])}
        <RowPicker group={group} label="with" name="with" otherwise="any perturbation" />
        {select("consistencyP", "replicates p ≤", "0.05", [
          ["0.01", "0.01"],
          ["0.05", "0.05"],
          ["0.1", "0.1"],
          ["1", "any"],
        ])}
        {select("units", "wells ≥", "3", [
          ["0", "any"],
          ["2", "2"],
          ["3", "3"],
          ["6", "6"],
        ])}
        {select("tails", "tails", "percentile", [
          ["percentile", "percent of pairs"],
          ["fdr", "false discovery rate"],
        ])}
        {params.tails === "fdr"
          ? select("q", "q ≤", "0.05", [
              ["0.01", "0.01"],
              ["0.05", "0.05"],
              ["0.1", "0.1"],
            ])
          : select("percent", "percent", "5", [
              ["0.5", "0.5 %"],
              ["1", "1 %"],
              ["2", "2 %"],
              ["5", "5 %"],
              ["10", "10 %"],
            ])}
        {select("otherArm", "one arm", "true", [
          ["true", "left out"],
          ["false", "kept"],
        ])}
        {select("novel", "known", "true", [
          ["true", "left out"],
          ["false", "kept"],
        ])}
        {select("doseTau", "dose trend ≥", "0.6", [
          ["off", "not asked"],
          ["0.3", "0.3"],
          ["0.6", "0.6"],
          ["0.8", "0.8"],
        ])}
        {select("experiments", "experiments ≥", "2", [
          ["0", "not asked"],
          ["2", "2"],
          ["3", "3"],
        ])}
        {params.experiments === "0"
          ? null
          : select("experimentPercent", "each in its", "10", [
              ["5", "5 % tails"],
              ["10", "10 % tails"],
              ["20", "20 % tails"],
            ])}
      </div>
      <div className="bd">
        {counts.length > 0 ? (
          <FunnelBar
            counts={counts}
            counting={funnel === undefined && error === undefined}
            with={funnel?.with ?? null}
          />
        ) : error === undefined ? (
          <Skeleton height={30} />
        ) : null}
        {error === undefined ? null : <Failed error={error} onRetry={again} />}
        {funnel?.notAsked.map((words) => (
          <p key={words} className="faint">
            {words}
          </p>
        ))}
      </div>
      {funnel === undefined ? null : funnel.pairs.length === 0 ? (
        <div className="bd dim">No pair comes through. Loosen a step above.</div>
      ) : (
        <>
          <DataTable
            caption="Pairs that came through"
            columns={pairColumns}
            rows={funnel.pairs}
            rowKey={(p) => `${p.a.row}-${p.b.row}`}
            selected={`${params.a}-${params.b}`}
            onOpen={(p) => change({ a: String(p.a.row), b: String(p.b.row) }, { replace: params.a !== undefined })}
            maxHeight={380}
          />
          <div className="bd row faint">
            <span>
              The {formatCount(funnel.pairs.length)} strongest of{" "}
              {formatCount(funnel.with?.pairs ?? funnel.counts.at(-1)?.pairs)}.
            </span>
            <button
              type="button"
              className="btn quiet push"
              onClick={() => saveText("hypotheses.csv", "text/csv", twinToCsv(pairsTwin(funnel)))}
            >
              CSV
            </button>
          </div>
        </>
      )}
    </Card>
  );
}
