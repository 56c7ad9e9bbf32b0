import { quantileSorted } from "@artesian/numerics";
import {
  type Experiment,
  experimentResults,
  type LayoutWell,
  layoutWells,
  metricNames,
  metricValues,
  plateOverview,
  verdictsOf,
} from "@artesian/store";
import { plateSummary, provenanceOf } from "./answer-experiments.ts";
import type * as api from "./api.ts";
import type { ServerContext } from "./context.ts";
import { RequestError } from "./errors.ts";
import { channelsOf, perturbationRef, url } from "./links.ts";
import { metricRank, metricWords } from "./metric-catalogue.ts";
import { aggregate, medianOf, robustZ } from "./summary-statistics.ts";

/** `GET /api/v1/experiments/:experiment/metrics` */
export async function metricList(context: ServerContext, experiment: Experiment): Promise<api.MetricList> {
  const { db } = context.reader;
  const names = await metricNames(db, experiment.id, experiment.channels);
  const results = await experimentResults(db, experiment.id, ["phenoprint"]);
  const metrics: api.Metric[] = [...names.image]
    .sort(([a], [b]) => metricRank(a) - metricRank(b))
    .map(([id, channels]) => ({ id, ...metricWords(id), level: "image", channels }));
  for (const id of names.site) metrics.push({ id, ...metricWords(id), level: "site", channels: [] });
  const well = new Set(names.well);
  if (results.phenoprint?.phenoprint) well.add("score");
  for (const id of well) {
    if (!metrics.some((metric) => metric.id === id))
      metrics.push({ id, ...metricWords(id), level: "well", channels: [] });
  }
  const first = metrics[0];
  return {
    metrics,
    channels: channelsOf(experiment.channels),
    default: { metric: first?.id ?? "PowerLogLogSlope", channel: first?.channels[0] ?? experiment.channels[0] ?? null },
  };
}

export interface GridQuery {
  metric?: string | undefined;
  channel?: string | undefined;
  aggregation: api.Aggregation;
  normalised: boolean;
}

/** `GET /api/v1/experiments/:experiment/plates` */
export async function plateGrids(
  context: ServerContext,
  experiment: Experiment,
  query: GridQuery,
): Promise<api.PlateGrids> {
  const { db } = context.reader;
  const { id } = experiment;
  const { metric, channel } = await chooseMetric(context, experiment, query);
  const values = await wellValues(context, experiment, metric, channel, query.aggregation);
  const overview = await plateOverview(db, experiment);
  const verdicts = await verdictsOf(db, id);
  const wells = Map.groupBy(await layoutWells(db, id), (well) => well.plate);
  const plates = overview.map((plate): api.GridPlate => {
    const own = wells.get(plate.plate) ?? [];
    const raw = own.map((well) => values.get(`${well.plate}/${well.well}`) ?? null);
    const shown = query.normalised ? robustZ(raw) : raw;
    return {
      ...plateSummary(id, plate, verdicts),
      grid: own.map((well, index) => gridWell(well, shown[index] ?? null)),
      rowMedians: Array.from({ length: plate.format.rows }, (_, row) =>
        medianOf(shown.filter((_value, index) => own[index]?.row === row)),
      ),
      columnMedians: Array.from({ length: plate.format.columns }, (_, column) =>
        medianOf(shown.filter((_value, index) => own[index]?.column === column)),
      ),
    };
  });
  const parameters = { metric: metric.id, channel, aggregation: query.aggregation, normalised: query.normalised };
  const search = new URLSearchParams(Object.entries(parameters).map(([key, value]) => [key, String(value ?? "")]));
  return {
    experimentId: id,
    name: experiment.name,
    metric,
    channel,
    aggregation: query.aggregation,
    normalised: query.normalised,
    scale: scaleOf(plates.flatMap((plate) => plate.grid.flatMap((well) => well.value ?? []))),
    plates,
    csvUrl: `${url.experiment(id, "plates.csv")}?${search}`,
    provenance: await provenanceOf(
      context,
      experiment,
      metric.level === "well"
        ? `${metric.label}, one value a well.`
        : `${query.aggregation} over a well's ${metric.level === "image" ? `${channel} images` : "sites"} of ${metric.label}${query.normalised ? ", as robust z-scores of the plate" : ""}.`,
      overview.map((plate) => plate.resultAt).reduce((a, b) => ((a ?? "") > (b ?? "") ? a : b), null),
      parameters,
    ),
  };
}

async function chooseMetric(
  context: ServerContext,
  experiment: Experiment,
  query: GridQuery,
): Promise<{ metric: api.Metric; channel: string | null }> {
  const list = await metricList(context, experiment);
  const id = query.metric ?? list.default.metric;
  const metric = list.metrics.find((candidate) => candidate.id === id);
  if (metric === undefined) {
    // Before the first number there is nothing to choose from; the grid is drawn empty.
    if (list.metrics.length > 0) {
      throw new RequestError(
        404,
        "server/unknown-metric",
        `Experiment ${experiment.id} has no metric "${id}".`,
        `It has ${list.metrics.map((candidate) => candidate.id).join(", ")}.`,
      );
    }
    return {
      metric: { id, ...metricWords(id), level: "image", channels: experiment.channels },
      channel: query.channel ?? experiment.channels[0] ?? null,
    };
  }
  if (metric.level !== "image") return { metric, channel: null };
  const channel = query.channel || metric.channels[0] || null;
  if (channel !== null && !metric.channels.includes(channel)) {
    throw new RequestError(
      404,
      "server/unknown-channel",
      `${metric.id} has no values in channel "${channel}".`,
      `It has them in ${metric.channels.join(", ")}.`,
    );
  }
  return { metric, channel };
}

/** plate/well → aggregated value; wells without a value are absent. */
export async function wellValues(
  context: ServerContext,
  experiment: Experiment,
  metric: Pick<api.Metric, "id" | "level">,
  channel: string | null,
  aggregation: api.Aggregation,
): Promise<Map<string, number>> {
  const { db } = context.reader;
  if (metric.level === "well" && metric.id === "score") {
    const results = await experimentResults(db, experiment.id, ["phenoprint"]);
    const print = results.phenoprint?.phenoprint;
    if (print) return new Map(print.scores.map((score) => [`${score.plate}/${score.well}`, score.score]));
  }
  const values = await metricValues(db, experiment.id, metric, channel);
  const result = new Map<string, number>();
  for (const [place, list] of Map.groupBy(values, (value) => `${value.plate}/${value.well}`)) {
    const value = aggregate(
      list.map((item) => item.value),
      metric.level === "well" ? "mean" : aggregation,
    );
    if (value !== null) result.set(place, value);
  }
  return result;
}

/** A well of the layout as a grid shows it. */
export function gridWell(well: LayoutWell, value: number | null): api.GridWell {
  return {
    well: well.well,
    row: well.row,
    column: well.column,
    value,
    status: well.status,
    role: well.role as api.Role,
    perturbation: well.perturbationId === null ? null : perturbationRef(well.perturbationId),
    doseUm: well.doseUm,
    flags: well.flags as api.FaultLabel[],
    verdict: well.verdict,
  };
}

function scaleOf(values: readonly number[]): api.PlateGrids["scale"] {
  if (values.length === 0) return null;
  const sorted = Float64Array.from(values).sort();
  const low = quantileSorted(sorted, 0.01);
  const high = quantileSorted(sorted, 0.99);
  const clipped = sorted.filter((value) => value < low || value > high).length;
  return { low, high, min: sorted[0]!, max: sorted[sorted.length - 1]!, clipped, quantiles: [0.01, 0.99] };
}
