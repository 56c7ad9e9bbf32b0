import {
  type Experiment,
  experimentResults,
  experimentState,
  findings,
  findingsState,
  hitsOf,
  imagesOf,
  layoutWells,
  listExperiments,
  listRuns,
  type PlateOverview,
  plannedPlates,
  plateOverview,
  readingsOnly,
  type StoredHit,
  standingVerdict,
  verdictsOf,
} from "@artesian/store";
import { runSummary } from "./answer-runs.ts";
import type * as api from "./api.ts";
import type { ServerContext } from "./context.ts";
import { channelsOf, page, perturbationRef, url } from "./links.ts";

/** An experiment's row in lists. */
export async function experimentSummary(
  context: ServerContext,
  experiment: Experiment,
  overview?: PlateOverview[],
): Promise<api.ExperimentSummary> {
  const { db } = context.reader;
  const plates = overview ?? (await plateOverview(db, experiment));
  const { runs } = await listRuns(db, { limit: 50, offset: 0, experimentId: experiment.id });
  const results = await experimentResults(db, experiment.id, ["hits"]);
  const sum = (of: (plate: PlateOverview) => number) => plates.reduce((total, plate) => total + of(plate), 0);
  const planned = plannedPlates(experiment, plates.length);
  const ended = runs.length > 0 && runs.every((run) => run.state !== "running");
  const state = experimentState(
    plates,
    runs.map((run) => run.state),
    results.hits !== undefined || readingsOnly(experiment.workflow),
    imagesOf(experiment.workflow),
    planned,
  );
  const last = plates.map((plate) => plate.resultAt ?? plate.lastImageAt ?? "").sort();
  return {
    id: experiment.id,
    name: experiment.name,
    workflow: experiment.workflow,
    state,
    plates: {
      done: plates.filter((plate) => plate.status === "complete" || plate.status === "incomplete").length,
      total: planned,
      // A plate whose tables could not be read never got a layout: once nobody works on it, it has failed.
      failed: ended ? planned - plates.length : 0,
    },
    wells: {
      done: sum((plate) => plate.wells.done),
      total: sum((plate) => plate.wells.total),
      failed: sum((plate) => plate.wells.failed),
    },
    images: {
      done: sum((plate) => plate.images.seen),
      total: sum((plate) => plate.images.expected),
      failed: sum((plate) => plate.images.failed),
    },
    startedAt: experiment.createdAt,
    updatedAt: [last.at(-1) ?? "", experiment.updatedAt].sort().at(-1) ?? experiment.updatedAt,
    href: page.experiment(experiment.id),
  };
}

/** `GET /api/v1/experiments` */
export async function experimentList(
  context: ServerContext,
  query: { q?: string | undefined; limit: number; offset: number },
): Promise<api.ExperimentList> {
  const { limit, offset } = query;
  const { experiments, total } = await listExperiments(context.reader.db, {
    limit,
    offset,
    ...(query.q ? { q: query.q } : {}),
  });
  return {
    experiments: await Promise.all(experiments.map((experiment) => experimentSummary(context, experiment))),
    total,
    next: offset + limit < total ? String(offset + limit) : null,
  };
}

/** `GET /api/v1/experiments/:experiment` */
export async function experimentDetail(context: ServerContext, experiment: Experiment): Promise<api.ExperimentDetail> {
  const { db } = context.reader;
  const { id } = experiment;
  const overview = await plateOverview(db, experiment);
  const results = await experimentResults(db, id);
  const state = await findingsState(db, experiment, overview);
  const verdicts = await verdictsOf(db, id);
  const wells = await layoutWells(db, id);
  const hits = await hitsOf(db, id);
  const { runs } = await listRuns(db, { limit: 20, offset: 0, experimentId: id });
  const places = Map.groupBy(verdicts, (verdict) => `${verdict.plate}/${verdict.well}/${verdict.site}`);
  const standing = [...places.values()].map(standingVerdict);
  const count = (word: string) => standing.filter((verdict) => verdict?.verdict === word).length;
  return {
    ...(await experimentSummary(context, experiment, overview)),
    channels: channelsOf(experiment.channels),
    sitesPerWell: experiment.sitesPerWell,
    plateList: overview.map((plate) => plateSummary(id, plate, verdicts)),
    findings: findings(state) as api.Finding[],
    phenoprint: phenoprintOf(id, results.phenoprint?.phenoprint ?? null),
    hits: hits.map(hitRow),
    missing: missingOf(results, wells.length > 0),
    verdicts: { pass: count("pass"), reImage: count("re-image"), fail: count("fail") },
    runs: await Promise.all(runs.map((run) => runSummary(context, run))),
    report: results.report ? { url: url.experiment(id, "report"), madeAt: results.report.at } : null,
    hasMap: Boolean(results.map?.map),
    provenance: await provenanceOf(
      context,
      experiment,
      "Counts, metrics and findings are read from the store's rows as they are now.",
      null,
    ),
  };
}

/** A plate's card. */
export function plateSummary(
  experimentId: string,
  plate: PlateOverview,
  verdicts: Parameters<typeof standingVerdict>[0],
): api.PlateSummary {
  const own = verdicts.filter((verdict) => verdict.plate === plate.plate && verdict.well === null);
  return {
    id: plate.plate,
    order: plate.order,
    format: plate.format,
    status: plate.status,
    assessment: assess(plate),
    zPrime: plate.metrics.zPrime ?? null,
    zPrimeMissing: plate.metrics.zPrime == null ? (plate.zPrimeMissing ?? waitingFor(plate)) : null,
    metrics: plate.metrics,
    wells: { done: plate.wells.done, total: plate.wells.total, failed: plate.wells.failed },
    images: { done: plate.images.seen, total: plate.images.expected, failed: plate.images.failed },
    flagged: plate.flagged.map((flag) => ({ label: flag.label as api.FaultLabel, wells: flag.wells.length })),
    verdict: standingVerdict(own),
    spriteUrl: plate.spriteUri === null ? null : url.object(plate.spriteUri),
    href: page.plates(experimentId, plate.plate),
  };
}

function waitingFor(plate: PlateOverview): string {
  return plate.status === "waiting" || plate.status === "imaging"
    ? "The plate is not complete yet."
    : "The plate has no two kinds of control wells to compare.";
}

/** Thresholds of the machine's word on a plate: Z′ below 0.5 warns, below 0 fails; flags on more than a tenth of the wells warn. */
function assess(plate: PlateOverview): api.PlateSummary["assessment"] {
  if (plate.status === "waiting" || (plate.status === "imaging" && plate.flagged.length === 0)) return null;
  const flagged = new Set(plate.flagged.flatMap((flag) => flag.wells)).size;
  const worst = plate.flagged[0];
  const zPrime = plate.metrics.zPrime ?? null;
  if (plate.status === "incomplete") return { level: "fail", reason: "incomplete" };
  if (zPrime !== null && zPrime < 0) return { level: "fail", reason: "controls overlap" };
  if (zPrime !== null && zPrime < 0.5) return { level: "warn", reason: "weak controls" };
  if (worst !== undefined && flagged > 0.1 * plate.wells.total)
    return { level: "warn", reason: `${worst.wells.length} wells ${FAULT_WORDS[worst.label] ?? worst.label}` };
  if (plate.images.failed > 0) return { level: "warn", reason: `${plate.images.failed} images failed` };
  return plate.status === "complete"
    ? { level: "pass", reason: flagged === 0 ? "no fault found" : `${flagged} wells flagged` }
    : null;
}

const FAULT_WORDS: Record<string, string> = {
  defocus: "blurred",
  saturation: "saturated",
  debris: "with debris",
  "empty-well": "empty",
  "channel-swap": "swapped",
  bubble: "with a bubble",
  "dead-lamp": "dark",
  "few-cells": "with few cells",
};

/** The phenoprint as the pages show it: control wells only. */
export function phenoprintOf(
  experimentId: string,
  print: NonNullable<Awaited<ReturnType<typeof experimentResults>>["phenoprint"]>["phenoprint"],
): api.Phenoprint | null {
  if (print === null) return null;
  const controls = new Set(["healthy", "disease", "positive", "negative"]);
  return {
    auc: { level: 0.95, ...print.auc },
    crossValidation: print.crossValidation,
    healthyWells: print.healthyWells,
    diseaseWells: print.diseaseWells,
    falsePositiveRate: print.falsePositiveRate,
    scores: print.scores
      .filter((score) => controls.has(score.role))
      .map((score) => ({ ...score, href: page.well(experimentId, score.plate, score.well) })),
    note: print.note ?? null,
  };
}

/** A compound's row. */
export function hitRow(hit: StoredHit): api.HitRow {
  return {
    perturbation: perturbationRef(hit.perturbationId),
    verdict: hit.verdict,
    ec50: hit.ec50 === null ? null : { level: 0.95, ...hit.ec50, unit: hit.unit ?? "µM" },
    maxRescue: hit.maxRescue === null ? null : { level: 0.95, ...hit.maxRescue },
    sideEffect: hit.sideEffect,
    sentence: hit.sentence,
  };
}

/** What cannot be said about an experiment, and why. */
export function missingOf(results: Awaited<ReturnType<typeof experimentResults>>, hasLayout: boolean): string[] {
  const said = [
    ...(results.phenoprint?.missing ?? []),
    ...(results.hits?.missing ?? []),
    ...(results.projection?.missing ?? []),
    ...(results.map?.missing ?? []),
  ];
  const waiting = hasLayout
    ? []
    : ["No plate layout has come yet: metadata is needed to know controls, compounds and doses."];
  return [...new Set([...waiting, ...said])];
}

/** How something of an experiment was made, from the run that made it. */
export async function provenanceOf(
  context: ServerContext,
  experiment: Experiment,
  how: string,
  madeAt: string | null,
  parameters: Record<string, unknown> = {},
): Promise<api.Provenance> {
  const { runs } = await listRuns(context.reader.db, { limit: 100, offset: 0, experimentId: experiment.id });
  const run = runs.sort((a, b) => b.startedAt.localeCompare(a.startedAt))[0];
  return {
    run: run === undefined ? null : { id: run.id, href: page.run(run.id) },
    workflow: experiment.workflow,
    planHash: run?.planHash ?? null,
    inputs: run === undefined || run.data === "" ? [] : [run.data],
    parameters,
    codeVersion: run?.codeVersion || experiment.codeVersion,
    madeAt,
    how,
  };
}
