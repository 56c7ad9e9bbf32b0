import { objectUri } from "@artesian/engine";
import {
  type Experiment,
  functionLedger,
  listFunctions,
  listRuns,
  readingSets,
  type StoredFunction,
  type StoredRequest,
  type StoredRun,
} from "@artesian/store";
import { z } from "zod";
import type * as api from "./api.ts";
import type { ServerContext } from "./context.ts";
import { page, url } from "./links.ts";

/** What is kept of a declaration for pages. */
export const functionDocument = z.object({
  description: z.string().default(""),
  trigger: z.string().default(""),
  runs: z.string().default(""),
  concurrency: z.number().nullable().default(null),
  timeoutS: z.number().default(0),
  attempts: z.number().default(0),
});

/** The newest run of functions in this data folder. */
export async function functionsRun(context: ServerContext): Promise<StoredRun | undefined> {
  const { runs } = await listRuns(context.reader.db, { limit: 100, offset: 0, workflow: "functions" });
  return runs.sort((a, b) => b.startedAt.localeCompare(a.startedAt))[0];
}

/** `GET /api/v1/functions` */
export async function functionList(context: ServerContext): Promise<api.FunctionList> {
  const run = await functionsRun(context);
  const engine = run === undefined ? undefined : context.engines.of(run.id);
  const live = engine?.control !== undefined;
  const nodes = live ? await engine.view.nodes() : [];
  const found = await listFunctions(context.reader.db);
  return {
    functions: found.map((one) => functionRow(one, live ? nodes.find(({ id }) => id === one.id)?.tasks : undefined)),
    live,
    run: run === undefined ? null : { id: run.id, href: page.run(run.id) },
    places: [...(context.functions?.places ?? [])],
  };
}

function functionRow(
  { id, digest, doc, registeredAt, removedAt, counts, lastAt }: StoredFunction,
  tasks: { running: number; retrying: number } | null | undefined,
): api.FunctionRow {
  const now = tasks ? { running: tasks.running, retrying: tasks.retrying } : null;
  return { id, ...functionDocument.parse(doc), digest, registeredAt, removedAt, counts, lastAt, now };
}

/** `GET /api/v1/functions/ledger` */
export async function ledgerPage(
  context: ServerContext,
  query: {
    function?: string | undefined;
    state?: api.FunctionState | undefined;
    q?: string | undefined;
    limit: number;
    offset: number;
  },
): Promise<api.FunctionLedger> {
  const { rows, total, counts } = await functionLedger(context.reader.db, {
    limit: query.limit,
    offset: query.offset,
    ...(query.function ? { functionId: query.function } : {}),
    ...(query.state ? { state: query.state } : {}),
    ...(query.q ? { q: query.q } : {}),
  });
  const run = await functionsRun(context);
  const next = query.offset + rows.length;
  return {
    rows: rows.map((row) => ledgerRow(row, run)),
    total,
    counts,
    next: next < total && rows.length > 0 ? String(next) : null,
  };
}

function ledgerRow(
  { functionId, startedAt, finishedAt, taskId, ...row }: StoredRequest,
  run: StoredRun | undefined,
): api.LedgerRow {
  return {
    ...row,
    function: functionId,
    uri: objectUri(row),
    durationMs: startedAt === null || finishedAt === null ? null : Date.parse(finishedAt) - Date.parse(startedAt),
    task: taskId === null || run === undefined ? null : { id: taskId, href: page.task(run.id, taskId) },
    links: linksOf(row.result),
  };
}

const loaded = z.looseObject({
  experiment: z.string(),
  plates: z.array(z.string()),
  measures: z.record(z.string(), z.string()),
});

/** Where readings that a function loaded are shown. */
function linksOf(result: unknown): api.LedgerRow["links"] {
  const parsed = loaded.safeParse(result);
  if (!parsed.success) return [];
  const { experiment, plates, measures } = parsed.data;
  const [metric] = Object.keys(measures);
  if (metric === undefined) return [];
  return plates.slice(0, 8).map((plate) => ({ label: `plate ${plate}`, href: platesBy(experiment, plate, metric) }));
}

function platesBy(experiment: string, plate: string, metric: string): string {
  return `${page.plates(experiment, plate)}&metric=${encodeURIComponent(metric)}`;
}

/** `GET /api/v1/experiments/:experiment/readings` */
export async function experimentReadings(context: ServerContext, experiment: Experiment): Promise<api.ReadingSets> {
  const known = z.object({ measures: z.record(z.string(), z.string()), about: z.record(z.string(), z.string()) });
  const sets = await readingSets(context.reader.db, experiment.id);
  return {
    sets: sets.map(({ doc, tableUri, ...set }) => {
      const { measures, about } = known.parse(doc);
      return {
        ...set,
        measures: Object.entries(measures).map(([metric, name]) => ({
          metric,
          name,
          href: platesBy(experiment.id, set.plate, metric),
        })),
        about,
        tableUrl: url.object(tableUri),
      };
    }),
    csvUrl: url.experiment(experiment.id, "readings.csv"),
  };
}
