import type { ObjectStore } from "@artesian/data";
import {
  analyseScreen,
  type CompoundHit,
  doseCurveDrawing,
  type RescueProjection,
  type ScreenAnalysis,
  type ScreenWell,
} from "@artesian/maps";
import type { Profiles } from "@artesian/profiling";
import type { HitInput, HitVerdict, PhenoprintInput, ProjectionInput } from "@artesian/store";
import { z } from "zod";
import { type ExperimentRecord, experimentRecord } from "./phenomics.schemas.ts";
import { screenWells } from "./plate-tasks.ts";
import { concatenate, getProfiles } from "./profile-tasks.ts";
import { readoutFeature } from "./readout.ts";
import type { HitsAnswer, MapAnswer, PhenoprintAnswer } from "./screen-answers.ts";
import { screenReport } from "./screen-report.ts";
import { getJson, putJson } from "./vectors.ts";

/** Analyses all plates together: cross-validated phenoprint, and what rests on it. */
export async function analyseExperiment(input: unknown, objects: ObjectStore) {
  const experiment = experimentRecord.parse(input);
  const { profiles, wells } = await loadProfiles(experiment, objects);
  const readout = readoutFeature(profiles.features, {
    channels: experiment.design.channels,
    nucleiChannel: experiment.design.nucleiChannel,
    readout: experiment.design.readout,
  });
  const analysis = analyseScreen({
    profiles: { features: profiles.features, values: profiles.values },
    wells,
    options: { ...(readout === undefined ? {} : { scoreFeatures: [readout] }), seed: 1 },
  });
  const answer: PhenoprintAnswer = {
    phenoprint: phenoprintRow(analysis, wells),
    // A single feature is measured where it is: nothing was learnt that would have to be validated on other plates.
    plates:
      readout !== undefined || analysis.phenoprint?.validation !== "leave-one-plate-out"
        ? []
        : analysis.phenoprint.plates.map(({ plate, zPrime, robustZPrime, ssmd }) => ({
            plate,
            metrics: { zPrime: finite(zPrime), robustZPrime: finite(robustZPrime), ssmd: finite(ssmd) },
          })),
    missing: missingOf(analysis, "phenoprint"),
  };
  const [analysisUri, phenoprint] = await Promise.all([putJson(objects, analysis), putJson(objects, answer)]);
  return { analysis: analysisUri, phenoprint };
}

/** What each compound does: rescue, dose curve, EC50, side effect. */
export async function listHits(input: unknown, objects: ObjectStore) {
  const analysis = await loadAnalysis(input, objects);
  const answer: HitsAnswer = {
    hits: analysis.hits.map(hitRow),
    projection: analysis.projection === null ? null : projectionRow(analysis.projection),
    missing: [...missingOf(analysis, "hits"), ...missingOf(analysis, "projection")],
  };
  return { hits: await putJson(objects, answer) };
}

/** Who is like whom: cosine similarity of the experiment's perturbations. */
export async function drawMap(input: unknown, objects: ObjectStore) {
  const analysis = await loadAnalysis(input, objects);
  const { map } = analysis;
  const answer: MapAnswer = {
    map:
      map === null
        ? null
        : {
            perturbations: map.perturbations.map(({ type, name, doseUm, wells, consistency, p, q }) => ({
              type,
              name,
              doseUm,
              wells: wells.length,
              consistency,
              consistencyP: p,
              trusted: q !== null && q <= 0.1,
            })),
            cosine: map.cosine.flat(),
            order: map.order,
          },
    sentence: analysis.mapSentence,
    nearestGene: (map?.nearestGene ?? []).flatMap((nearest, index) => {
      const own = map?.perturbations[index];
      if (own?.type !== "gene") return [];
      const other = nearest === null ? undefined : map?.perturbations[nearest.index];
      return [{ name: own.name, nearest: other?.name ?? null, cosine: nearest?.cosine ?? null }];
    }),
    missing: missingOf(analysis, "map"),
  };
  return { map: await putJson(objects, answer) };
}

/** The report: one page with every finding and its evidence. */
export async function writeReport(input: unknown, objects: ObjectStore) {
  const { experiment, parts } = z
    .object({ experiment: z.string(), parts: z.array(z.record(z.string(), z.json())) })
    .parse(input);
  const whole = experimentRecord
    .partial()
    .extend({ experiment: z.string() })
    .parse(Object.assign({ experiment }, ...parts));
  const pointers = z
    .object({ phenoprint: z.string().optional(), hits: z.string().optional(), map: z.string().optional() })
    .parse(Object.assign({}, ...parts));
  const read = async <T>(uri: string | undefined): Promise<T | null> =>
    uri === undefined ? null : ((await getJson(objects, uri)) as T);
  const html = await screenReport({
    experiment,
    design: whole.design ?? null,
    plates: whole.plates ?? [],
    phenoprint: await read<PhenoprintAnswer>(pointers.phenoprint),
    hits: await read<HitsAnswer>(pointers.hits),
    map: await read<MapAnswer>(pointers.map),
  });
  return { report: (await objects.put(new TextEncoder().encode(html))).uri };
}

async function loadProfiles(
  experiment: ExperimentRecord,
  objects: ObjectStore,
): Promise<{ profiles: Profiles; wells: ScreenWell[] }> {
  const parts = await Promise.all(experiment.plates.map(({ profiles }) => getProfiles(objects, profiles)));
  return { profiles: concatenate(parts), wells: parts.flatMap(screenWells) };
}

async function loadAnalysis(input: unknown, objects: ObjectStore): Promise<ScreenAnalysis> {
  const { analysis } = z.object({ analysis: z.string() }).parse(input);
  return (await getJson(objects, analysis)) as ScreenAnalysis;
}

function missingOf(analysis: ScreenAnalysis, part: ScreenAnalysis["missing"][number]["part"]): string[] {
  return analysis.missing.flatMap((one) =>
    one.part === part ? [`No ${part}: ${one.reason}.`.replace("..", ".")] : [],
  );
}

function phenoprintRow(analysis: ScreenAnalysis, wells: readonly ScreenWell[]): PhenoprintInput | null {
  const print = analysis.phenoprint;
  if (print === null) return null;
  return {
    auc: { value: print.auc.value, low: print.auc.lower, high: print.auc.upper },
    crossValidation: print.validation === "leave-one-plate-out" ? "by plate" : "within plate",
    healthyWells: print.plates.reduce((sum, plate) => sum + plate.goal, 0),
    diseaseWells: print.plates.reduce((sum, plate) => sum + plate.start, 0),
    falsePositiveRate: print.falseDisease.value,
    scores: print.scores.flatMap(({ plate, well, score }, index) =>
      score === null ? [] : [{ plate, well, role: wells[index]?.role ?? "other", score }],
    ),
    note:
      print.validation === "within-plate"
        ? "One plate only: validated by wells of the same plate, which flatters the score."
        : null,
  };
}

const VERDICTS: Record<CompoundHit["verdict"], HitVerdict> = {
  restores: "restores",
  "partly restores": "partly restores",
  "no effect": "no effect",
  "toxic/other phenotype": "other phenotype",
};

function hitRow(hit: CompoundHit): HitInput {
  const drawing = hit.fit === null ? undefined : doseCurveDrawing(hit.fit);
  const highest = hit.doses.at(-1) ?? Number.NaN;
  const outside = hit.fit?.flags.find((flag) => flag === "ec50-above-doses" || flag === "ec50-below-doses");
  const effective = hit.ec50Text !== null;
  const openEnd =
    outside === "ec50-above-doses"
      ? { value: highest, low: highest, high: null, relation: ">" as const }
      : { value: hit.doses[0] ?? 0, low: null, high: hit.doses[0] ?? 0, relation: "<" as const };
  const ec50 =
    hit.ec50 !== null && effective
      ? { value: hit.ec50, low: hit.interval?.lower ?? null, high: hit.interval?.upper ?? null, relation: "=" as const }
      : effective && outside !== undefined
        ? openEnd
        : null;
  const notes = [
    ...(hit.fitMissing === null ? [] : [hit.fitMissing]),
    ...(hit.dosesAboveBest.length === 0
      ? []
      : [
          `The rescue falls again above the best dose; ${hit.dosesAboveBest.join(", ")} ${hit.unit} take no part in the curve.`,
        ]),
    ...(hit.fit?.flags.includes("incomplete-plateau")
      ? ["The curve has not reached its plateau within the doses tested."]
      : []),
    ...(hit.fit?.flags.includes("no-effect") ? ["The curve is not told from a flat line."] : []),
  ];
  return {
    name: hit.name,
    verdict: VERDICTS[hit.verdict],
    sentence: hit.sentence,
    doses: hit.doses,
    unit: hit.unit,
    points: hit.points.map(({ dose, plate, well, rescue, sideEffect, outlier }) => ({
      dose,
      plate,
      well,
      rescue,
      sideEffect,
      excluded: outlier ? "set aside by the fit's robust weights" : null,
    })),
    fit:
      hit.fit === null
        ? null
        : {
            bottom: hit.fit.bottom,
            top: hit.fit.top,
            ec50: hit.fit.ec50,
            hill: hit.fit.hill,
            residualSd: hit.fit.residualSd,
          },
    ...(drawing === undefined
      ? {}
      : {
          line: drawing.dose.map((dose, index) => ({
            dose,
            rescue: drawing.response[index] ?? Number.NaN,
            low: drawing.lower[index] ?? null,
            high: drawing.upper[index] ?? null,
          })),
        }),
    ec50,
    maxRescue: Number.isFinite(hit.maxRescue.value)
      ? { value: hit.maxRescue.value, low: finite(hit.maxRescue.lower), high: finite(hit.maxRescue.upper) }
      : null,
    sideEffect: hit.sideEffectAtEc50 ?? hit.sideEffectAtHighestDose,
    notes,
  };
}

function projectionRow(projection: RescueProjection): ProjectionInput {
  const { start, goal } = projection.ends;
  const line = (type: "compound" | "gene") => (one: RescueProjection["compounds"][number]) => ({
    type,
    name: one.name,
    points: one.points.map(({ dose, p, r, wells }) => ({ dose, p, r, wells })),
  });
  return {
    mode: "rescue",
    target: `${start} − ${goal}`,
    controls: [
      ...projection.start.map((point) => ({ ...point, role: start })),
      ...projection.goal.map((point) => ({ ...point, role: goal })),
    ],
    lines: [...projection.compounds.map(line("compound")), ...projection.genes.map(line("gene"))],
  };
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
