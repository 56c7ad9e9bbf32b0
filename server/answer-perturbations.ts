import { mean, sd } from "@artesian/numerics";
import {
  countWord,
  type Experiment,
  experimentById,
  experimentResults,
  hitsOfPerturbation,
  layoutWells,
  listPerturbations,
  type PerturbationCounts,
  type StoredHit,
  type StoredMap,
  wellsOfPerturbation,
} from "@artesian/store";
import { editsAnywhere } from "./answer-edits.ts";
import { hitRow, provenanceOf } from "./answer-experiments.ts";
import { doseCurve, examples } from "./answer-hits.ts";
import { gridWell } from "./answer-plates.ts";
import { expressionAnywhere } from "./answer-projects.ts";
import type * as api from "./api.ts";
import type { ServerContext } from "./context.ts";
import { NotFoundError } from "./errors.ts";
import { knownInMaps } from "./known-in-maps.ts";
import { page, perturbationRef } from "./links.ts";
import { capital, perturbationAnswers } from "./perturbation-answers.ts";

/** `GET /api/v1/perturbations` */
export async function perturbationList(
  context: ServerContext,
  query: { q?: string | undefined; type?: string | undefined; limit: number; offset: number },
): Promise<api.PerturbationList> {
  const { limit, offset } = query;
  const { perturbations, total } = await listPerturbations(context.reader.db, {
    limit,
    offset,
    ...(query.q ? { q: query.q } : {}),
    ...(query.type ? { type: query.type } : {}),
  });
  const rows = await Promise.all(
    perturbations.map(async (perturbation) => {
      const [hit] = await hitsOfPerturbation(context.reader.db, perturbation.id);
      const used = await wellsOfPerturbation(context.reader.db, perturbation.id);
      const map = used[0] === undefined ? null : await mapOf(context, used[0].experiment_id);
      return rowOf(perturbation, hit, agreementOf(map, perturbation.id, perturbation.wells, hit?.unit));
    }),
  );
  return { perturbations: rows, total, next: offset + limit < total ? String(offset + limit) : null };
}

function rowOf(
  perturbation: PerturbationCounts,
  hit: StoredHit | undefined,
  agreement: api.Agreement,
): api.PerturbationRow {
  const row = hit === undefined ? undefined : hitRow(hit);
  return {
    perturbation: perturbationRef(perturbation.id),
    synonyms: perturbation.synonyms,
    experiments: perturbation.experiments,
    wells: perturbation.wells,
    doses: perturbation.doses,
    verdict: row?.verdict ?? null,
    ec50: row?.ec50 ?? null,
    maxRescue: row?.maxRescue ?? null,
    agreement,
  };
}

function mapOf(context: ServerContext, experimentId: string): Promise<StoredMap | null> {
  return context.memo.get(`map of ${experimentId}`, Number.POSITIVE_INFINITY, async () => {
    const results = await experimentResults(context.reader.db, experimentId, ["map"]);
    return results.map?.map ?? null;
  });
}

/** Do replicates agree: of a compound's doses the one that stands out most from other wells speaks. */
export function agreementOf(map: StoredMap | null, id: string, wells: number, unit = "µM"): api.Agreement {
  const rows = (map?.perturbations ?? []).filter((row) => `${row.type}:${row.name}` === id && row.consistency != null);
  const best = rows.sort(
    (a, b) => (a.consistencyP ?? 1) - (b.consistencyP ?? 1) || (b.consistency ?? 0) - (a.consistency ?? 0),
  )[0];
  if (best === undefined) {
    const why =
      map === null
        ? "Replicates are compared when the experiment's map is there."
        : "It is not on the experiment's map.";
    return { agree: null, sentence: why, consistency: null, p: null, replicates: wells };
  }
  const consistency = best.consistency ?? 0;
  const p = best.consistencyP ?? null;
  const agree = p === null ? null : p <= 0.05;
  const dose =
    best.doseUm == null ? "" : unit === "steps" ? ` at dose step ${best.doseUm}` : ` at ${best.doseUm} ${unit}`;
  const cosine = `mean cosine ${consistency.toFixed(2).replace("-", "−")}`;
  const chance = p === null ? "" : p < 0.001 ? "p < 0.001" : `p ${p.toFixed(3)}`;
  const who = `${capital(countWord(best.wells))} replicates${dose}`;
  const sentence =
    agree === null
      ? `${who}: ${cosine}; not tested against chance.`
      : agree
        ? `${who} agree (${cosine}, ${chance}).`
        : consistency >= 0.5
          ? `${who} are alike (${cosine}), yet no more than other wells are (${chance}).`
          : `${who} do not agree more than chance (${cosine}, ${chance}).`;
  return { agree, sentence, consistency: best.consistency ?? null, p, replicates: best.wells };
}

/** `GET /api/v1/perturbations/:id` */
export async function perturbationDetail(context: ServerContext, id: string): Promise<api.PerturbationDetail> {
  const { db } = context.reader;
  const perturbation = await perturbationNamed(context, id);
  const hits = await hitsOfPerturbation(db, id);
  const used = [...new Set((await wellsOfPerturbation(db, id)).map((well) => well.experiment_id))];
  const evidence: api.PerturbationEvidence[] = [];
  for (const experimentId of used.slice(0, 20)) {
    const experiment = await experimentById(db, experimentId);
    if (experiment === undefined) continue;
    evidence.push(
      await evidenceOf(
        context,
        experiment,
        id,
        hits.find((hit) => hit.experimentId === experimentId),
      ),
    );
  }
  const agreement = evidence[0]?.agreement ?? agreementOf(null, id, perturbation.wells);
  const expression =
    perturbation.type === "gene"
      ? await expressionAnywhere(context, [perturbation.name, ...perturbation.synonyms])
      : [];
  const edits = await editsAnywhere(context, id);
  return {
    ...rowOf(perturbation, hits[0], agreement),
    edits,
    smiles: perturbation.smiles,
    inchiKey: typeof perturbation.doc.inchiKey === "string" ? perturbation.doc.inchiKey : null,
    evidence,
    expression,
    answers: perturbationAnswers(perturbation, evidence, expression, edits),
  };
}

/** A perturbation as layouts and maps know it: one identity, whichever of them has it. @throws NotFoundError (server/not-found) */
async function perturbationNamed(context: ServerContext, id: string): Promise<PerturbationCounts> {
  const { perturbations } = await listPerturbations(context.reader.db, { limit: 1, offset: 0, ids: [id] });
  const [stored] = perturbations;
  const mapped = await knownInMaps(context, id);
  const { type, name } = perturbationRef(id);
  if (stored === undefined && (mapped === undefined || type === "control"))
    throw new NotFoundError(
      "perturbation",
      id,
      "Its id is compound:NAME, gene:NAME or control:NAME, as in a plate's layout or on a map. Search finds it by synonym.",
    );
  const nowhere = { id, type, name, synonyms: [], smiles: null, doc: {}, experiments: 0, wells: 0, doses: 0 };
  const found: PerturbationCounts = stored ?? nowhere;
  const { name: full, synonyms = [], smiles = null, inchiKey } = mapped ?? {};
  const others = [...found.synonyms, ...(full === undefined ? [] : [full]), ...synonyms];
  return {
    ...found,
    synonyms: [...new Set(others)],
    smiles: found.smiles ?? smiles,
    doc: { inchiKey, ...found.doc },
  };
}

async function evidenceOf(
  context: ServerContext,
  experiment: Experiment,
  id: string,
  hit: StoredHit | undefined,
): Promise<api.PerturbationEvidence> {
  const wells = await layoutWells(context.reader.db, experiment.id);
  const own = wells.filter((well) => well.perturbationId === id);
  const results = await experimentResults(context.reader.db, experiment.id, ["phenoprint", "map"]);
  const scores = new Map(
    (results.phenoprint?.phenoprint?.scores ?? []).map((score) => [`${score.plate}/${score.well}`, score.score]),
  );
  const scoreOf = (well: { plate: string; well: string }) => scores.get(`${well.plate}/${well.well}`) ?? null;
  const map = results.map?.map ?? null;
  const tails = neighboursOf(map, id);
  const doses = [...new Set(own.map((well) => well.doseUm))];
  return {
    experimentId: experiment.id,
    experimentName: experiment.name,
    href: page.experiment(experiment.id),
    wells: own.map((well) => ({
      ...gridWell(well, scoreOf(well)),
      plate: well.plate,
      score: scoreOf(well),
      cellCount: well.cells,
      href: page.well(experiment.id, well.plate, well.well),
    })),
    examples:
      doses.length > 1
        ? doses.flatMap((dose) =>
            examples(
              experiment.id,
              own.filter((well) => well.doseUm === dose),
              1,
            ),
          )
        : examples(experiment.id, own, 6),
    compareWith: ["healthy", "disease"].flatMap((role) =>
      examples(
        experiment.id,
        wells.filter((well) => well.role === role),
        1,
      ),
    ),
    agreement: agreementOf(map, id, own.length, hit?.unit),
    score: meanOf(own.flatMap((well) => scoreOf(well) ?? [])),
    curve: hit === undefined ? null : doseCurve(experiment.id, hit, wells),
    ...tails,
    provenance: await provenanceOf(
      context,
      experiment,
      "Wells of this perturbation in the experiment, with their phenoprint scores and map neighbours.",
      results.map?.at ?? null,
    ),
  };
}

/** Mean with its 95 % interval (normal approximation; null sides below two values). */
function meanOf(values: readonly number[]): api.Estimate | null {
  if (values.length === 0) return null;
  const value = mean(values);
  const half = values.length < 2 ? null : (1.96 * sd(values)) / Math.sqrt(values.length);
  return { value, low: half === null ? null : value - half, high: half === null ? null : value + half, level: 0.95 };
}

/** Nearest rows of the map in both tails, at most ten each; a compound speaks by the dose whose replicates agree best. */
function neighboursOf(map: StoredMap | null, id: string): { similar: api.Neighbour[]; opposite: api.Neighbour[] } {
  const rows = (map?.perturbations ?? []).map((row, index) => ({ ...row, id: `${row.type}:${row.name}`, index }));
  const own = rows.filter((row) => row.id === id).sort((a, b) => (b.consistency ?? 0) - (a.consistency ?? 0))[0];
  if (map === null || own === undefined) return { similar: [], opposite: [] };
  const ranked = rows
    .filter((row) => row.id !== id)
    .flatMap((row) => {
      const cosine = map.cosine[own.index * rows.length + row.index];
      return cosine == null ? [] : [{ row, cosine }];
    })
    .sort((a, b) => b.cosine - a.cosine);
  const neighbour = ({ row, cosine }: (typeof ranked)[number]): api.Neighbour => ({
    perturbation: perturbationRef(row.id),
    doseUm: row.doseUm ?? null,
    label: row.label ?? (row.doseUm == null ? row.name : `${row.name} ${row.doseUm}`),
    cosine,
    percentile: (100 * ranked.filter((other) => other.cosine <= cosine).length) / ranked.length,
  });
  return {
    similar: ranked
      .filter((item) => item.cosine > 0)
      .slice(0, 10)
      .map(neighbour),
    opposite: ranked
      .filter((item) => item.cosine < 0)
      .reverse()
      .slice(0, 10)
      .map(neighbour),
  };
}
