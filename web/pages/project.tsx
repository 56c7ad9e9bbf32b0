import type { MatrixRow, ProjectDetail, ProjectSplit } from "@artesian/server/api.ts";
import { useState } from "react";
import { useGenes, useProject } from "../api/queries.ts";
import { FigureCard } from "../charts/figure-card.tsx";
import { formatBytes, formatCount, formatMoment, formatNumber, formatPercent, plural } from "../model/format.ts";
import { Select } from "../ui/choice.tsx";
import { CopyId } from "../ui/copy.tsx";
import { type Column, DataTable } from "../ui/data-table.tsx";
import { FilterBox } from "../ui/filter-box.tsx";
import { usePage } from "../ui/page.ts";
import { Card, StatCard } from "../ui/parts.tsx";
import { HowMade } from "../ui/picture.tsx";
import { Pill, SummaryPill } from "../ui/pill.tsx";
import { Answer, Empty, Skeleton } from "../ui/states.tsx";
import { useUrlState } from "../ui/use-url.ts";
import { Trouble } from "./trouble.tsx";

const ABOUT =
  "One project's expression matrices: how many cells and genes, before and after the filter, and the figures of all cells and of every split. Each figure can be taken as SVG, PNG, CSV and Vega-Lite.";

type Gene = NonNullable<ReturnType<typeof useGenes>["data"]>["genes"][number];

const geneColumns: readonly Column<Gene>[] = [
  { key: "symbol", label: "gene", value: (g) => g.symbol },
  { key: "gene", label: "id", mono: true, value: (g) => g.gene },
  { key: "matrix", label: "matrix", mono: true, value: (g) => g.matrix },
  {
    key: "expressing",
    label: "cells expressing",
    numeric: true,
    value: (g) => g.cellsExpressing,
    cell: (g) => `${formatCount(g.cellsExpressing)} of ${formatCount(g.cells)}`,
  },
  {
    key: "share",
    label: "share",
    unit: "%",
    numeric: true,
    value: (g) => g.share,
    cell: (g) => formatPercent(g.share).replace(" %", ""),
  },
  { key: "mean", label: "mean", numeric: true, value: (g) => g.mean, cell: (g) => formatNumber(g.mean) },
];

const splitLabel = (split: ProjectSplit): string =>
  split.column === null
    ? `all cells (${formatCount(split.cells)})`
    : `${split.column} = ${split.value} (${formatCount(split.cells)})`;

function Matrix({ matrix }: { matrix: MatrixRow }) {
  const { params, change } = useUrlState();
  const split = matrix.splits.find(({ id }) => id === params.split) ?? matrix.splits[0];
  return (
    <>
      <div className="row">
        <h2 className="mono">{matrix.key}</h2>
        <Pill tone={{ done: "ok", failed: "fail", partial: "warn", waiting: "wait" }[matrix.status] as "ok"}>
          {matrix.status}
        </Pill>
        <span className="dim">
          {matrix.format} · {formatBytes(matrix.sizeBytes)}
          {matrix.valueKind === null ? "" : ` · ${matrix.valueKind}`}
          {matrix.summarisedAt === null ? "" : ` · summarised ${formatMoment(matrix.summarisedAt)}`}
        </span>
        {matrix.digest === null ? null : <CopyId id={matrix.digest} shown={matrix.digest.slice(0, 10)} />}
        <span className="push" />
        {matrix.splits.length > 1 && split !== undefined ? (
          <Select
            label="cells"
            options={matrix.splits.map((one) => ({ value: one.id, label: splitLabel(one) }))}
            value={split.id}
            onChange={(next) => change({ split: next === matrix.splits[0]?.id ? null : next })}
          />
        ) : null}
        {matrix.genesCsv === null ? null : (
          <a className="btn quiet" href={matrix.genesCsv} download>
            every gene (CSV)
          </a>
        )}
      </div>
      {matrix.problem === null ? null : <Trouble problem={matrix.problem} />}
      <div className="stats">
        <StatCard value={formatCount(matrix.cells)} label="cells" />
        <StatCard value={formatCount(matrix.cellsKept)} label="cells after the filter" />
        <StatCard value={formatCount(matrix.genes)} label="genes" />
        <StatCard value={formatCount(matrix.genesKept)} label="genes after the filter" />
        <StatCard value={formatCount(matrix.entries)} label="values other than zero" />
      </div>
      {matrix.warnings.length === 0 ? null : (
        <Card title="What to know about this file">
          <ul className="stack" style={{ margin: 0, paddingLeft: 18, gap: 4 }}>
            {matrix.warnings.map((warning) => (
              <li key={warning.code}>
                {warning.message} <span className="mono faint">{warning.code}</span>
              </li>
            ))}
          </ul>
        </Card>
      )}
      {split === undefined ? null : (
        <div className="figures">
          {split.figures.map((figure) => (
            <FigureCard key={`${split.id}/${figure.id}`} figure={figure} />
          ))}
        </div>
      )}
    </>
  );
}

function Genes({ project }: { project: string }) {
  const { params } = useUrlState();
  const query = useGenes(project, params.gene ?? "");
  return (
    <Card title="A gene in this project" aside={<FilterBox label="gene symbol or id" name="gene" />} flush>
      {(params.gene ?? "") === "" ? (
        <div className="bd dim">Type a symbol to see in how many cells it is expressed.</div>
      ) : (
        <Answer query={query} skeleton={<Skeleton height={60} />}>
          {(data) =>
            data.genes.length === 0 ? (
              <div className="bd dim">No gene of this project is called “{params.gene}”.</div>
            ) : (
              <DataTable
                caption="Genes"
                columns={geneColumns}
                rows={data.genes}
                rowKey={(g) => `${g.matrix}/${g.gene}`}
                maxHeight={220}
              />
            )
          }
        </Answer>
      )}
    </Card>
  );
}

function Detail({ data }: { data: ProjectDetail }) {
  const { params, change } = useUrlState();
  const [open, setOpen] = useState(false);
  const matrix = data.matrixRows.find(({ key }) => key === params.matrix) ?? data.matrixRows[0];
  return (
    <>
      {data.skip === null ? null : (
        <Card title="Skipped">
          {data.skip.reason}
          {data.skip.owner === null ? "" : ` Ask ${data.skip.owner}.`}
        </Card>
      )}
      {data.problem !== null && matrix?.problem === null ? <Trouble problem={data.problem} /> : null}
      {data.matrixRows.length > 1 && matrix !== undefined ? (
        <div className="row">
          <Select
            label="matrix"
            options={data.matrixRows.map(({ key }) => ({ value: key, label: key }))}
            value={matrix.key}
            onChange={(next) => change({ matrix: next, split: null })}
          />
          <span className="dim">{plural(data.matrixRows.length, "matrix", "matrices")}</span>
        </div>
      ) : null}
      {matrix === undefined ? (
        data.skip === null ? (
          <Card>
            <Empty title="Nothing here is an expression matrix">
              <p>Expected Matrix Market with genes and barcodes, 10x HDF5, h5ad, AnnData zarr, loom, CSV or TSV.</p>
            </Empty>
          </Card>
        ) : null
      ) : (
        <>
          <Matrix matrix={matrix} />
          <Genes project={data.id} />
        </>
      )}
      {data.leftovers.length === 0 ? null : (
        <Card title="Files that were left out" flush>
          <DataTable
            caption="Files that were left out"
            columns={[
              { key: "key", label: "file", mono: true, value: (f: { key: string }) => f.key },
              { key: "message", label: "why", value: (f: { message: string }) => f.message },
            ]}
            rows={data.leftovers}
            rowKey={(f) => f.key}
            maxHeight={200}
          />
        </Card>
      )}
      <Card
        title="How this was made"
        aside={
          <button type="button" className="btn quiet push" aria-expanded={open} onClick={() => setOpen(!open)}>
            {open ? "less" : "more"}
          </button>
        }
        flush
      >
        {open ? <HowMade provenance={data.provenance} /> : <div className="bd dim">{data.provenance.how}</div>}
      </Card>
    </>
  );
}

/** One project: its matrices, their figures by split, and why something is missing. */
export default function ProjectPage({ project }: { project: string }) {
  const query = useProject(project);
  const name = query.data?.title ?? project;
  usePage([{ label: "Projects", href: "/projects" }, { label: name }], ABOUT);
  return (
    <>
      <div className="row">
        <h1>{name}</h1>
        {query.data ? (
          <>
            <SummaryPill status={query.data.status} />
            <CopyId id={query.data.id} />
            <span className="dim">
              {plural(query.data.matrixRows.length, "matrix", "matrices")}
              {query.data.freshness.checkedAt === null
                ? ""
                : ` · looked at ${formatMoment(query.data.freshness.checkedAt)}`}
            </span>
          </>
        ) : null}
      </div>
      <Answer
        query={query}
        skeleton={
          <>
            <Skeleton height={62} />
            <Skeleton height={320} />
          </>
        }
      >
        {(data) => <Detail data={data} />}
      </Answer>
    </>
  );
}
