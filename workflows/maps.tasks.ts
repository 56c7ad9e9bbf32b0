import { locate } from "@artesian/data";
import type { TaskContext, TaskDefinition, TaskRegistry } from "@artesian/engine";
import { z } from "zod";
import { MapInputError } from "./errors.ts";
import { lasting } from "./lasting-error.ts";
import { type MapConfig, readMapConfig } from "./map-config.ts";
import { runMap } from "./map-run.ts";

/** The topic that asks for runs of maps, and the workflow's name. */
export const MAP_BUILDS = "map_builds";
export const MAPS = "maps";

/** That a run of a map is asked for. */
export const mapBuildRecord = z.object({
  map: z.string(),
  /** File of its configuration, read when the run begins. */
  config: z.string(),
  run: z.string(),
  because: z.string(),
});
export type MapBuildRecord = z.infer<typeof mapBuildRecord>;

export interface MapTaskOptions {
  /** Version of the code that builds. */
  codeVersion: string;
  /** Variables that say where S3 stores are and who asks. */
  env: Readonly<Record<string, string | undefined>>;
}

/** Reads a map's configuration from where it lies. @throws MapInputError (workflows/map-input), MapConfigError (workflows/map-config) */
export async function mapConfigAt(file: string, env: Readonly<Record<string, string | undefined>>): Promise<MapConfig> {
  const { place, key } = locate(file, env);
  if ((await place.stat(key)) === undefined) throw new MapInputError(file, "there is no such file.");
  return readMapConfig(new TextDecoder().decode(await place.read(key)), file);
}

async function buildMapTask(input: unknown, { codeVersion, env }: MapTaskOptions, task: TaskContext): Promise<object> {
  const { config: file, run: id, because } = mapBuildRecord.parse(input);
  try {
    const config = await mapConfigAt(file, env);
    const options = { env, codeVersion, id, because };
    const call = { signal: task.signal, progress: () => task.heartbeat(), log: task.log };
    const { state, created, reasons, durationS, configSha256, groups, revision } = await runMap(config, options, call);
    return { outcome: state, created, reasons, durationS, configSha256, groups, revision };
  } catch (error) {
    throw lasting(error);
  }
}

/** Task names of maps.json bound to what they do. */
export function createTasks(options: MapTaskOptions): Record<string, TaskDefinition> {
  return { "build-map": { run: (input, task) => buildMapTask(input, options, task) } };
}

/** The registry a worker thread finds; the version of the code stands in the module's address: `maps.tasks.ts?version=1.2.3`. */
export const tasks: TaskRegistry = createTasks({
  codeVersion: new URL(import.meta.url).searchParams.get("version") ?? "unknown",
  env: Object.fromEntries(Object.entries(process.env).filter(([name]) => name.startsWith("AWS_"))),
});
