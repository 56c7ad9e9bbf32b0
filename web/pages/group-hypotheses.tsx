import type { MapCompounds, MapFunnel } from "@artesian/server/api.ts";
import { useEffect, useState } from "react";
import { Link } from "wouter";
import { readFunnel, useMapCompounds, useMapKnown, useMapProxies, useMapTrust } from "../api/map-queries.ts";
import { FunnelBar } from "../charts/funnel-bar.tsx";
import { formatFixed, formatNumber } from "../model/format.ts";
import { funnelQuery } from "../model/funnel.ts";
import { groupPath, rowName } from "../model/map-address.ts";
import { choice } from "../model/url-state.ts";
import { Segmented, Select } from "../ui/choice.tsx";
import { type Column, DataTable } from "../ui/data-table.tsx";
import { FilterBox } from "../ui/filter-box.tsx";
import { useKeys } from "../ui/keys.ts";
import { usePage } from "../ui/page.ts";
import { Card } from "../ui/parts.tsx";
import { Pill } from "../ui/pill.tsx";
import { Answer, Failed, Skeleton } from "../ui/states.tsx";
import { useUrlState } from "../ui/use-url.ts";
import { GroupTabs } from "./group-tabs.tsx";
import { CardPanel } from "./hypothesis-panel.tsx";

const ABOUT =
  "From all pairs to those worth a bench: both ends trusted, in the tails, not of one chromosome arm, not known, following the dose, seen in several experiments. Every setting is in the address. Or start from one perturbation: is it trusted, who can stand for it, which compounds oppose it.";

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
  { key: "known", label: "known", value: (p) => p.known.map(({ source }) => source).join(", ") || "novel" },
];

interface FunnelState {
  counts: MapFunnel["counts"];
  funnel?: MapFunnel;
  error?: unknown;
}

function Funnel({ group }: { group: string }) {
  const { params, change } = useUrlState();
  const text = JSON.stringify(funnelQuery(params));
  const [attempt, setAttempt] = useState(0);
  const [state, setState] = useState<FunnelState>({ counts: [] });
  // biome-ignore lint/correctness/useExhaustiveDependencies: another attempt reads again
  useEffect(() => {
    setState({ counts: [] });
    return readFunnel(group, JSON.parse(text) as Record<string, string>, {
      onCounts: (counts) => setState({ counts }),
      onDone: (funnel) => setState({ counts: funnel.counts, funnel }),
      onError: (error) => setState((before) => ({ ...before, error })),
    });
  }, [group, text, attempt]);
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
        {select("consistencyP", "replicates p ≤", "0.05", [
          ["0.01", "0.01"],
          ["0.05", "0.05"],
          ["0.1", "0.1"],
          ["1", "any"],
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
      </div>
      <div className="bd">
        {state.counts.length > 0 ? (
          <FunnelBar counts={state.counts} counting={state.funnel === undefined} />
        ) : state.error === undefined ? (
          <Skeleton height={30} />
        ) : null}
        {state.error === undefined ? null : <Failed error={state.error} onRetry={() => setAttempt(attempt + 1)} />}
        {state.funnel?.notAsked.map((words) => (
          <p key={words} className="faint">
            {words}
          </p>
        ))}
      </div>
      {state.funnel === undefined ? null : state.funnel.pairs.length === 0 ? (
        <div className="bd dim">No pair comes through. Loosen a step above.</div>
      ) : (
        <DataTable
          caption="Pairs that came through"
          columns={pairColumns}
          rows={state.funnel.pairs}
          rowKey={(p) => `${p.a.row}-${p.b.row}`}
          selected={`${params.a}-${params.b}`}
          onOpen={(p) => change({ a: String(p.a.row), b: String(p.b.row) }, { replace: params.a !== undefined })}
          maxHeight={340}
        />
      )}
    </Card>
  );
}

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
      value: (c) => c.known?.map(({ source }) => source).join(", ") ?? "",
      cell: (c) =>
        c.known === null ? "–" : c.known.length === 0 ? "novel" : c.known.map(({ source }) => source).join(", "),
    },
  ];
}

/** The cosine over rising doses; the line in the middle is 0. */
function DoseSpark({ doses }: Pick<MapCompounds["compounds"][number], "doses">) {
  const x = (k: number): number => 4 + (k / Math.max(1, doses.length - 1)) * 72;
  const y = (cosine: number): number => 10 - cosine * 9;
  return (
    <svg
      width={80}
      height={20}
      role="img"
      aria-label={doses.map((d) => `${formatNumber(d.concentration)} µM ${formatFixed(d.cosine, 2)}`).join(", ")}
    >
      <line className="gridline" x1={0} x2={80} y1={10} y2={10} />
      <polyline
        points={doses.map((d, k) => `${x(k)},${y(d.cosine)}`).join(" ")}
        fill="none"
        stroke="var(--accent)"
        strokeWidth={1.4}
      />
      {doses.map((d, k) => (
        <circle key={d.row} cx={x(k)} cy={y(d.cosine)} r={1.8} fill="var(--accent)" />
      ))}
    </svg>
  );
}

function From({ group, of }: { group: string; of: string }) {
  const { params, change } = useUrlState();
  const side = choice(params, "side", ["opposite", "similar"]);
  const trust = useMapTrust(group, of);
  const proxies = useMapProxies(group, of);
  const compounds = useMapCompounds(group, of, side);
  const known = useMapKnown(group, of);
  return (
    <>
      <Answer query={trust}>
        {({ trust: answer }) => (
          <Card
            title={`Do I trust ${answer.label}?`}
            aside={<Pill tone={answer.trusted ? "ok" : "warn"}>{answer.trusted ? "trusted" : "not trusted"}</Pill>}
          >
            <p>{answer.sentence}</p>
            {answer.checks.map((check) => (
              <div key={check.check} className="row">
                <Pill tone={check.passed === null ? "wait" : check.passed ? "ok" : "warn"}>{check.check}</Pill>
                <span className="dim">{check.words}</span>
              </div>
            ))}
          </Card>
        )}
      </Answer>
      <Answer query={proxies}>
        {(answer) => (
          <Card title="Who can stand for it" flush>
            {answer.proxies.length === 0 ? (
              <div className="bd dim">No trusted gene of the same gene sets on another arm.</div>
            ) : (
              <DataTable
                caption="Proxies"
                rows={answer.proxies}
                rowKey={(p) => String(p.row.row)}
                onOpen={(p) => change({ of: String(p.row.row) })}
                maxHeight={240}
                columns={[
                  { key: "gene", label: "gene", value: (p) => p.row.symbol },
                  {
                    key: "sets",
                    label: "shared sets",
                    value: (p) => p.sets.map(({ name, size }) => `${name} (${size})`).join(", "),
                  },
                  { key: "arm", label: "other arm", value: (p) => (p.otherArm ? "yes" : "not known") },
                  {
                    key: "p",
                    label: "replicates p",
                    numeric: true,
                    value: (p) => p.consistencyP,
                    cell: (p) => formatNumber(p.consistencyP, 2),
                  },
                  {
                    key: "cosine",
                    label: "cosine",
                    numeric: true,
                    value: (p) => p.cosine,
                    cell: (p) => formatFixed(p.cosine, 2),
                  },
                ]}
              />
            )}
          </Card>
        )}
      </Answer>
      <Answer query={compounds}>
        {(answer) => (
          <Card
            title={`Compounds ${side} to ${rowName(answer.of)}`}
            aside={
              <Segmented
                label="side"
                value={side}
                options={[
                  { value: "opposite", label: "opposite" },
                  { value: "similar", label: "similar" },
                ]}
                onChange={(value) => change({ side: value === "opposite" ? null : value }, { replace: true })}
              />
            }
            flush
          >
            <DataTable
              caption="Compounds"
              columns={compoundColumns((c) => change({ a: of, b: String(c.best.row) }))}
              rows={answer.compounds}
              rowKey={(c) => c.perturbation}
              maxHeight={300}
            />
          </Card>
        )}
      </Answer>
      <Answer query={known}>
        {(answer) => (
          <Card title="Known against novel">
            {answer.sources.map((one) => (
              <p key={one.source} className="dim">
                {one.source}: {one.recovered} of {one.known} known partners lie in the tails;{" "}
                {formatFixed(answer.byChance * one.known, 1)} by chance.
              </p>
            ))}
            <p>
              Strong and unpublished:{" "}
              {[...answer.novel.similar.slice(0, 5), ...answer.novel.opposite.slice(0, 5)].map(({ row, cosine }) => (
                <button
                  key={row.row}
                  type="button"
                  className="btn quiet"
                  onClick={() => change({ a: of, b: String(row.row) })}
                >
                  {rowName(row)} {formatFixed(cosine, 2)}
                </button>
              ))}
            </p>
          </Card>
        )}
      </Answer>
    </>
  );
}

/** Hypotheses of a group: the funnel, or what one perturbation leads to. */
export default function GroupHypothesesPage({ group }: { group: string }) {
  usePage([{ label: "Maps", href: "/maps" }, { label: group, href: groupPath(group) }, { label: "Hypotheses" }], ABOUT);
  const { params, change } = useUrlState();
  useKeys({ Escape: { label: "let go of the pair", run: () => change({ a: null, b: null }) } });
  return (
    <>
      <div className="row">
        <h1>Hypotheses</h1>
        <FilterBox label="start from a perturbation" name="of" />
        <Link className="btn push" href="/maps/hypotheses">
          Kept hypotheses
        </Link>
      </div>
      <GroupTabs group={group} current="hypotheses" />
      <div className="map-page">
        <div className="stack">
          {params.of === undefined ? <Funnel group={group} /> : <From group={group} of={params.of} key={params.of} />}
        </div>
        <CardPanel group={group} a={params.a} b={params.b} />
      </div>
    </>
  );
}
