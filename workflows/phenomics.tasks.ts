import { folderStore } from "@artesian/data";
import type { TaskDefinition, Value } from "@artesian/engine";
import { averageWell, judgePlate, judgeProfiles, layOutPlate, tabulatePlate } from "./plate-tasks.ts";
import { normalizeProfiles, profileBatch, selectFeatures, summariseSelected } from "./profile-tasks.ts";
import { analyseExperiment, drawMap, listHits, writeReport } from "./screen-tasks.ts";
import { makeThumbnails, measureImage, measureSite, measureSiteFeatures } from "./site-tasks.ts";

/** What the tasks are told when their thread starts. */
export interface TaskOptions {
  /** Folder of the object store. */
  objects: string;
}

const here = (path: string): string => import.meta.resolve(path);
const data = here("../data");
const imaging = [data, here("../imaging"), here("../numerics"), here("./site-tasks.ts"), here("./vectors.ts")];
const profiles = [data, here("../numerics"), here("../profiling"), here("./profile-tasks.ts"), here("./vectors.ts")];
const plates = [
  data,
  here("../imaging"),
  here("../numerics"),
  here("../profiling"),
  here("../maps"),
  here("./plate-tasks.ts"),
  here("./profile-tasks.ts"),
  here("./readout.ts"),
  here("./vectors.ts"),
];
const screens = [
  data,
  here("./plate-tasks.ts"),
  here("./profile-tasks.ts"),
  here("./readout.ts"),
  here("./vectors.ts"),
  here("../numerics"),
  here("../profiling"),
  here("../maps"),
  here("./screen-tasks.ts"),
  here("./screen-report.ts"),
  here("../figures"),
];

/** Task names of phenomics.json bound to what they do; `files` decide when a recorded result is still good. */
export function createTasks(options: TaskOptions): Record<string, TaskDefinition> {
  const objects = folderStore(options.objects);
  const task = (run: (input: Value, parameters: unknown) => Promise<object>, files: string[]): TaskDefinition => ({
    run: (input, { parameters }) => run(input, parameters),
    files,
  });
  return {
    "image-metrics": task(measureImage, imaging),
    thumbnails: task((input) => makeThumbnails(input, objects), imaging),
    "site-metrics": task((input) => measureSite(input, objects), imaging),
    "site-features": task((input) => measureSiteFeatures(input, objects), imaging),
    "well-features": task((input) => averageWell(input, objects), plates),
    "plate-quality": task((input) => judgePlate(input, objects), plates),
    "plate-sprite": task((input) => layOutPlate(input, objects), plates),
    "raw-profiles": task((input) => tabulatePlate(input, objects), plates),
    "normalize-profiles": task((input, parameters) => normalizeProfiles(input, objects, parameters), profiles),
    "plate-features": task((input) => judgeProfiles(input, objects), plates),
    "select-features": task((input, parameters) => selectFeatures(input, objects, parameters), profiles),
    "profile-summary": task((input) => summariseSelected(input, objects), profiles),
    "batch-profiles": task((input, parameters) => profileBatch(input, objects, parameters), profiles),
    phenoprint: task((input) => analyseExperiment(input, objects), screens),
    hits: task((input) => listHits(input, objects), screens),
    map: task((input) => drawMap(input, objects), screens),
    report: task((input) => writeReport(input, objects), screens),
  };
}

/** The registry a worker thread finds; the object folder stands in the module's address: `phenomics.tasks.ts?objects=FOLDER`. */
export const tasks: Record<string, TaskDefinition> = createTasks({
  objects: new URL(import.meta.url).searchParams.get("objects") ?? "objects",
});
