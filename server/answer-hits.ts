import {
  type Experiment,
  experimentResults,
  hitsOf,
  type LayoutWell,
  layoutWells,
  listMaps,
  type StoredHit,
} from "@artesian/store";
import { hitRow, missingOf, phenoprintOf, provenanceOf } from "./answer-experiments.ts";
import type * as api from "./api.ts";
import type { ServerContext } from "./context.ts";
import { page, perturbationRef, url } from "./links.ts";

/** `GET /api/v1/experiments/:experiment/hits` */
export async function experimentHits(context: ServerContext, experiment: Experiment): Promise<api.Hits> {
  const { db } = context.reader;
  const { id } = experiment;
  const results = await experimentResults(db, id);
  const wells = await layoutWells(db, id);
  const hits = await hitsOf(db, id);
  const waiting = results.hits === undefined ? ["Dose curves come when every plate of the experiment is in."] : [];
  return {
    experimentId: id,
    name: experiment.name,
    phenoprint: phenoprintOf(id, results.phenoprint?.phenoprint ?? null),
    compounds: hits.map((hit) => doseCurve(id, hit, wells)),
    controls: {
      healthy: examples(
        id,
        wells.filter((well) => well.role === "healthy" || well.role === "positive"),
        3,
      ),
      disease: examples(
        id,
        wells.filter((well) => well.role === "disease" || well.role === "negative"),
        3,
      ),
    },
    projection: projectionOf(results),
    missing: [...waiting, ...missingOf(results, wells.length > 0)],
    csvUrl: url.experiment(id, "hits.csv"),
    madeAt: results.hits?.at ?? null,
    provenance: await provenanceOf(
      context,
      experiment,
      "Rescue is the share of the way from disease to healthy along the phenoprint's axis; curves are four-parameter logistic fits on log dose.",
      results.hits?.at ?? null,
    ),
  };
}

/** A compound's curve as the pages draw it. */
export function doseCurve(experimentId: string, hit: StoredHit, wells: readonly LayoutWell[]): api.DoseCurve {
  const doses = [...hit.doses].sort((a, b) => a - b);
  const own = wells.filter((well) => well.perturbationId === hit.perturbationId);
  return {
    ...hitRow(hit),
    unit: hit.unit ?? "µM",
    doses,
    points: hit.points.map((point) => ({
      dose: point.dose,
      plate: point.plate,
      well: point.well,
      rescue: point.rescue,
      sideEffect: point.sideEffect ?? null,
      excluded: point.excluded ?? null,
      href: page.well(experimentId, point.plate, point.well),
    })),
    line: lineOf(hit, doses),
    fit: hit.fit === null ? null : { ...hit.fit, residualSd: hit.fit.residualSd ?? null },
    notes: [...(hit.notes ?? [])],
    examples: doses.flatMap((dose) =>
      examples(
        experimentId,
        own.filter((well) => well.doseUm === dose),
        1,
      ),
    ),
  };
}

/** The stored line, else the logistic curve at 60 doses evenly spaced on a log axis from a third of the lowest dose to three times the highest. */
function lineOf(hit: StoredHit, doses: readonly number[]): api.DoseCurve["line"] {
  if (hit.line !== undefined)
    return hit.line.map((point) => ({
      dose: point.dose,
      rescue: point.rescue,
      low: point.low ?? null,
      high: point.high ?? null,
    }));
  const positive = doses.filter((dose) => dose > 0);
  const { fit } = hit;
  const first = positive[0];
  const last = positive[positive.length - 1];
  if (fit === null || first === undefined || last === undefined) return [];
  const low = Math.log(first / 3);
  const high = Math.log(last * 3);
  return Array.from({ length: 60 }, (_, index) => {
    const dose = Math.exp(low + ((high - low) * index) / 59);
    return {
      dose,
      rescue: fit.bottom + (fit.top - fit.bottom) / (1 + (fit.ec50 / dose) ** fit.hill),
      low: null,
      high: null,
    };
  });
}

/** Pictures of wells: unflagged ones first, then in plate order; the first site of each. */
export function examples(experimentId: string, wells: readonly LayoutWell[], count: number): api.ExampleWell[] {
  return wells
    .filter((well) => well.images > 0)
    .sort((a, b) => a.flags.length - b.flags.length)
    .slice(0, count)
    .map((well) => ({
      plate: well.plate,
      well: well.well,
      site: 1,
      doseUm: well.doseUm,
      role: well.role,
      imageUrl: url.site(experimentId, well.plate, well.well, 1, "composite.png"),
      href: page.well(experimentId, well.plate, well.well),
    }));
}

/** The projection/rejection plot's data. */
export function projectionOf(results: Awaited<ReturnType<typeof experimentResults>>): api.Projection | null {
  const projection = results.projection?.projection ?? null;
  if (projection === null) return null;
  return {
    mode: projection.mode,
    target: projection.target,
    controls: projection.controls.map((control) => ({ ...control })),
    lines: projection.lines.map((line) => ({
      perturbation: perturbationRef(`${line.type}:${line.name}`),
      points: line.points.map((point) => ({ ...point })),
    })),
  };
}

/** `GET /api/v1/experiments/:experiment/map` */
export async function experimentMap(context: ServerContext, experiment: Experiment): Promise<api.ExperimentMap> {
  const { id } = experiment;
  const results = await experimentResults(context.reader.db, id);
  const map = results.map?.map ?? null;
  const waiting = results.map === undefined ? ["The map comes when every plate of the experiment is in."] : [];
  return {
    experimentId: id,
    name: experiment.name,
    perturbations: (map?.perturbations ?? []).map((row) => {
      const doseUm = row.doseUm ?? null;
      return {
        perturbation: perturbationRef(`${row.type}:${row.name}`),
        doseUm,
        label: row.label ?? (doseUm === null ? row.name : `${row.name} ${doseUm}`),
        wells: row.wells,
        consistency: row.consistency ?? null,
        consistencyP: row.consistencyP ?? null,
        trusted: row.trusted ?? (row.consistencyP ?? 1) <= 0.05,
      };
    }),
    cosine: map?.cosine ?? [],
    order: [...(map?.order ?? [])],
    projection: projectionOf(results),
    missing: [...waiting, ...(results.map?.missing ?? [])],
    csvUrl: url.experiment(id, "map.csv"),
    madeAt: results.map?.at ?? null,
    provenance: await provenanceOf(
      context,
      experiment,
      "Cosine similarity of the perturbations' mean profiles, relative to their controls; order by average linkage.",
      results.map?.at ?? null,
    ),
  };
}

/** `GET /api/v1/maps` */
export async function mapList(context: ServerContext): Promise<api.MapList> {
  const maps = await listMaps(context.reader.db);
  return { maps: maps.map(({ at, ...map }) => ({ ...map, madeAt: at, href: page.map(map.experimentId) })) };
}
