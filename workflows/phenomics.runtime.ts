import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { folderStore } from "@artesian/data";
import { compile, type EmbeddedOptions, type Plan, type Sink } from "@artesian/engine";
import { openStore } from "@artesian/store";
import { livePlates } from "./live-plates.ts";
import { applyToStore, sinkTopics, storePosition } from "./phenomics.sinks.ts";

/** Where a data folder keeps what. */
export interface DataFolder {
  /** The engine's own: `engine.db` and its lock. */
  engine: string;
  /** Results that pages read. */
  store: string;
  objects: string;
}

export function dataFolder(dir: string): DataFolder {
  return { engine: join(dir, "engine"), store: join(dir, "store.db"), objects: join(dir, "objects") };
}

/** What a runtime thread is told; plain JSON. */
export interface PhenomicsOptions {
  /** The data folder. */
  dir: string;
  runId: string;
  /** Worker threads for tasks. */
  workers: number;
}

/** The workflow as compiled from phenomics.json. */
export function phenomicsPlan(): Plan {
  return compile(readFileSync(new URL("phenomics.json", import.meta.url), "utf8"));
}

/** Everything the engine needs to run the workflow in a data folder. */
export function runtimeOptions({ dir, runId, workers }: PhenomicsOptions): EmbeddedOptions {
  const folder = dataFolder(dir);
  mkdirSync(dir, { recursive: true });
  const tasks = new URL(import.meta.resolve("./phenomics.tasks.ts"));
  tasks.searchParams.set("objects", folder.objects);
  return {
    dir: folder.engine,
    plans: [phenomicsPlan()],
    tasks: { module: tasks.href, threads: workers },
    sinks: [storeSink(folder, runId)],
  };
}

/** Records become rows of the store, in one transaction with their offsets. */
function storeSink(folder: DataFolder, runId: string): Sink {
  const store = openStore(folder.store);
  const objects = folderStore(folder.objects);
  const readJson = (uri: string): unknown => JSON.parse(readFileSync(objects.path?.(uri) ?? "", "utf8"));
  const context = { runId, readJson, live: livePlates() };
  return {
    name: "store",
    topics: sinkTopics,
    position: (topic, partition) => storePosition(store, topic, partition),
    apply: (batches) => applyToStore(store, batches, context),
    close: () => store.close(),
  };
}
