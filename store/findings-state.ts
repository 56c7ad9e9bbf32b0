import type { Finding, FindingsState } from "./finding.ts";
import { findings } from "./findings.ts";
import { experimentResults, hitsOf } from "./read-answers.ts";
import {
  type Db,
  type Experiment,
  experimentById,
  imagesOf,
  type PlateOverview,
  plateOverview,
} from "./read-experiments.ts";

/** Reads what the findings of an experiment are made of. */
export async function findingsState(
  db: Db,
  experiment: Experiment,
  overview?: PlateOverview[],
): Promise<FindingsState> {
  const id = experiment.id;
  const plates = overview ?? (await plateOverview(db, experiment));
  const checked = await db.selectFrom("flag_set").select("plate").distinct().where("experiment_id", "=", id).execute();
  const runs = await db.selectFrom("run").select("state").where("experiment_id", "=", id).execute();
  const results = await experimentResults(db, id, ["phenoprint", "map"]);
  const disease = await db
    .selectFrom("well")
    .select("perturbation_id")
    .where("experiment_id", "=", id)
    .where("role", "=", "disease")
    .where("perturbation_id", "is not", null)
    .limit(1)
    .executeTakeFirst();
  const roles = await db.selectFrom("well").select("role").distinct().where("experiment_id", "=", id).execute();
  return {
    experiment: { id, name: experiment.name, createdAt: experiment.createdAt },
    imagedHere: imagesOf(experiment.workflow),
    ended: runs.length > 0 && runs.every((run) => run.state !== "running"),
    plates: plates.map((plate) => ({ ...plate, checked: checked.some((row) => row.plate === plate.plate) })),
    failures: await failuresOf(db, id),
    hits: await hitsOf(db, id),
    phenoprint: results.phenoprint ?? null,
    map: results.map?.map ? { map: results.map.map, sentence: results.map.sentence, at: results.map.at } : null,
    healthAndDisease: !roles.some(({ role }) => role === "positive" || role === "negative"),
    disease: disease?.perturbation_id ?? null,
  };
}

/** Findings of one experiment; none when it is not there. */
export async function findingsOf(db: Db, experimentId: string): Promise<Finding[]> {
  const experiment = await experimentById(db, experimentId);
  return experiment === undefined ? [] : findings(await findingsState(db, experiment));
}

/** Failures with the same cause on the same plate, as one; a site whose image failed is told once, by the image. */
async function failuresOf(db: Db, experimentId: string): Promise<FindingsState["failures"]> {
  const images = await db
    .selectFrom("image_quality")
    .select((eb) => [
      "plate",
      "error_code as code",
      eb.fn.min("error_message").as("message"),
      eb.fn.countAll<number>().as("count"),
      eb.fn.min("well").as("well"),
      eb.fn.max("at").as("since"),
    ])
    .where("experiment_id", "=", experimentId)
    .where("error_code", "is not", null)
    .groupBy(["plate", "error_code"])
    .orderBy("plate")
    .execute();
  const tasks = await db
    .selectFrom("failure")
    .select((eb) => [
      "plate",
      "code",
      eb.fn.min("message").as("message"),
      eb.fn.countAll<number>().as("count"),
      eb.fn.min("well").as("well"),
      eb.fn.max("site").as("site"),
      eb.fn.max("at").as("since"),
    ])
    .where("experiment_id", "=", experimentId)
    .where("plate", "<>", "")
    .groupBy(["plate", "code"])
    .orderBy("plate")
    .execute();
  const told = new Set(images.map((row) => `${row.plate}/${row.code}`));
  const imageFailures = images.map((row) => ({
    plate: row.plate,
    what: "image",
    code: row.code ?? "",
    message: row.message ?? "",
    count: Number(row.count),
    well: row.well,
    since: row.since,
  }));
  const taskFailures = tasks
    .filter((row) => !told.has(`${row.plate}/${row.code}`))
    .map((row) => ({
      plate: row.plate,
      what: row.site > 0 ? "site" : row.well === "" ? "result" : "well",
      code: row.code,
      message: row.message,
      count: Number(row.count),
      well: row.well,
      since: row.since,
    }));
  return [...imageFailures, ...taskFailures];
}
