import type { ObjectStore } from "@artesian/data";
import type { MapService } from "@artesian/maps";
import type { Store, StoreReader } from "@artesian/store";
import type { Engines } from "./engine-view.ts";
import type { FunctionsControl } from "./functions-view.ts";
import type { MapBuildsControl } from "./map-builds.ts";
import type { Memo } from "./memo.ts";

/** What every route works with. */
export interface ServerContext {
  reader: StoreReader;
  /** For verdicts and the audit trail; results are written by the engine's sink. */
  store: Store;
  objects: ObjectStore;
  engines: Engines;
  /** Functions that run in this process, if any do. */
  functions: FunctionsControl | undefined;
  /** Groups of perturbations that are served, if there is a store of them. */
  maps: MapService | undefined;
  /** Builds of maps that this process runs, if it runs any. */
  mapBuilds: MapBuildsControl | undefined;
  /** Folders that images may be read from. */
  imageRoots: readonly string[];
  /** Now, in milliseconds since 1970. */
  clock: () => number;
  version: string;
  /** Folder that is being watched, if any. */
  watching: string | null;
  /** Which engine works here. */
  mode: "embedded" | "kafka";
  memo: Memo;
}

/** The instant now, ISO 8601. */
export function now(context: Pick<ServerContext, "clock">): string {
  return new Date(context.clock()).toISOString();
}
