import type { PerturbationRow } from "@artesian/server/api.ts";
import { Link, useLocation } from "wouter";
import { usePerturbations } from "../api/queries.ts";
import { formatInterval, formatPercent, plural } from "../model/format.ts";
import { Segmented } from "../ui/choice.tsx";
import { type Column, DataTable } from "../ui/data-table.tsx";
import { FilterBox } from "../ui/filter-box.tsx";
import { usePage } from "../ui/page.ts";
import { Card } from "../ui/parts.tsx";
import { HitPill } from "../ui/pill.tsx";
import { Answer, Empty } from "../ui/states.tsx";
import { useUrlState } from "../ui/use-url.ts";

const ABOUT =
  "Everything that was done to cells: genes, compounds and controls, each with one identity over all experiments. Open one for its wells, doses, likeness and what is missing.";

const columns: readonly Column<PerturbationRow>[] = [
  {
    key: "name",
    label: "perturbation",
    value: (p) => p.perturbation.name,
    cell: (p) => (
      <>
        <Link className="link" href={p.perturbation.href}>
          <b>{p.perturbation.name}</b>
        </Link>
        {p.synonyms.length > 0 ? <span className="faint"> {p.synonyms.slice(0, 2).join(", ")}</span> : null}
      </>
    ),
  },
  { key: "type", label: "type", value: (p) => p.perturbation.type },
  { key: "experiments", label: "experiments", numeric: true, value: (p) => p.experiments },
  { key: "wells", label: "wells", numeric: true, value: (p) => p.wells },
  { key: "doses", label: "doses", numeric: true, value: (p) => p.doses },
  {
    key: "agreement",
    label: "replicates",
    value: (p) => p.agreement.consistency,
    cell: (p) => (
      <span className={p.agreement.agree === false ? "warn-ink" : p.agreement.agree ? "" : "faint"}>
        {p.agreement.agree === null ? "not yet known" : p.agreement.agree ? "agree" : "disagree"}
      </span>
    ),
  },
  {
    key: "verdict",
    label: "verdict",
    value: (p) => p.verdict,
    cell: (p) => (p.verdict ? <HitPill verdict={p.verdict} /> : <span className="faint">–</span>),
  },
  {
    key: "ec50",
    label: "EC50 (95 % interval)",
    numeric: true,
    value: (p) => p.ec50?.value ?? null,
    cell: (p) =>
      p.ec50
        ? p.ec50.relation === "="
          ? formatInterval(p.ec50.value, [p.ec50.low, p.ec50.high])
          : `${p.ec50.relation} ${formatInterval(p.ec50.value)}`
        : "–",
  },
  {
    key: "rescue",
    label: "rescue",
    unit: "%",
    numeric: true,
    value: (p) => p.maxRescue?.value ?? null,
    cell: (p) => formatPercent(p.maxRescue?.value).replace(" %", ""),
  },
];

/** All genes, compounds and controls that were ever on a plate. */
export default function PerturbationsPage() {
  usePage([{ label: "Perturbations" }], ABOUT);
  const { params, change } = useUrlState();
  const [, navigate] = useLocation();
  const query = usePerturbations(params.q, params.type);
  return (
    <>
      <div className="row">
        <h1>Perturbations</h1>
        <span className="dim" aria-live="polite">
          {query.data ? plural(query.data.total, "perturbation") : ""}
        </span>
        <span className="push" />
        <Segmented
          label="type"
          value={params.type ?? "all"}
          options={["all", "compound", "gene", "control"].map((value) => ({
            value,
            label: value === "all" ? "all" : `${value}s`,
          }))}
          onChange={(value) => change({ type: value === "all" ? null : value })}
        />
        <FilterBox label="filter perturbations" />
      </div>
      <Answer query={query}>
        {(data) =>
          data.perturbations.length === 0 ? (
            <Card>
              <Empty title={params.q || params.type ? "No perturbation answers this filter" : "No perturbation yet"}>
                <p>
                  {params.q || params.type
                    ? "Esc empties the filter; “all” shows every type."
                    : "Perturbations come with an experiment's metadata: one row a well, naming its gene or its compound and dose."}
                </p>
              </Empty>
            </Card>
          ) : (
            <Card flush label="perturbations">
              <DataTable
                caption="Perturbations"
                columns={columns}
                rows={data.perturbations}
                rowKey={(p) => p.perturbation.id}
                onOpen={(p) => navigate(p.perturbation.href)}
                sort={params.sort}
                onSort={(sort) => change({ sort }, { replace: true })}
              />
            </Card>
          )
        }
      </Answer>
    </>
  );
}
