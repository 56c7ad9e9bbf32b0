import { folderStore } from "@artesian/data";
import type { TaskContext, TaskDefinition, Value } from "@artesian/engine";
import { annotateWells, collate } from "./collate-tasks.ts";
import { judgeProfiles } from "./plate-tasks.ts";
import { normalizeProfiles, profileBatch, selectFeatures, summariseSelected } from "./profile-tasks.ts";
import { analyseExperiment, drawMap, listHits } from "./screen-tasks.ts";

const here = (path: string): string => import.meta.resolve(path);
const profiles = [
  here("../data"),
  here("../numerics"),
  here("../profiling"),
  here("./profile-tasks.ts"),
  here("./vectors.ts"),
];
const ingest = [here("../data"), here("../profiling"), here("./collate-tasks.ts")];
const screens = [
  ...profiles,
  here("../maps"),
  here("./plate-tasks.ts"),
  here("./readout.ts"),
  here("./screen-tasks.ts"),
];
const plates = [...profiles, here("../maps"), here("./plate-tasks.ts"), here("./readout.ts")];

/** Task names of profiling.json bound to what they do; `files` decide when a recorded result is still good. */
export function createTasks(options: { objects: string }): Record<string, TaskDefinition> {
  const objects = folderStore(options.objects);
  const task = (run: (input: Value, context: TaskContext) => Promise<object>, files: string[]): TaskDefinition => ({
    run,
    files,
  });
  return {
    "collate-plate": task((input, context) => collate(input, objects, process.env, context), ingest),
    "annotate-profiles": task((input) => annotateWells(input, objects), ingest),
    "normalize-profiles": task((input, { parameters }) => normalizeProfiles(input, objects, parameters), profiles),
    "plate-features": task((input) => judgeProfiles(input, objects), plates),
    "select-features": task((input, { parameters }) => selectFeatures(input, objects, parameters), profiles),
    "profile-summary": task((input) => summariseSelected(input, objects), profiles),
    "batch-profiles": task((input, { parameters }) => profileBatch(input, objects, parameters), profiles),
    phenoprint: task((input) => analyseExperiment(input, objects), screens),
    hits: task((input) => listHits(input, objects), screens),
    map: task((input) => drawMap(input, objects), screens),
  };
}

/** The registry a worker thread finds; the object folder stands in the module's address: `profiling.tasks.ts?objects=FOLDER`. */
export const tasks: Record<string, TaskDefinition> = createTasks({
  objects: new URL(import.meta.url).searchParams.get("objects") ?? "objects",
});
