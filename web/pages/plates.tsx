import type { GridPlate, PlateGrids } from "@artesian/server/api.ts";
import { useCallback, useMemo } from "react";
import { useMetrics, usePlates } from "../api/queries.ts";
import { ColorLegend } from "../charts/color-legend.tsx";
import { GlyphLegend } from "../charts/glyphs.tsx";
import { PlateGrid } from "../charts/plate-grid.tsx";
import type { TableTwin } from "../model/csv.ts";
import { formatCount, formatFixed, formatNumber, plural } from "../model/format.ts";
import { faultGlyph, faultLabel, type Glyph } from "../model/glyph.ts";
import { isGridKey, neighbourWell, stepWell } from "../model/plate-layout.ts";
import { choice } from "../model/url-state.ts";
import { Segmented, Select } from "../ui/choice.tsx";
import { isTyping, useHints, useKeys } from "../ui/keys.ts";
import { usePage } from "../ui/page.ts";
import { Pill } from "../ui/pill.tsx";
import { Answer, Empty, Skeleton } from "../ui/states.tsx";
import { useUrlState } from "../ui/use-url.ts";
import { ExperimentTabs } from "./experiment-tabs.tsx";
import { PlateTools } from "./plate-tools.tsx";
import { WellPanel } from "./well-panel.tsx";

const ABOUT =
  "Quality while images arrive: every plate on one colour scale, controls outlined, faults as shapes. Hatched wells have no image yet, empty ones are not used. Open a well for its sites and channels, its numbers, and your verdict.";

const AGGREGATIONS = ["median", "mean", "cv", "min"] as const;

/** All values of all plates as a table. */
const gridTwin = (grids: PlateGrids): TableTwin => ({
  columns: [
    { key: "plate", label: "plate" },
    { key: "well", label: "well" },
    { key: "role", label: "role" },
    { key: "perturbation", label: "perturbation" },
    { key: "doseUm", label: "dose", unit: "µM" },
    {
      key: "value",
      label: `${grids.metric.label}${grids.channel ? ` ${grids.channel}` : ""}`,
      ...(grids.metric.unit && !grids.normalised ? { unit: grids.metric.unit } : {}),
    },
    { key: "status", label: "status" },
    { key: "flags", label: "flags" },
    { key: "verdict", label: "verdict" },
  ],
  rows: grids.plates.flatMap((plate) =>
    plate.grid.map((well) => ({
      plate: plate.id,
      well: well.well,
      role: well.role,
      perturbation: well.perturbation?.name ?? null,
      doseUm: well.doseUm,
      value: well.value,
      status: well.status,
      flags: well.flags.map(faultLabel).join(" "),
      verdict: well.verdict,
    })),
  ),
});

/** What the head of a plate says, most urgent first. */
function PlatePill({ plate }: { plate: GridPlate }) {
  if (plate.verdict)
    return <Pill tone={plate.verdict.verdict === "pass" ? "ok" : "warn"}>reviewed: {plate.verdict.verdict}</Pill>;
  if (plate.status === "waiting") return <Pill tone="wait">waiting</Pill>;
  if (plate.status === "imaging" && plate.assessment?.level !== "fail")
    return (
      <Pill tone="run">
        imaging {formatCount(plate.wells.done)}
        {plate.wells.total === null ? "" : ` / ${formatCount(plate.wells.total)}`}
      </Pill>
    );
  if (!plate.assessment) return <Pill tone={plate.status === "incomplete" ? "warn" : "wait"}>{plate.status}</Pill>;
  const { level, reason } = plate.assessment;
  return <Pill tone={level === "pass" ? "ok" : level}>{level === "pass" ? "pass" : reason}</Pill>;
}

/** The glyphs that these plates need explained. */
function usedGlyphs(grids: PlateGrids): Glyph[] {
  const flags = new Set<Glyph>(["out-of-focus", "saturated", "few-cells"]);
  for (const plate of grids.plates)
    for (const well of plate.grid) for (const flag of well.flags) flags.add(faultGlyph(flag));
  return ["negative-control", "positive-control", ...flags, "no-image"];
}

/** Enter leads from the grid into the panel of the well. */
const focusPanel = (): void => document.querySelector<HTMLElement>(".well-panel")?.focus();

/** The plates of an experiment: quality control while they are imaged. */
export default function PlatesPage({ experiment }: { experiment: string }) {
  const { params, change } = useUrlState();
  const aggregation = choice(params, "aggregation", AGGREGATIONS);
  const normalised = params.normalised === "true";
  const metrics = useMetrics(experiment);
  const query = usePlates(experiment, { metric: params.metric, channel: params.channel, aggregation, normalised });
  usePage(
    [
      { label: "Experiments", href: "/experiments" },
      { label: query.data?.name ?? experiment, href: `/experiments/${encodeURIComponent(experiment)}` },
      { label: "Plates" },
    ],
    ABOUT,
  );
  const { plate, well } = params;
  const select = useCallback(
    (toPlate: string, toWell: string) =>
      change({ plate: toPlate, well: toWell }, { replace: window.location.search.includes("well=") }),
    [change],
  );

  const plates = query.data?.plates;
  const current = plates?.find((p) => p.id === plate);
  const walk = (step: 1 | -1): void => {
    if (current && well)
      select(
        current.id,
        neighbourWell(
          well,
          step,
          current.grid.map((w) => w.well),
        ),
      );
  };
  const stepPlate = (step: 1 | -1): void => {
    if (!plates || plates.length === 0) return;
    const at = plates.findIndex((p) => p.id === plate);
    const to = plates[at < 0 ? 0 : Math.max(0, Math.min(plates.length - 1, at + step))]!;
    select(to.id, well && to.grid.some((w) => w.well === well) ? well : (to.grid[0]?.well ?? "A01"));
  };
  useHints([
    { key: "↑ ↓ ← →", label: "walk the wells" },
    { key: "Enter", label: "open the selected well" },
  ]);
  const arrow = (key: string) => ({
    label: "",
    run: (event: KeyboardEvent): void => {
      if (!current || !well || !isGridKey(key) || isTyping(event.target)) return;
      select(current.id, stepWell(well, key, current.format, new Set(current.grid.map((w) => w.well))));
    },
  });
  useKeys({
    "[": { label: "previous plate", run: () => stepPlate(-1) },
    "]": { label: "next plate", run: () => stepPlate(1) },
    Escape: { label: "close the well", run: () => change({ plate: null, well: null, view: null }) },
    m: {
      label: "row and column medians on or off",
      run: () => change({ medians: params.medians ? null : "1" }, { replace: true }),
    },
  });
  useArrows(well === undefined ? undefined : arrow);

  const metric = metrics.data?.metrics.find((m) => m.id === (query.data?.metric.id ?? params.metric));
  const glyphs = useMemo(() => (query.data ? usedGlyphs(query.data) : []), [query.data]);
  const twin = useMemo(() => (query.data ? gridTwin(query.data) : undefined), [query.data]);
  const open = plate !== undefined && well !== undefined;
  return (
    <>
      <div className="row">
        <h1>Plates · {query.data?.name ?? experiment}</h1>
        {plates ? (
          <span className="dim">
            {plural(plates.length, "plate")} in run order{plates[0] ? ` · ${plates[0].format.wells}` : ""}
          </span>
        ) : null}
        <span className="push" />
        {metrics.data && query.data ? (
          <>
            <Select
              label="metric"
              value={query.data.metric.id}
              options={metrics.data.metrics.map((m) => ({ value: m.id, label: m.label }))}
              onChange={(value) => change({ metric: value })}
            />
            {metric && metric.channels.length > 0 ? (
              <Select
                label="channel"
                value={query.data.channel ?? metric.channels[0]}
                options={metric.channels.map((c) => ({ value: c, label: c }))}
                onChange={(value) => change({ channel: value })}
              />
            ) : null}
            {metric?.level === "well" ? null : (
              <Segmented
                label="aggregation"
                value={aggregation}
                options={AGGREGATIONS.map((a) => ({ value: a, label: a }))}
                onChange={(value) => change({ aggregation: value === "median" ? null : value })}
              />
            )}
            <Segmented
              label="values"
              value={normalised ? "normalised" : "raw"}
              options={[
                { value: "raw", label: "raw" },
                { value: "normalised", label: "normalised" },
              ]}
              onChange={(value) => change({ normalised: value === "normalised" ? "true" : null })}
            />
          </>
        ) : null}
      </div>
      <ExperimentTabs experiment={experiment} current="plates" />
      <Answer query={query} skeleton={<Skeleton height={420} />}>
        {(grids) =>
          grids.plates.length === 0 ? (
            <Empty title="No plate yet">
              <p>Plates appear with the experiment's metadata, or with the first image of each.</p>
            </Empty>
          ) : (
            <>
              <div className="row">
                {grids.scale ? (
                  <ColorLegend
                    kind="viridis"
                    low={formatNumber(grids.scale.low)}
                    high={formatNumber(grids.scale.high)}
                    note={`one scale for all plates, ${Math.round(grids.scale.quantiles[0] * 100)}–${Math.round(grids.scale.quantiles[1] * 100)} %, ${plural(grids.scale.clipped, "well")} clipped${grids.normalised ? "; robust z-score within each plate" : ""}`}
                  />
                ) : (
                  <span className="faint">no value of this metric yet</span>
                )}
                <span className="push" />
                <GlyphLegend glyphs={glyphs} />
              </div>
              <div className={open ? "plates-page" : ""} data-tour="plates">
                <div className="stack">
                  <div className="plates">
                    {grids.plates.map((p) => (
                      <div key={p.id} className={`plate ${p.id === plate ? "sel" : ""}`}>
                        <div className="t">
                          <b className="mono">{p.id}</b>
                          <PlatePill plate={p} />
                          <span className="dim push" title={p.zPrimeMissing ?? undefined}>
                            {p.zPrime === null ? "" : `Z′ ${formatFixed(p.zPrime, 2)}`}
                          </span>
                        </div>
                        <PlateGrid
                          plate={p}
                          scale={grids.scale}
                          metric={grids.metric.label}
                          selected={p.id === plate ? well : undefined}
                          medians={params.medians === "1"}
                          onSelect={select}
                          onOpen={focusPanel}
                        />
                      </div>
                    ))}
                  </div>
                  {twin ? <PlateTools twin={twin} grids={grids} /> : null}
                </div>
                {open ? (
                  <WellPanel
                    experiment={experiment}
                    plate={plate}
                    well={well}
                    onWalk={walk}
                    onClose={() => change({ plate: null, well: null, view: null })}
                  />
                ) : null}
              </div>
            </>
          )
        }
      </Answer>
    </>
  );
}

/** Arrows walk wells wherever the focus is, as long as a well is open and no grid handles them itself. */
function useArrows(arrow: ((key: string) => { label: string; run: (event: KeyboardEvent) => void }) | undefined): void {
  const keys = arrow
    ? Object.fromEntries(["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight"].map((key) => [key, arrow(key)]))
    : {};
  useKeys(keys);
}
