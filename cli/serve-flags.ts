import type { DagFlags } from "./dag-document.ts";
import type { EngineFlags } from "./engine-options.ts";

/** What `artesian serve` is given. */
export interface ServeFlags extends EngineFlags, DagFlags {
  data: string;
  workflow?: string[];
  tasks?: string;
  executors?: string;
  images?: string[];
  workers?: string;
  host: string;
  port?: string;
  maps?: string;
}
