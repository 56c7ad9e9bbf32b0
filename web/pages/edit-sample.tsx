import type { EditDetail, EditRow, EditSample } from "@artesian/server/api.ts";
import { useState } from "react";
import { Link } from "wouter";
import { useEditSample } from "../api/queries.ts";
import { AlleleRows } from "../charts/allele-rows.tsx";
import { FigureCard, FigureLinks } from "../charts/figure-card.tsx";
import { outcomeWord, percentText, rateWords } from "../model/edits.ts";
import { formatCount, formatNumber, plural } from "../model/format.ts";
import { type Column, DataTable } from "../ui/data-table.tsx";
import { Card, StatCard } from "../ui/parts.tsx";
import { HowMade } from "../ui/picture.tsx";
import { Answer, Skeleton } from "../ui/states.tsx";
import { Trouble } from "./trouble.tsx";

const ALLELES_AT_ONCE = 20;

const editColumns = (against: boolean): Column<EditRow>[] => [
  { key: "edit", label: "edit", mono: true, value: (r) => r.edit },
  { key: "kind", label: "kind", value: (r) => r.kind },
  { key: "position", label: "position", numeric: true, value: (r) => r.position },
  { key: "window", label: "in window", value: (r) => (r.inWindow ? "yes" : "no") },
  { key: "reads", label: "reads", numeric: true, value: (r) => r.rate.count, cell: (r) => formatCount(r.rate.count) },
  {
    key: "share",
    label: "share",
    unit: "%",
    numeric: true,
    value: (r) => r.rate.value,
    cell: (r) => rateWords(r.rate).replace(" %", ""),
  },
  ...(against
    ? [
        {
          key: "above",
          label: "above controls",
          unit: "%",
          numeric: true,
          value: (r: EditRow) => r.aboveControls?.value,
          cell: (r: EditRow) => percentText(r.aboveControls?.value),
        },
        { key: "q", label: "q", numeric: true, value: (r: EditRow) => r.q, cell: (r: EditRow) => formatNumber(r.q, 2) },
      ]
    : []),
];

/** One sample in full: rates, alleles, edits, figures, files. */
export function SampleDetail({ experiment, sample }: { experiment: string; sample: string }) {
  const query = useEditSample(experiment, sample);
  return (
    <Answer
      query={query}
      skeleton={
        <>
          <Skeleton height={62} />
          <Skeleton height={320} />
        </>
      }
    >
      {(found) => <Detail found={found} />}
    </Answer>
  );
}

function Detail({ found }: { found: EditDetail }) {
  const { sample, result } = found;
  return (
    <>
      {sample.problem === null ? null : <Trouble problem={sample.problem} />}
      {sample.notes.map((note) => (
        <p key={note} className="warn-ink">
          {note}
        </p>
      ))}
      {result === null ? (
        sample.status === "waiting" ? (
          <p className="dim">Its reads are being counted.</p>
        ) : null
      ) : (
        <Result sample={sample} result={result} />
      )}
      <Card title="How this was made" flush>
        <HowMade provenance={found.provenance} />
      </Card>
    </>
  );
}

function Result({ sample, result }: { sample: EditSample; result: NonNullable<EditDetail["result"]> }) {
  const [all, setAll] = useState(false);
  const { unit } = sample;
  const outcomes = Object.entries(sample.outcomes).filter(([, rate]) => rate.count > 0);
  const left = result.lowIdentity + result.uncovered;
  return (
    <>
      <div className="stats">
        <StatCard value={`${percentText(sample.edited?.value)} %`} label={`edited (${intervalOf(sample.edited)})`} />
        {outcomes.map(([outcome, rate]) => (
          <StatCard
            key={outcome}
            value={`${percentText(rate.value)} %`}
            label={`${outcomeWord(outcome)} (${intervalOf(rate)})`}
          />
        ))}
        {sample.aboveControls === null ? null : (
          <StatCard
            value={`${percentText(sample.aboveControls.value)} %`}
            label={`above controls (${intervalOf(sample.aboveControls)})`}
          />
        )}
        {sample.frameshift === null ? null : (
          <StatCard value={`${percentText(sample.frameshift)} %`} label="of edits shift the frame" />
        )}
        <StatCard value={formatCount(sample.judged)} label={`${unit} judged`} />
        <StatCard
          value={formatCount(left)}
          label={`${unit} left out`}
          {...(sample.aligned !== null && left > 0.1 * sample.aligned ? { tone: "warn" as const } : {})}
        />
      </div>
      {result.alleles.map((region, index) => (
        <Card
          key={region.region}
          title={`Alleles around ${region.region}`}
          flush
          aside={
            <span className="row push">
              <span className="dim">
                {plural(region.distinct, "allele")}
                {region.unlistedReads > 0 ? ` · ${formatCount(region.unlistedReads)} ${unit} not listed here` : ""}
              </span>
              <FigureLinks figure={result.figures.filter(({ id }) => isAlleles(id))[index]} />
              {region.alleles.length > ALLELES_AT_ONCE ? (
                <button type="button" className="btn quiet" onClick={() => setAll(!all)}>
                  {all ? `first ${ALLELES_AT_ONCE}` : `first ${region.alleles.length}`}
                </button>
              ) : null}
            </span>
          }
        >
          <AlleleRows region={region} most={all ? region.alleles.length : ALLELES_AT_ONCE} />
        </Card>
      ))}
      <div className="figures">
        {result.figures
          .filter(({ id }) => !isAlleles(id))
          .map((figure) => (
            <FigureCard key={figure.id} figure={figure} />
          ))}
      </div>
      <Card
        title="Edits"
        flush
        aside={
          result.moreEdits > 0 ? (
            <span className="dim push">{formatCount(result.moreEdits)} more in the table's file</span>
          ) : null
        }
      >
        <DataTable
          caption="Edits by frequency"
          columns={editColumns(result.controls.length > 0)}
          rows={result.edits}
          rowKey={(row) => `${row.reference} ${row.edit}`}
          maxHeight={360}
        />
      </Card>
      {result.conversions === null ? null : (
        <Card title={`Conversions ${result.conversions.editor}`} flush>
          <DataTable
            caption="Conversions by position of the protospacer"
            columns={[
              { key: "guide", label: "guide", mono: true, value: (r) => r.guide },
              { key: "at", label: "in the protospacer", numeric: true, value: (r) => r.protospacerPosition },
              { key: "position", label: "in the amplicon", numeric: true, value: (r) => r.position },
              {
                key: "share",
                label: "converted",
                unit: "%",
                numeric: true,
                value: (r) => r.rate.value,
                cell: (r) => rateWords(r.rate).replace(" %", ""),
              },
            ]}
            rows={result.conversions.sites}
            rowKey={(row) => `${row.guide} ${row.position}`}
          />
        </Card>
      )}
      <div className="two">
        <Card title="Reads" flush>
          <table className="data">
            <caption className="visually-hidden">What happened to the reads</caption>
            <tbody>
              {[
                ...result.reading,
                { step: "left out: unlike the amplicon", count: result.lowIdentity },
                { step: "left out: end within the window", count: result.uncovered },
                { step: "judged", count: sample.judged ?? 0 },
                { step: "of these, fit several references equally", count: result.ambiguous },
              ].map(({ step, count }) => (
                <tr key={step}>
                  <td>{step}</td>
                  <td className="num">{formatCount(count)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Card>
        <Card title="Amplicon and guides">
          <p className="mono sequence">{result.amplicon.sequence}</p>
          {result.amplicon.guides.map((guide) => (
            <p key={`${guide.name} ${guide.from}`}>
              <span className="mono">{guide.sequence}</span>{" "}
              <span className="dim">
                {guide.name === guide.sequence ? "" : `${guide.name} · `}strand {guide.strand}, {guide.from} to{" "}
                {guide.to}
                {guide.mismatches > 0 ? `, ${plural(guide.mismatches, "mismatch", "mismatches")}` : ""}
              </span>
            </p>
          ))}
          {result.controls.length === 0 ? null : (
            <p className="dim">
              Untreated: {result.controls.map(({ name, edited }) => `${name} ${rateWords(edited)}`).join("; ")}
            </p>
          )}
          {sample.well === null ? null : (
            <p>
              Cells of{" "}
              <Link className="link" href={sample.well.href}>
                {sample.well.plate} · {sample.well.well}
              </Link>
            </p>
          )}
        </Card>
      </div>
      <p className="row">
        <span className="dim">files</span>
        {result.files.map(({ name, url }) => (
          <a key={name} className="btn quiet" href={url} download>
            {name}
          </a>
        ))}
      </p>
    </>
  );
}

/** Pictures of alleles show what the rows show: they can be taken, and are not drawn twice. */
const isAlleles = (figure: string): boolean => figure.startsWith("alleles");

function intervalOf(rate: { lower: number | null; upper: number | null } | null): string {
  return rate === null ? "–" : `${percentText(rate.lower)} to ${percentText(rate.upper)}`;
}
