import type { EditSample } from "@artesian/server/api.ts";
import { Link } from "wouter";
import { useEdits, useExperiment } from "../api/queries.ts";
import { RateDots } from "../charts/rate-dots.tsx";
import { percentText, ratesTwin, rateWords } from "../model/edits.ts";
import { formatCount, formatPercent, plural } from "../model/format.ts";
import { path } from "../model/url-state.ts";
import { Select } from "../ui/choice.tsx";
import { type Column, DataTable } from "../ui/data-table.tsx";
import { useKeys } from "../ui/keys.ts";
import { usePage } from "../ui/page.ts";
import { Card } from "../ui/parts.tsx";
import { Picture } from "../ui/picture.tsx";
import { Pill } from "../ui/pill.tsx";
import { Answer, Empty, Skeleton } from "../ui/states.tsx";
import { useUrlState } from "../ui/use-url.ts";
import { Comparison } from "./edit-comparison.tsx";
import { SampleDetail } from "./edit-sample.tsx";
import { ExperimentTabs } from "./experiment-tabs.tsx";

const ABOUT =
  "Was the edit made, and in how many copies: each sample of amplicon reads with its edited share and interval, what happened (NHEJ, HDR), the alleles around the cut, every edit, and how two samples differ.";

const NONE = "";
const TONES = { done: "ok", failed: "fail", waiting: "wait" } as const;

const columns = (samples: readonly EditSample[]): Column<EditSample>[] => {
  const share = (
    key: string,
    label: string,
    value: (s: EditSample) => number | null | undefined,
  ): Column<EditSample> => ({
    key,
    label,
    unit: "%",
    numeric: true,
    value,
    cell: (s) => percentText(value(s)),
  });
  const has = (of: (s: EditSample) => unknown): boolean => samples.some((sample) => of(sample) !== null);
  return [
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
    {
      key: "status",
      label: "status",
      value: (s) => s.status,
      cell: (s) => <Pill tone={TONES[s.status]}>{s.isControl && s.status === "done" ? "control" : s.status}</Pill>,
    },
    {
      key: "perturbation",
      label: "perturbation",
      value: (s) => s.perturbation?.name,
      cell: (s) =>
        s.perturbation === null ? (
          ""
        ) : (
          <Link className="link" href={s.perturbation.href}>
            {s.perturbation.name}
          </Link>
        ),
    },
    { key: "amplicon", label: "amplicon", value: (s) => s.amplicon },
    {
      key: "judged",
      label: "reads judged",
      numeric: true,
      value: (s) => s.judged,
      cell: (s) => formatCount(s.judged),
    },
    {
      key: "edited",
      label: "edited",
      unit: "%",
      numeric: true,
      value: (s) => s.edited?.value,
      cell: (s) => (s.edited === null ? "–" : <b>{percentText(s.edited.value)}</b>),
    },
    {
      key: "interval",
      label: "95 % interval",
      value: (s) => s.edited?.lower,
      cell: (s) =>
        s.edited === null
          ? ""
          : rateWords(s.edited)
              .replace(/^.*\((.*)\)$/, "$1")
              .replaceAll(" ", "\u00a0"),
    },
    share("nhej", "NHEJ", (s) => s.outcomes.nhej?.value),
    ...(samples.some((s) => (s.outcomes.hdr?.count ?? 0) > 0)
      ? [share("hdr", "HDR", (s) => s.outcomes.hdr?.value)]
      : []),
    ...(has((s) => s.aboveControls) ? [share("above", "above controls", (s) => s.aboveControls?.value)] : []),
    ...(has((s) => s.frameshift)
      ? [
          {
            key: "frameshift",
            label: "frameshifts",
            numeric: true,
            value: (s: EditSample) => s.frameshift,
            cell: (s: EditSample) => formatPercent(s.frameshift),
          },
        ]
      : []),
    {
      key: "note",
      label: "note",
      value: (s) => s.problem?.message ?? s.notes[0],
      cell: (s) => <span className="warn-ink clip">{s.problem?.message ?? s.notes[0] ?? ""}</span>,
    },
  ];
};

/** An experiment's amplicon reads: samples, one sample in full, two compared. */
export default function EditsPage({ experiment }: { experiment: string }) {
  const { params, change } = useUrlState();
  const name = useExperiment(experiment).data?.name ?? experiment;
  const { sample, against } = params;
  usePage(
    [
      { label: "Experiments", href: "/experiments" },
      { label: name, href: path("experiments", experiment) },
      ...(sample === undefined
        ? [{ label: "Edits" }]
        : [{ label: "Edits", href: path("experiments", experiment, "edits") }, { label: sample }]),
    ],
    ABOUT,
  );
  const list = useEdits(experiment);
  const samples = list.data?.samples ?? [];
  const open = (next: EditSample | undefined): void => {
    if (next) change({ sample: next.sample, against: null });
  };
  const step = (by: number): void => {
    const at = samples.findIndex((one) => one.sample === sample);
    open(samples[Math.max(0, Math.min(samples.length - 1, at + by))]);
  };
  useKeys({
    "[": { label: "previous sample", run: () => step(-1) },
    "]": { label: "next sample", run: () => step(1) },
    Escape:
      sample === undefined ? undefined : { label: "all samples", run: () => change({ sample: null, against: null }) },
  });
  const others = samples.filter((one) => one.sample !== sample && one.status === "done");
  const chosen = samples.find((one) => one.sample === sample);
  return (
    <>
      <div className="row">
        <h1>{sample === undefined ? name : sample}</h1>
        {chosen?.perturbation ? (
          <Link className="link" href={chosen.perturbation.href}>
            {chosen.perturbation.name}
          </Link>
        ) : null}
        <span className="push" />
        {sample !== undefined && others.length > 0 && chosen?.status === "done" ? (
          <Select
            label="against"
            options={[
              { value: NONE, label: "no other" },
              ...others.map((other) => ({ value: other.sample, label: other.sample })),
            ]}
            value={against ?? NONE}
            onChange={(next) => change({ against: next === NONE ? null : next })}
          />
        ) : null}
        {samples.length > 0 ? (
          <a className="btn quiet" href={`/api/v1${path("experiments", experiment, "edits.csv")}`} download>
            CSV
          </a>
        ) : null}
      </div>
      <ExperimentTabs experiment={experiment} current="edits" />
      <Answer query={list} skeleton={<Skeleton height={320} />}>
        {(data) => {
          if (data.samples.length === 0)
            return (
              <Card>
                <Empty title="No edits yet">
                  <p>{data.missing.join(" ")}</p>
                  <p className="mono">artesian run editing --sheet samples.csv --experiment {experiment} --out DATA</p>
                </Empty>
              </Card>
            );
          if (sample !== undefined)
            return (
              <>
                {against !== undefined ? (
                  <Comparison experiment={experiment} sample={sample} other={against} />
                ) : (
                  <SampleDetail experiment={experiment} sample={sample} />
                )}
              </>
            );
          return (
            <>
              {data.missing.map((sentence) => (
                <p key={sentence} className="dim">
                  {sentence}
                </p>
              ))}
              <Card title={plural(data.samples.length, "sample")} flush>
                <DataTable
                  caption="Samples"
                  columns={columns(data.samples)}
                  rows={data.samples}
                  rowKey={(row) => row.sample}
                  onOpen={open}
                  maxHeight={480}
                />
              </Card>
              {data.samples.some(({ edited }) => edited !== null) ? (
                <Picture
                  title="Edited share"
                  name={`${experiment}-edits`}
                  twin={ratesTwin(data.samples)}
                  provenance={data.provenance}
                >
                  <RateDots samples={data.samples} selected={sample} />
                </Picture>
              ) : null}
            </>
          );
        }}
      </Answer>
    </>
  );
}
