import { mkdirSync, readFileSync } from "node:fs";
import { compile, type EmbeddedOptions, type Plan } from "@artesian/engine";
import { dataFolder } from "./data-folder.ts";
import { MAPS } from "./maps.tasks.ts";

/** What the runtime thread of map builds is told; plain JSON. */
export interface MapsSettings {
  /** The data folder. */
  dir: string;
  runId: string;
  /** Maps that are built at the same time. */
  workers: number;
  /** Version of the code that builds. */
  codeVersion: string;
}

/** The graph of map builds, of maps.json. */
export function mapsPlan(): Plan {
  return compile(readFileSync(new URL("./maps.json", import.meta.url), "utf8"));
}

/** What group versions there are is kept as long as the data folder. */
const FOR_EVER = Number.MAX_SAFE_INTEGER;

/**
 * Everything the engine needs to build maps in a data folder. Its history is kept through changes of code, as that of functions is: the log of
 * `group.created` is one of things that happened once.
 */
export function runtimeOptions({ dir, workers, codeVersion }: MapsSettings): EmbeddedOptions {
  mkdirSync(dir, { recursive: true });
  const tasks = new URL(import.meta.resolve("./maps.tasks.ts"));
  tasks.searchParams.set("version", codeVersion);
  return {
    dir: dataFolder(dir, MAPS).engine,
    plans: [mapsPlan()],
    tasks: { module: tasks.href, threads: workers },
    retention: { topicsMs: FOR_EVER },
  };
}
