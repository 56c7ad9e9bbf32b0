import { existsSync, rmSync, writeFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { setTimeout } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { tableFromRows, writeCsv } from "@artesian/data";
import { designScreen, type ScreenDesign, screenMetadata } from "@artesian/imaging";
import { planExperiment } from "@artesian/workflows";
import type { Command } from "commander";
import type { AcquisitionOptions } from "./acquire-thread.ts";
import type { CommandContext } from "./command.ts";
import { judgeDemo, type NearestGene } from "./demo-judge.ts";
import { publishDemoMap } from "./demo-map.ts";
import { describeError, EXIT, UsageError } from "./exit.ts";
import { portNumber, wholeNumber } from "./experiment-options.ts";
import { type Host, hostPages, untilStopped } from "./host.ts";
import { announceExperiment, followImages } from "./live.ts";
import { ownMaps } from "./map-serve.ts";
import { duration } from "./output.ts";
import { followProgress } from "./progress.ts";
import { collectResults, writeTables } from "./results.ts";
import { openWorkspace, type Workspace } from "./workspace.ts";

interface DemoFlags {
  data: string;
  port?: string;
  seed?: string;
  plates?: string;
  workers?: string;
  exit?: true;
  json?: true;
}

const EXPERIMENT = "RESCUE-1";
/** A file by which the demo knows its own folder again before it empties it. */
const MARK = ".artesian-demo";
/** Time between two sites while people watch: about a minute and a half for 360 sites. */
const WATCHED_PACE_MS = 240;

export function registerDemo(program: Command, context: CommandContext): void {
  program
    .command("demo")
    .description(
      "Watch a simulated rescue screen flow through the real pipeline: 3 plates, 2,160 images, planted effects and faults.",
    )
    .option("--data <dir>", "folder for images and results; emptied at the start", "artesian-demo")
    .option("--port <n>", "port of the pages; default: 8080, or the next free one")
    .option("--seed <n>", "another screen: layout, effects, faults and pixels", "1")
    .option("--plates <n>", "number of plates", "3")
    .option("--workers <n>", "worker threads", "2")
    .option("--exit", "without pages; ends when done, with exit code 0 only when everything found is right")
    .option("--json", "print the judgement against the planted truth as one JSON document")
    .action((flags: DemoFlags) => demo(flags, context));
}

async function demo(flags: DemoFlags, { output, exit }: CommandContext): Promise<void> {
  const started = performance.now();
  const design = designScreen({
    seed: wholeNumber("--seed", flags.seed) ?? 1,
    plates: wholeNumber("--plates", flags.plates) ?? 3,
    experiment: EXPERIMENT,
  });
  const dir = resolve(flags.data);
  const images = join(dir, "images");
  emptyFolder(dir, flags.data);
  await mkdir(images, { recursive: true });
  // There from the start, so that the pages watch it.
  await mkdir(ownMaps(dir));
  writeFileSync(join(dir, MARK), "");
  const sheet = writeCsv(tableFromRows(screenMetadata(design).map((row) => ({ ...row }))));
  await writeFile(join(dir, "metadata.csv"), sheet);

  const workspace = await openWorkspace({
    dir,
    name: "Rescue screen (simulated)",
    data: `${design.plates.length} plates, simulated`,
    args: { ...flags },
    workers: wholeNumber("--workers", flags.workers) ?? 2,
    onTrouble: (error) => output.say(`trouble: ${error.message}`),
    onNote: (line) => output.say(`note: ${line}`),
  });
  const source = { experiment: EXPERIMENT, pattern: "artesian", plate: null, channels: null };
  const connection = followImages(workspace, images, source, output);
  const plan = planExperiment({
    experiment: EXPERIMENT,
    name: "Rescue screen (simulated)",
    metadata: { text: sheet, source: "metadata.csv" },
    channels: design.channels,
    sites: design.sites,
    pixelSizeUm: design.pixelSizeUm,
  });
  await announceExperiment(workspace, plan);
  const microscope = acquire({ design, folder: images, everyMs: flags.exit ? 0 : WATCHED_PACE_MS });
  let host: Host | undefined;
  if (!flags.exit) {
    host = await hostPages(
      {
        dir,
        store: workspace.store,
        reader: workspace.reader,
        live: [{ runId: workspace.runId, control: workspace.runtime }],
        imageRoots: [images],
        watching: images,
        host: "127.0.0.1",
        port: portNumber(flags.port),
      },
      output,
    ).catch(async (error: unknown) => {
      await workspace.close("failed");
      throw error;
    });
    output.say(`\n  A rescue screen is being acquired. Watch it: ${host.url}\n`);
    if (!flags.json) output.data(host.url);
  }
  const progress = await followProgress(workspace.runtime, output);
  const stopped = untilStopped();
  const finished = (async () => {
    await microscope.done;
    await allTaken(workspace, design);
    connection.stop();
    await workspace.runtime.drain();
    progress.stop();
    const results = await collectResults(workspace, EXPERIMENT, await nothingFailed(workspace));
    await writeTables(workspace, EXPERIMENT);
    await workspace.finish("done");
    const map = await publishDemoMap(
      dir,
      { experiment: EXPERIMENT, plates: design.plates.length },
      {
        progress: (step, done, total) => output.progress(`map, ${step}: ${done} of ${total}`),
      },
    ).catch((error: unknown) => {
      output.say(`trouble: no map was published: ${describeError(error).message}`);
      return null;
    });
    const maps = ownMaps(flags.data);
    if (map !== null)
      output.say(`Published ${map.group}, ${map.rows} perturbations: artesian map list --store ${maps}`);
    return judgeDemo(design, results, nearestGenes(workspace), map, (performance.now() - started) / 1000);
  })();
  const first = await Promise.race([finished, stopped.then(() => undefined)]);
  if (first !== undefined) {
    if (flags.json) output.json(first);
    output.say(
      first.complete
        ? `Done in ${duration(first.seconds)}; everything found is what was planted.`
        : `Done in ${duration(first.seconds)}. Not as planted: ${first.wrong.join(" ")}`,
    );
    if (host !== undefined) {
      output.say(
        `The pages stay at ${host.url}; Ctrl-C stops them. Now yours: npx artesian watch DIR, or npx artesian run phenomics --help`,
      );
      await stopped;
    }
  }
  progress.stop();
  microscope.stop();
  connection.stop();
  await host?.close();
  await workspace.close(first === undefined ? "stopped" : "done");
  exit(first === undefined || first.complete ? EXIT.done : EXIT.incomplete);
}

function emptyFolder(dir: string, name: string): void {
  if (!existsSync(dir)) return;
  if (!existsSync(join(dir, MARK)))
    throw new UsageError(`${name} exists and was not made by the demo; give another folder with --data.`);
  rmSync(dir, { recursive: true, force: true });
}

/** Starts the simulated microscope in a thread of its own. */
function acquire(options: AcquisitionOptions): { done: Promise<void>; stop(): void } {
  const worker = new Worker(new URL("./acquire-thread.ts", import.meta.url), { workerData: options });
  const done = new Promise<void>((resolve, reject) => {
    worker.once("error", reject);
    worker.once("exit", () => resolve());
  });
  done.catch(() => {});
  return { done, stop: () => void worker.terminate() };
}

/** Waits until every image that was acquired has entered the engine. */
async function allTaken(workspace: Workspace, design: ScreenDesign): Promise<void> {
  const expected =
    design.plates.reduce((sum, plate) => sum + plate.wells.length, 0) * design.sites * design.channels.length;
  for (;;) {
    const { nodes } = await workspace.runtime.stats();
    if ((nodes.find(({ node }) => node === "channel-images")?.in ?? 0) >= expected) return;
    await setTimeout(100);
  }
}

async function nothingFailed(workspace: Workspace): Promise<boolean> {
  const { nodes, deadLetters } = await workspace.runtime.stats();
  return (
    deadLetters === 0 &&
    nodes.every(({ incomplete, open, tasks }) => incomplete === 0 && open === 0 && (tasks?.failed ?? 0) === 0)
  );
}

function nearestGenes(workspace: Workspace): NearestGene[] {
  const row = workspace.store.all(
    "SELECT doc FROM experiment_result WHERE experiment_id = ? AND kind = 'map'",
    EXPERIMENT,
  )[0];
  const { map } = JSON.parse(String(row?.doc ?? "{}")) as {
    map?: { perturbations: { type: string; name: string }[]; cosine: (number | null)[] } | null;
  };
  if (!map) return [];
  const n = map.perturbations.length;
  const geneLike = map.perturbations.map(
    ({ type, name }) => type === "gene" || (type === "control" && name !== "healthy"),
  );
  return map.perturbations.flatMap(({ type, name }, row) => {
    if (type !== "gene") return [];
    let best = -1;
    for (let column = 0; column < n; column++) {
      if (column === row || !geneLike[column]) continue;
      if (best < 0 || (map.cosine[row * n + column] ?? -2) > (map.cosine[row * n + best] ?? -2)) best = column;
    }
    return [{ name, nearest: map.perturbations[best]?.name ?? null }];
  });
}
