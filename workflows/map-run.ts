import { hostname, userInfo } from "node:os";
import { openPlace } from "@artesian/data";
import {
  type BuildRun,
  type Catalog,
  forgetRun,
  openCatalog,
  PromotionRefusedError,
  readRunLog,
  readRuns,
  runsToForget,
  versionIn,
  writeRun,
} from "@artesian/maps";
import { claimBuild } from "./map-claim.ts";
import type { MapConfig } from "./map-config.ts";
import { configDigest, makeMap, planMap, publishMade } from "./map-make.ts";
import type { BuildStep } from "./map-stages.ts";

export interface MapRunOptions {
  env: Record<string, string | undefined>;
  codeVersion: string;
  /** Names the run; sorts by start. */
  id: string;
  /** "asked for", or what was due. */
  because: string;
  /** Build although nothing changed, and publish although the gate refuses. */
  force?: boolean;
  /** ms since 1970. */
  now?: () => number;
}

export interface MapRunCall {
  signal?: AbortSignal;
  progress: (step: string, done: number, total: number) => void;
  /** Told each line of the run's log. */
  log: (line: string) => void;
}

/**
 * One run of a map: builds what its configuration says, publishes it, and leaves a record with log in the store. Of runs of one map at the same
 * time, on whichever machines, one builds; the others wait and find its result.
 * @returns the run as recorded: published, refused by the gate, or unchanged
 * @throws what building and publishing throw, once the run is recorded as failed
 */
export async function runMap(config: MapConfig, options: MapRunOptions, call: MapRunCall): Promise<BuildRun> {
  const { env, codeVersion, id, because, force = false, now = Date.now } = options;
  const store = openPlace(config.store, env);
  const startedMs = now();
  const log: string[] = [];
  const run: BuildRun = {
    format: "artesian-run/1",
    id,
    map: config.map,
    because,
    state: "running",
    startedAt: new Date(startedMs).toISOString(),
    finishedAt: null,
    durationS: null,
    configSha256: configDigest(config),
    key: null,
    codeVersion,
    host: hostname(),
    who: userInfo().username,
    steps: [],
    groups: [],
    created: [],
    reasons: [],
    problem: null,
    uploadedBytes: 0,
    revision: null,
  };
  const say = (line: string): void => {
    log.push(`${new Date(now()).toISOString()} ${line}`);
    call.log(line);
  };
  const note = async (line: string): Promise<void> => {
    say(line);
    await writeRun(store, run, log);
  };
  const end = async (state: BuildRun["state"], line: string): Promise<BuildRun> => {
    run.state = state;
    run.finishedAt = new Date(now()).toISOString();
    run.durationS = (now() - startedMs) / 1000;
    await note(line);
    return run;
  };

  say(`${config.map}: ${because}; configuration ${run.configSha256.slice(0, 12)}, code ${codeVersion}`);
  const claim = await claimBuild(store, {
    map: config.map,
    run: id,
    host: run.host,
    env,
    now,
    ...(call.signal && { signal: call.signal }),
    onWait: ({ run: other, host }) => say(`waiting for run ${other} on ${host}, which builds this map`),
  });
  try {
    await settleCutOff(config, run, { env, now });
    const plan = await planMap(config, options, call.signal);
    run.key = plan.key;
    await note(`${plan.inputs.length} inputs, build ${plan.key.slice(0, 12)}`);
    const { catalog } = await openCatalog(store);
    const equal = force ? undefined : await equalRun(config, catalog, run, { env });
    if (equal !== undefined) {
      Object.assign(run, { groups: equal.groups, revision: catalog.revision });
      return await end("unchanged", `nothing changed since run ${equal.id}`);
    }
    const onStep = (name: string, step: BuildStep | undefined): Promise<void> => {
      if (step === undefined) return Promise.resolve();
      run.steps.push(step);
      return note(step.reused ? `${name}: finished before` : `${name}: ${step.seconds.toFixed(1)} s`);
    };
    const done = await makeMap(config, { ...options, plan, onStep, now }, call);
    run.groups = ("unchanged" in done ? done.unchanged.groups : done.made.groups).map((group) => ({
      id: group.id,
      version: group.version,
    }));
    await note(`publishing ${run.groups.map((group) => `${group.id}@${group.version}`).join(", ")}`);
    const published = await publishMade(config, { env, force, publication: id }, call);
    run.created = published.created;
    run.reasons = published.forced;
    run.uploadedBytes = published.uploadedBytes;
    run.revision = published.catalog.revision;
    for (const reason of published.forced) say(`forced although ${reason}`);
    return published.created.length === 0
      ? await end("unchanged", "all of it was published already")
      : await end("published", `published ${published.created.join(", ")}, revision ${run.revision}`);
  } catch (error) {
    if (error instanceof PromotionRefusedError) {
      run.reasons = [...error.reasons];
      return await end("refused", `refused by the gate: ${error.reasons.join("; ")}`);
    }
    const { code, message } = error as Error & { code?: string };
    run.problem = { code: code ?? (error as Error).name, message };
    const [state, word] =
      call.signal?.aborted === true ? (["cut off", "stopped"] as const) : (["failed", "failed"] as const);
    // What went wrong says more than a store that does not take the record of it.
    await end(state, `${word}: ${message}`).catch(() => {});
    throw error;
  } finally {
    await claim.release().catch(() => {});
    await forgetOld(config, { env, now }).catch(() => {});
  }
}

/** The last run of the map that made just this, when what it made is what people see. */
async function equalRun(
  config: MapConfig,
  catalog: Catalog,
  { id, key }: BuildRun,
  { env }: Pick<MapRunOptions, "env">,
): Promise<BuildRun | undefined> {
  const runs = await readRuns(openPlace(config.store, env), { map: config.map });
  const last = runs.find((run) => run.id !== id && (run.state === "published" || run.state === "unchanged"));
  if (last === undefined || last.key !== key) return undefined;
  return last.groups.every(({ id: group, version }) => versionIn(catalog, group)?.version.version === version)
    ? last
    : undefined;
}

/** Runs that say they are under way while this one holds the claim: their processes are gone. A run that waits has no record yet. */
async function settleCutOff(
  config: MapConfig,
  { id }: BuildRun,
  { env, now }: Required<Pick<MapRunOptions, "env" | "now">>,
): Promise<void> {
  const place = openPlace(config.store, env);
  for (const run of await readRuns(place, { map: config.map })) {
    if (run.state !== "running" || run.id === id) continue;
    const at = new Date(now()).toISOString();
    const log = await readRunLog(place, run.id);
    await writeRun(place, { ...run, state: "cut off", finishedAt: at }, [...log, `${at} cut off: found by run ${id}`]);
  }
}

async function forgetOld(config: MapConfig, { env, now }: Required<Pick<MapRunOptions, "env" | "now">>): Promise<void> {
  const place = openPlace(config.store, env);
  const runs = await readRuns(place, { map: config.map });
  for (const { id } of runsToForget(runs, config.history, now())) await forgetRun(place, id);
}
