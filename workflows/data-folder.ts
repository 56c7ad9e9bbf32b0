import { join } from "node:path";

/** Where a data folder keeps what: one store and one set of objects for everything, an engine for each workflow. */
export interface DataFolder {
  /** The workflow's own: `engine.db` and its lock. */
  engine: string;
  /** Results that pages read. */
  store: string;
  objects: string;
}

/** The parts of a data folder as a workflow uses them. */
export function dataFolder(dir: string, workflow = "phenomics"): DataFolder {
  const engine = workflow === "phenomics" ? "engine" : `engine-${workflow}`;
  return { engine: join(dir, engine), store: join(dir, "store.db"), objects: join(dir, "objects") };
}
