import { openPlace, type Table, tableFromRows, writeCsv } from "@artesian/data";
import {
  askBlock,
  askClusters,
  askEnrichment,
  askNeighbours,
  askProjection,
  askReplicates,
  FUNNEL_SETTINGS,
  FUNNEL_STEPS,
  type FunnelSettings,
  funnelOf,
  type Lease,
  nativeBlas,
  openMapService,
  rowLabel,
  rowMeant,
  rowsMeant,
  settingsFor,
} from "@artesian/maps";
import type { CommandContext } from "./command.ts";
import { EXIT, UsageError } from "./exit.ts";
import { storeEnvironment } from "./store-environment.ts";

export interface QueryFlags {
  store: string;
  group?: string;
  json?: true;
}

type Cell = string | number | null;

/** Answers a question from a group of a store, without a server: one JSON document, or CSV. */
async function query(
  flags: QueryFlags,
  { output, exit }: CommandContext,
  ask: (lease: Lease) => Promise<{ answer: object; rows: Record<string, Cell>[]; notFound?: readonly string[] }>,
): Promise<void> {
  const service = await openMapService({
    store: openPlace(flags.store, storeEnvironment()),
    native: nativeBlas(process.env, (line) => output.say(line)),
  });
  try {
    const { default: first, storeProblem } = service.status();
    if (storeProblem !== null) throw new UsageError(`--store ${flags.store}: ${storeProblem.message}`);
    const group = flags.group ?? first;
    if (group === null)
      throw new UsageError(`--store ${flags.store}: there is no group. Publish one: artesian map publish`);
    const lease = await service.lease(group);
    const { answer, rows, notFound = [] } = await ask(lease);
    output.settle();
    if (flags.json) output.json({ group: lease.view.name, ...answer });
    else output.data(csvOf(rows).trimEnd());
    for (const one of notFound) output.say(`${one}: not in ${lease.view.name} (artesian map why ${one} says why).`);
    lease.release();
    exit(notFound.length === 0 ? EXIT.done : EXIT.incomplete);
  } finally {
    await service.close();
  }
}

function csvOf(rows: Record<string, Cell>[]): string {
  const table: Table = tableFromRows(rows);
  return writeCsv(table);
}

export function queryNeighbours(
  of: string,
  flags: QueryFlags & { count: string; type?: "gene" | "compound" | "other" },
  context: CommandContext,
): Promise<void> {
  return query(flags, context, async ({ view }) => {
    const row = await rowMeant(view, of);
    const answer = await askNeighbours(view, row, {
      count: positive("--count", flags.count),
      ...(flags.type && { type: flags.type }),
    });
    const told = (tail: "similar" | "opposite") =>
      answer[tail].map(({ row: other, cosine, percentile, known }) => ({
        tail,
        perturbation: other.perturbation,
        symbol: other.symbol,
        concentration: other.concentration,
        cosine,
        percentile,
        known: known === null ? null : [...new Set(known.map(({ source }) => source))].join(" "),
      }));
    return { answer, rows: [...told("similar"), ...told("opposite")] };
  });
}

export function querySimilarity(
  rows: string[],
  flags: QueryFlags & { columns?: string[]; variant: "raw" | "z" | "percentile" },
  context: CommandContext,
): Promise<void> {
  return query(flags, context, async ({ view }) => {
    const down = await rowsMeant(view, rows);
    const across = flags.columns === undefined ? down : await rowsMeant(view, flags.columns);
    const { cosines, shown } = await askBlock(view, down.rows, across.rows, { variant: flags.variant });
    const values = shown ?? cosines;
    const [rowsSeen, columnsSeen] = [await view.rowsOf(down.rows), await view.rowsOf(across.rows)];
    const names = columnsSeen.map(rowLabel);
    const table = rowsSeen.map((row, i) => ({
      row: rowLabel(row),
      ...Object.fromEntries(names.map((name, j) => [name, orNull(values[i * names.length + j]!)])),
    }));
    const notFound = [...new Set([...down.notFound, ...across.notFound])];
    const answer = { rows: rowsSeen, columns: columnsSeen, values: Array.from(values, orNull), notFound };
    return { answer, rows: table, notFound };
  });
}

export function queryProject(
  target: string,
  rows: string[],
  flags: QueryFlags & { mode: "unit" | "magnitude" | "rescue"; healthy?: string },
  context: CommandContext,
): Promise<void> {
  return query(flags, context, async ({ view }) => {
    const { rows: queries, notFound } = await rowsMeant(view, rows);
    const healthy = flags.healthy === undefined ? undefined : await rowMeant(view, flags.healthy);
    const answer = await askProjection(view, {
      target: await rowMeant(view, target),
      queries,
      mode: flags.mode,
      ...(healthy !== undefined && { healthy }),
    });
    const table = answer.series.flatMap(({ perturbation, points }) =>
      points.map(({ concentration, projection, rejection }) => ({
        perturbation,
        concentration,
        projection,
        rejection,
      })),
    );
    return { answer, rows: table, notFound };
  });
}

export function queryReplicates(of: string, flags: QueryFlags, context: CommandContext): Promise<void> {
  return query(flags, context, async ({ view }) => {
    const answer = await askReplicates(view, await rowMeant(view, of));
    const rows = answer.wells.map((well, i) => ({
      ...well,
      ...Object.fromEntries(answer.wells.map((other, j) => [other.unit, answer.cosines[i]![j]!])),
    }));
    const { agreement } = answer;
    if (agreement !== null)
      context.output.say(
        `${answer.of.label}: its experiments ${agreement.badge}${agreement.p === null ? "" : ` (p ${agreement.p.toPrecision(2)})`}.`,
      );
    return { answer, rows };
  });
}

export function queryCluster(
  rows: string[],
  flags: QueryFlags & { method: "average" | "ward"; clusters?: string },
  context: CommandContext,
): Promise<void> {
  return query(flags, context, async ({ view }) => {
    const { rows: chosen, notFound } = await rowsMeant(view, rows);
    const cut = flags.clusters === undefined ? undefined : { clusters: positive("--clusters", flags.clusters) };
    const tree = await askClusters(view, chosen, { method: flags.method, ...(cut && { cut }) });
    const seen = await view.rowsOf(chosen);
    const table = tree.order.map((at, position) => ({
      position,
      perturbation: seen[at]!.perturbation,
      symbol: seen[at]!.symbol,
      concentration: seen[at]!.concentration,
      ...(tree.clusters && { cluster: tree.clusters[at]! }),
    }));
    return { answer: { ...tree, rows: seen, notFound }, rows: table, notFound };
  });
}

export function queryEnrich(
  rows: string[],
  flags: QueryFlags & { source?: string },
  context: CommandContext,
): Promise<void> {
  return query(flags, context, async ({ view }) => {
    const { rows: chosen, notFound } = await rowsMeant(view, rows);
    const sets = await askEnrichment(view, chosen, { ...(flags.source && { source: flags.source }) });
    return { answer: { sets, notFound }, rows: sets.map((set) => ({ ...set, genes: set.genes.join(" ") })), notFound };
  });
}

export function queryFunnel(
  flags: QueryFlags & {
    between: FunnelSettings["between"];
    percent: string;
    fdr?: string;
    arms?: true;
    known?: true;
    experiments: string;
    limit: string;
  },
  context: CommandContext,
): Promise<void> {
  return query(flags, context, async ({ view }) => {
    const experiments = Number(flags.experiments);
    const settings = await settingsFor(view, {
      ...FUNNEL_SETTINGS,
      between: flags.between,
      tails:
        flags.fdr === undefined
          ? { by: "percentile", percent: positive("--percent", flags.percent) }
          : { by: "fdr", q: positive("--fdr", flags.fdr) },
      otherArm: flags.arms !== true,
      novel: flags.known !== true,
      replicated: experiments > 0 ? { experiments, percent: 10 } : null,
    });
    const funnel = await funnelOf(view);
    const answer = await funnel.run(settings, {
      limit: positive("--limit", flags.limit),
      progress: (counts, done) =>
        context.output.progress(
          `${FUNNEL_STEPS.map((step) => counts[step]).join(" → ")} (${Math.round(100 * done)} %)`,
        ),
    });
    const seen = await view.rows();
    for (const step of FUNNEL_STEPS) context.output.say(`${String(answer.counts[step]).padStart(12)}  ${step}`);
    const table = answer.pairs.map(({ a, b, cosine, percentile, doseTau, experiments: shown, known }) => ({
      a: rowLabel(seen[a]!),
      b: rowLabel(seen[b]!),
      cosine,
      percentile,
      doseTau,
      experiments: shown,
      known: known.map(({ source }) => source).join(" "),
    }));
    const pairs = answer.pairs.map((pair) => ({ ...pair, a: seen[pair.a]!, b: seen[pair.b]! }));
    return { answer: { ...answer, pairs }, rows: table };
  });
}

function positive(flag: string, text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new UsageError(`${flag} ${text}: give a number above 0.`);
  return value;
}

const orNull = (value: number): number | null => (Number.isNaN(value) ? null : value);
