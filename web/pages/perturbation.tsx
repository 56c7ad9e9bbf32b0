import type { EditSample, Neighbour, PerturbationDetail, PerturbationEvidence } from "@artesian/server/api.ts";
import { Link, useLocation } from "wouter";
import { usePerturbation, usePerturbations } from "../api/queries.ts";
import { DoseCurve, doseTwin } from "../charts/dose-curve.tsx";
import { StructureDrawing } from "../charts/structure-drawing.tsx";
import { ServerAnswerError } from "../errors.ts";
import { cssColor, diverging } from "../model/color.ts";
import { percentText, rateWords } from "../model/edits.ts";
import { formatCount, formatFixed, formatNumber, formatPercent, plural } from "../model/format.ts";
import { faultLabel } from "../model/glyph.ts";
import { CopyId } from "../ui/copy.tsx";
import { type Column, DataTable } from "../ui/data-table.tsx";
import { byDose, exampleTitle, SideBySide } from "../ui/example-wells.tsx";
import { useKeys } from "../ui/keys.ts";
import { usePage } from "../ui/page.ts";
import { Card } from "../ui/parts.tsx";
import { HowMade, Picture } from "../ui/picture.tsx";
import { HitPill, Pill } from "../ui/pill.tsx";
import { Answer, Empty, Skeleton } from "../ui/states.tsx";
import { OnlyOnMaps, PerturbationMaps } from "./perturbation-maps.tsx";

const ABOUT =
  "One perturbation over all experiments, and the questions about it in turn: wells and pixels, do replicates agree, phenoprint, what is similar and opposite, from which dose, and what is missing.";

type Well = PerturbationEvidence["wells"][number];

const wellColumns: readonly Column<Well>[] = [
  {
    key: "well",
    label: "well",
    mono: true,
    value: (w) => `${w.plate} ${w.well}`,
    cell: (w) => (
      <Link className="link" href={w.href}>
        {w.plate} · {w.well}
      </Link>
    ),
  },
  {
    key: "dose",
    label: "dose",
    unit: "µM",
    numeric: true,
    value: (w) => w.doseUm,
    cell: (w) => formatNumber(w.doseUm),
  },
  { key: "status", label: "status", value: (w) => w.status },
  { key: "cells", label: "cells", numeric: true, value: (w) => w.cellCount, cell: (w) => formatCount(w.cellCount) },
  { key: "score", label: "disease score", numeric: true, value: (w) => w.score, cell: (w) => formatFixed(w.score, 2) },
  {
    key: "flags",
    label: "flags",
    value: (w) => w.flags.map(faultLabel).join(", "),
    cell: (w) => <span className="warn-ink">{w.flags.map(faultLabel).join(", ")}</span>,
  },
];

function Neighbours({ title, rows, map }: { title: string; rows: readonly Neighbour[]; map: string }) {
  return (
    <Card
      title={title}
      aside={
        <Link className="link push" href={map}>
          on the map →
        </Link>
      }
      flush
    >
      {rows.length === 0 ? (
        <div className="bd dim">None beyond chance.</div>
      ) : (
        <table className="data">
          <caption className="visually-hidden">{title}</caption>
          <thead>
            <tr>
              <th scope="col">perturbation</th>
              <th scope="col">type</th>
              <th scope="col" className="num">
                cosine
              </th>
              <th scope="col" className="num">
                percentile
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row.label}>
                <td>
                  <i
                    className="swatch"
                    style={{ background: cssColor(diverging(row.cosine)), border: "1px solid var(--line-strong)" }}
                  />{" "}
                  <Link className="link" href={row.perturbation.href}>
                    {row.label}
                  </Link>
                </td>
                <td className="faint">{row.perturbation.type}</td>
                <td className="num">{formatFixed(row.cosine, 2)}</td>
                <td className="num">{formatFixed(row.percentile, 1)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Card>
  );
}

function Evidence({ evidence, name }: { evidence: PerturbationEvidence; name: string }) {
  const [, navigate] = useLocation();
  const map = `/maps/${encodeURIComponent(evidence.experimentId)}?row=${encodeURIComponent(name)}`;
  return (
    <>
      <div className="row">
        <h2>
          In{" "}
          <Link className="link" href={evidence.href}>
            {evidence.experimentName}
          </Link>
        </h2>
        <span className="dim">
          {plural(evidence.wells.length, "well")}
          {evidence.score ? ` · mean disease score ${formatFixed(evidence.score.value, 2)}` : ""}
          {evidence.score && evidence.score.low !== null && evidence.score.high !== null
            ? ` (${formatFixed(evidence.score.low, 2)} to ${formatFixed(evidence.score.high, 2)})`
            : ""}
        </span>
        <span className={evidence.agreement.agree === false ? "warn-ink" : "dim"}>{evidence.agreement.sentence}</span>
      </div>
      <Card title="Cells" aside={<span className="dim">beside healthy and disease cells</span>}>
        {evidence.examples.length > 0 ? (
          <SideBySide
            columns={[
              ...evidence.compareWith.map((well) => ({ title: well.role, well })),
              ...byDose(evidence.examples).map((well) => ({ title: exampleTitle(well, name), well })),
            ]}
          />
        ) : (
          <p className="dim">No picture of its wells yet.</p>
        )}
      </Card>
      {evidence.curve ? (
        <div className="two">
          <Picture
            title="Rescue by dose"
            name={`${evidence.experimentId}-${name}-dose`}
            twin={doseTwin(evidence.curve)}
            provenance={evidence.provenance}
            aside={<HitPill verdict={evidence.curve.verdict} />}
          >
            <DoseCurve curve={evidence.curve} />
            <p className="dim">{evidence.curve.sentence}</p>
          </Picture>
          <div className="stack">
            <Neighbours title="Similar" rows={evidence.similar} map={map} />
            <Neighbours title="Opposite" rows={evidence.opposite} map={map} />
          </div>
        </div>
      ) : (
        <div className="two">
          <Neighbours title="Similar" rows={evidence.similar} map={map} />
          <Neighbours title="Opposite" rows={evidence.opposite} map={map} />
        </div>
      )}
      <Card title="Wells" flush>
        <DataTable
          caption={`Wells of ${name}`}
          columns={wellColumns}
          rows={evidence.wells}
          rowKey={(w) => `${w.plate}${w.well}`}
          onOpen={(w) => navigate(w.href)}
          maxHeight={330}
        />
      </Card>
      <Card title="How this was made" flush>
        <HowMade provenance={evidence.provenance} />
      </Card>
    </>
  );
}

const editColumns: readonly Column<EditSample>[] = [
  { key: "experiment", label: "experiment", value: (s) => s.experimentId },
  {
    key: "sample",
    label: "sample",
    mono: true,
    value: (s) => s.sample,
    cell: (s) => (
      <Link className="link" href={s.href}>
        {s.sample}
      </Link>
    ),
  },
  { key: "amplicon", label: "amplicon", value: (s) => s.amplicon },
  { key: "judged", label: "reads", numeric: true, value: (s) => s.judged, cell: (s) => formatCount(s.judged) },
  {
    key: "edited",
    label: "edited",
    unit: "%",
    numeric: true,
    value: (s) => s.edited?.value,
    cell: (s) => rateWords(s.edited).replace(" %", ""),
  },
  {
    key: "above",
    label: "above controls",
    unit: "%",
    numeric: true,
    value: (s) => s.aboveControls?.value,
    cell: (s) => percentText(s.aboveControls?.value),
  },
  {
    key: "frameshift",
    label: "frameshifts",
    numeric: true,
    value: (s) => s.frameshift,
    cell: (s) => formatPercent(s.frameshift),
  },
];

const expressionColumns: readonly Column<PerturbationDetail["expression"][number]>[] = [
  {
    key: "project",
    label: "project",
    value: (g) => g.title ?? g.project,
    cell: (g) => (
      <Link className="link" href={g.href}>
        {g.title ?? g.project}
      </Link>
    ),
  },
  { key: "matrix", label: "matrix", mono: true, value: (g) => g.matrix },
  {
    key: "share",
    label: "cells expressing",
    unit: "%",
    numeric: true,
    value: (g) => g.share,
    cell: (g) => formatPercent(g.share).replace(" %", ""),
  },
  {
    key: "cells",
    label: "cells",
    numeric: true,
    value: (g) => g.cells,
    cell: (g) => `${formatCount(g.cellsExpressing)} of ${formatCount(g.cells)}`,
  },
  { key: "mean", label: "mean", numeric: true, value: (g) => g.mean, cell: (g) => formatNumber(g.mean) },
];

const STATE = { answered: ["ok", undefined], waiting: ["wait", undefined], missing: ["warn", "?"] } as const;

function Questions({ data }: { data: PerturbationDetail }) {
  return (
    <Card title="The questions in turn" flush>
      <table className="data">
        <caption className="visually-hidden">Questions about {data.perturbation.name} and their answers</caption>
        <tbody>
          {data.answers.map((answer) => {
            const [tone, sign] = STATE[answer.state];
            return (
              <tr key={answer.id}>
                <th scope="row" style={{ width: 220 }}>
                  {answer.question}
                </th>
                <td style={{ width: 110 }}>
                  <Pill tone={tone} {...(sign ? { sign } : {})}>
                    {answer.state}
                  </Pill>
                </td>
                <td>{answer.answer}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </Card>
  );
}

/** A perturbation: one identity, every question about it, everywhere that it was used. */
function isOnlyOnMaps({ experiments, wells, edits, expression }: PerturbationDetail): boolean {
  return experiments === 0 && wells === 0 && edits.length === 0 && expression.length === 0;
}

export default function PerturbationPage({ id }: { id: string }) {
  const query = usePerturbation(id);
  const [, navigate] = useLocation();
  const all = usePerturbations();
  const name = query.data?.perturbation.name ?? id.replace(/^\w+:/, "");
  usePage([{ label: "Perturbations", href: "/perturbations" }, { label: name }], ABOUT);
  const step = (by: number): void => {
    const rows = all.data?.perturbations ?? [];
    const at = rows.findIndex((row) => row.perturbation.id === id);
    const to = rows[Math.max(0, Math.min(rows.length - 1, at + by))];
    if (at >= 0 && to) navigate(to.perturbation.href);
  };
  useKeys({
    "[": { label: "previous perturbation", run: () => step(-1) },
    "]": { label: "next perturbation", run: () => step(1) },
  });
  const ofExperiments = (
    <Answer
      query={query}
      skeleton={
        <>
          <Skeleton height={28} />
          <Skeleton height={180} />
          <Skeleton height={300} />
        </>
      }
    >
      {(data) => (
        <>
          <div className="row">
            <h1>{name}</h1>
            <span className="dim">{data.perturbation.type}</span>
            <CopyId id={data.perturbation.id} />
            {data.verdict ? <HitPill verdict={data.verdict} /> : null}
            {data.synonyms.length > 0 ? <span className="dim">also {data.synonyms.join(", ")}</span> : null}
            {data.smiles ? <CopyId id={data.smiles} label="SMILES" /> : null}
            {data.inchiKey ? <CopyId id={data.inchiKey} label="InChIKey" /> : null}
            <span className="dim push">
              {isOnlyOnMaps(data)
                ? "In no experiment of this data folder; what is known comes from maps."
                : `${plural(data.wells, "well")} in ${plural(data.experiments, "experiment")}`}
            </span>
          </div>
          {isOnlyOnMaps(data) ? null : <Questions data={data} />}
          {data.smiles ? (
            <Card title="Structure">
              <StructureDrawing smiles={data.smiles} name={name} />
            </Card>
          ) : null}
          {data.edits.length > 0 ? (
            <Card title="Edits" flush>
              <DataTable
                caption={`Samples of amplicon reads of ${data.perturbation.name}`}
                columns={editColumns}
                rows={data.edits}
                rowKey={(row) => `${row.experimentId} ${row.sample}`}
                maxHeight={280}
              />
            </Card>
          ) : null}
          {data.expression.length > 0 ? (
            <Card title="Expression" aside={<span className="dim">in the projects of the portal</span>} flush>
              <DataTable
                caption={`Expression of ${name}`}
                columns={expressionColumns}
                rows={data.expression}
                rowKey={(g) => `${g.project}/${g.matrix}/${g.gene}`}
                onOpen={(g) => navigate(g.href)}
                maxHeight={240}
              />
            </Card>
          ) : null}
          {data.evidence.length === 0 && data.wells === 0 ? null : data.evidence.length === 0 ? (
            <Card>
              <Empty title="No evidence yet">
                <p>It is named in a layout, but none of its wells has been measured.</p>
              </Empty>
            </Card>
          ) : (
            data.evidence.map((evidence) => <Evidence key={evidence.experimentId} evidence={evidence} name={name} />)
          )}
        </>
      )}
    </Answer>
  );
  const isUnknown = query.error instanceof ServerAnswerError && query.error.status === 404;
  return (
    <>
      {isUnknown ? <OnlyOnMaps id={id} name={name} otherwise={ofExperiments} /> : ofExperiments}
      <PerturbationMaps id={id} />
    </>
  );
}
