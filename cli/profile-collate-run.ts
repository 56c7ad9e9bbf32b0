import { readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openPlace } from "@artesian/data/open-place.ts";
import { collateInThread } from "@artesian/profiling/collate-thread.ts";
import type { CollateOptions, IngestReport } from "@artesian/profiling/ingest-types.ts";
import { backendKey } from "@artesian/profiling/layout.ts";
import { ingestNotes } from "@artesian/profiling/recipe-aggregate-step.ts";
import type { CommandContext } from "./command.ts";
import { EXIT, UsageError } from "./exit.ts";
import { wholeNumber } from "./experiment-options.ts";
import { duration } from "./output.ts";
import { explainIngest } from "./profile-explain.ts";
import { storeEnvironment } from "./store-environment.ts";

export interface CollateFlags {
  base: string;
  column?: string;
  munge?: true;
  csvDir: string;
  awsRemote?: string;
  tmpDir?: string;
  aggregateOnly?: true;
  sqlite?: true;
  overwrite?: true;
  dontAddImageFeatures?: true;
  imageFeatureCategories: string;
  dontPrint?: true;
  threads: string;
  explain?: true;
  json?: true;
}

/** `artesian profile collate`. */
export async function collateCommand(
  { batch, config, plate }: { batch: string; config: string; plate: string },
  flags: CollateFlags,
  { output, exit }: CommandContext,
): Promise<void> {
  const objectFile = objectFileOf(config);
  const [address, env] = [flags.awsRemote ?? flags.base, storeEnvironment()];
  const place = openPlace(address, env);
  const started = Date.now();
  const sqliteKey = backendKey(batch, plate, "sqlite");
  const options: CollateOptions = {
    mode: "compartments",
    operation: "mean",
    plate,
    imageFeatures: flags.dontAddImageFeatures ? [] : flags.imageFeatureCategories.split(","),
    ...(flags.column === undefined ? {} : { plateColumn: flags.column }),
    ...(flags.munge ? { objectFile } : {}),
    ...(flags.sqlite && !flags.aggregateOnly
      ? { keep: { sqlite: { path: await sqlitePath(place, sqliteKey, flags) } } }
      : {}),
  };
  const stop = new AbortController();
  const onSignal = (): void => stop.abort(new Error("stopped"));
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, onSignal);
  const call = {
    signal: stop.signal,
    onProgress: ({ doneBytes, totalBytes, step }: { doneBytes: number; totalBytes: number; step: string }): void => {
      if (flags.dontPrint) return;
      const seconds = (Date.now() - started) / 1000;
      const share = totalBytes === 0 ? 0 : doneBytes / totalBytes;
      const left = share > 0.1 && share < 1 ? `, about ${duration((seconds / share) * (1 - share))} left` : "";
      output.progress(
        `${step} ${Math.round(100 * share)} % · ${(doneBytes / 1e6 / Math.max(seconds, 0.001)).toFixed(0)} MB/s${left}`,
      );
    },
  };
  try {
    const key = backendKey(batch, plate, "csv");
    const { wells, features, report } = await collateInThread(
      {
        place: address,
        env,
        source: flags.aggregateOnly
          ? { kind: "backend", key: sqliteKey }
          : { kind: "plate", prefix: `analysis/${batch}/${plate}/${flags.csvDir}` },
        options,
        output: key,
        threads: wholeNumber("--threads", flags.threads) ?? 2,
        cacheDir: flags.tmpDir ?? join(tmpdir(), "artesian"),
      },
      call,
    );
    output.settle();
    const notes = ingestNotes(report);
    if (flags.json)
      output.json({
        output: `${place.uri}/${key}`,
        rows: wells,
        features,
        notes,
        report,
      });
    else {
      output.data(countLine(report));
      for (const note of notes) output.data(note);
      if (flags.explain) for (const line of explainIngest(report)) output.data(line);
    }
    output.say(
      `${place.uri}/${key}: ${wells} wells, ${features} features in ${duration((Date.now() - started) / 1000)}.`,
    );
    exit(EXIT.done);
  } catch (error) {
    output.settle();
    if (!stop.signal.aborted) throw error;
    output.say("Stopped; nothing was written.");
    exit(EXIT.incomplete);
  } finally {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.off(signal, onSignal);
  }
}

/** The name of the file with all objects, by cytominer-database's configuration. @throws UsageError for tables of other names */
function objectFileOf(config: string): string {
  if (config === "-") return "object.csv";
  let text: string;
  try {
    text = readFileSync(config, "utf8");
  } catch {
    throw new UsageError(`${config}: there is no such file. Give cytominer-database's configuration, or - for none.`);
  }
  const value = (name: string): string | undefined => new RegExp(`^\\s*${name}\\s*=\\s*(\\S+)`, "m").exec(text)?.[1];
  const image = value("image");
  if (image !== undefined && image !== "Image.csv")
    throw new UsageError(`${config}: the image table is ${image}; only Image.csv is understood.`);
  return value("object") ?? "object.csv";
}

async function sqlitePath(place: ReturnType<typeof openPlace>, key: string, flags: CollateFlags): Promise<string> {
  if (place.path === undefined)
    throw new UsageError(`--sqlite: a database is written to a folder, not to ${place.uri}.`);
  if ((await place.stat(key)) !== undefined && !flags.overwrite)
    throw new UsageError(`${place.path(key)} exists. Give --overwrite to replace it, or --aggregate-only to use it.`);
  return place.path(key);
}

const countLine = ({ counts }: IngestReport): string =>
  `image sets: ${counts.complete} complete, ${counts.partial} partial, ${counts.skipped} skipped, ${counts.duplicate} duplicate`;
