import { findingsOf, listExperiments, listRuns, search } from "@artesian/store";
import { experimentSummary } from "./answer-experiments.ts";
import { imagesPerS, runSummary } from "./answer-runs.ts";
import type * as api from "./api.ts";
import type { ServerContext } from "./context.ts";
import { page, perturbationRef } from "./links.ts";

const SEVERITIES = ["attention", "finding", "progress"];

/** `GET /api/v1/home`: findings of the experiments touched last, attention first, newest experiment first within. */
export async function home(context: ServerContext): Promise<api.Home> {
  const { db } = context.reader;
  const { experiments } = await listExperiments(db, { limit: 8, offset: 0 });
  const { runs } = await listRuns(db, { limit: 20, offset: 0, state: "running" });
  const findings: api.Finding[] = [];
  for (const experiment of experiments.slice(0, 4)) findings.push(...(await findingsOf(db, experiment.id)));
  findings.sort((a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity));
  return {
    findings,
    running: await Promise.all(runs.map((run) => runSummary(context, run))),
    recent: await Promise.all(experiments.map((experiment) => experimentSummary(context, experiment))),
    start: {
      watchCommand: "npx artesian watch FOLDER",
      runCommand: "npx artesian run phenomics --images FOLDER --metadata FILE.csv --out FOLDER",
      watching: context.watching,
    },
    live: {
      imagesPerS: await imagesPerS(context),
      running: runs.length,
      attention: findings.filter((finding) => finding.severity === "attention").length,
    },
    version: context.version,
    mode: context.mode,
  };
}

/** Pages that Ctrl-K offers by name. */
const PAGES: api.SearchResult[] = [
  { kind: "page", id: "home", title: "Home", detail: "findings, what runs, how to start", href: "/" },
  { kind: "page", id: "experiments", title: "Experiments", detail: "plates, profiles, hits", href: "/experiments" },
  { kind: "page", id: "perturbations", title: "Perturbations", detail: "genes and compounds", href: "/perturbations" },
  { kind: "page", id: "maps", title: "Maps", detail: "similar and opposite", href: "/maps" },
  { kind: "page", id: "runs", title: "Runs", detail: "what the pipeline does", href: "/runs" },
];

/** `GET /api/v1/search` */
export async function searchAnswer(context: ServerContext, q: string): Promise<api.SearchAnswer> {
  const text = q.trim().toLowerCase();
  const pages = PAGES.filter((item) => text === "" || item.title.toLowerCase().includes(text));
  const found = await search(context.reader.db, q, 8);
  const results = found.map((item): api.SearchResult => {
    switch (item.kind) {
      case "experiment":
        return { kind: "experiment", id: item.id, title: item.id, detail: item.name, href: page.experiment(item.id) };
      case "plate":
        return {
          kind: "plate",
          id: item.plate,
          title: `Plate ${item.plate}`,
          detail: item.experimentId,
          href: page.plates(item.experimentId, item.plate),
        };
      case "well":
        return {
          kind: "well",
          id: `${item.plate}/${item.well}`,
          title: `${item.plate} · ${item.well}`,
          detail: item.experimentId,
          href: page.well(item.experimentId, item.plate, item.well),
        };
      case "perturbation":
        return {
          kind: "perturbation",
          id: item.id,
          title: item.name,
          detail: item.type,
          href: perturbationRef(item.id).href,
        };
      default:
        return {
          kind: "run",
          id: item.id,
          title: item.name,
          detail: `run ${item.id} · ${item.state}`,
          href: page.run(item.id),
        };
    }
  });
  const mapped = await onDefaultMap(context, q);
  const known = new Set(results.map(({ id }) => id));
  const others = mapped.filter(({ id }) => !known.has(id));
  return { query: q, results: [...results, ...others, ...pages, ...(await actions(context, text))] };
}

/** Perturbations of the default map that a text finds by any of their names. */
async function onDefaultMap({ maps }: ServerContext, q: string): Promise<api.SearchResult[]> {
  const group = maps?.groups().find(({ isDefault }) => isDefault);
  if (maps === undefined || group === undefined || q.trim() === "") return [];
  // A map that cannot be read says so on the maps' own pages.
  const lease = await maps.lease(group.id).catch(() => undefined);
  if (lease === undefined) return [];
  try {
    const { matches } = (await lease.view.search()).search(q, { limit: 24, isShown: (row) => row.experiment === null });
    const rows = await lease.view.rowsOf(matches.map(({ row }) => row));
    const found = new Map<string, api.SearchResult>();
    rows.forEach(({ perturbation, symbol, type }, i) => {
      const { by, text } = matches[i]!;
      const name = by === "symbol" || by === "perturbation" ? "" : ` · ${by} ${text}`;
      if (found.size < 8 && !found.has(perturbation))
        found.set(perturbation, {
          kind: "perturbation",
          id: perturbation,
          title: symbol,
          detail: `${type} on the map ${group.label}${name}`,
          href: perturbationRef(perturbation).href,
        });
    });
    return [...found.values()];
  } finally {
    lease.release();
  }
}

/** Things to do: what has failed in a run that is at hand can be retried. */
async function actions(context: ServerContext, text: string): Promise<api.SearchResult[]> {
  const offered: api.SearchResult[] = [];
  for (const engine of context.engines.all()) {
    if (engine.control === undefined) continue;
    const nodes = await engine.view.nodes();
    const failed = nodes.reduce((sum, node) => sum + (node.tasks?.failed ?? 0), 0);
    const title = `Retry ${failed} failed`;
    if (failed > 0 && title.toLowerCase().includes(text)) {
      offered.push({
        kind: "action",
        id: `retry ${engine.runId}`,
        title,
        detail: `run ${engine.runId}`,
        href: page.run(engine.runId),
        post: `/api/v1/runs/${encodeURIComponent(engine.runId)}/retry-failed`,
      });
    }
  }
  return offered;
}
