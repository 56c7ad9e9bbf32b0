import { folderStore, type ObjectStore } from "@artesian/data";
import {
  createServer,
  type EngineRegistry,
  engineRegistry,
  type FunctionsControl,
  type MapBuildsControl,
  type RuntimeControl,
} from "@artesian/server";
import type { Store, StoreReader } from "@artesian/store";
import { dataFolder } from "@artesian/workflows";
import { pino } from "pino";
import { serveMaps } from "./map-serve.ts";
import type { Output } from "./output.ts";
import { version } from "./version.ts";
import { builtPages } from "./web-build.ts";

/** Pages that are being served. */
export interface Host {
  url: string;
  engines: EngineRegistry;
  close(): Promise<void>;
}

export interface HostOptions {
  /** The data folder. */
  dir: string;
  store: Store;
  reader: StoreReader;
  objects?: ObjectStore;
  /** The runs whose engines work now. */
  live?: readonly { runId: string; control: RuntimeControl }[];
  /** Functions that run in this process. */
  functions?: FunctionsControl;
  /** Builds of maps that run in this process. */
  mapBuilds?: MapBuildsControl;
  imageRoots: readonly string[];
  watching?: string;
  /** Which engine works here; default embedded. */
  mode?: "embedded" | "kafka";
  /** Where maps are published; default the data folder's own `maps/`, when it is there. */
  maps?: string;
  host: string;
  /** Undefined: 8080, or the next free one. */
  port: number | undefined;
}

const DEFAULT_PORT = 8080;

/**
 * Serves pages and API over a data folder.
 * What goes wrong inside is logged as JSON lines on stderr; ARTESIAN_LOG=info in the environment logs more.
 * @throws RefusedAddressError (server/refused-address), PortInUseError (server/port-in-use)
 */
export async function hostPages(options: HostOptions, output: Output): Promise<Host> {
  const folder = dataFolder(options.dir);
  const engines = engineRegistry();
  const live = options.live ?? [];
  // The newest run of each workflow can be looked into: its engine's folder is that run's.
  for (const row of options.store.all("SELECT id, workflow, max(started_at) FROM run GROUP BY workflow")) {
    const id = String(row.id);
    const { engine } = dataFolder(options.dir, String(row.workflow));
    const control = live.find(({ runId }) => runId === id)?.control;
    engines.add(id, engine, control);
    if (control === undefined) engines.end(id);
  }
  const webRoot = await builtPages(output);
  const logger = pino({ level: process.env.ARTESIAN_LOG ?? "error" }, pino.destination(2));
  const maps = await serveMaps(options, logger);
  const server = await createServer({
    reader: options.reader,
    store: options.store,
    objects: options.objects ?? folderStore(folder.objects),
    engines,
    imageRoots: options.imageRoots,
    host: options.host,
    version,
    logger,
    ...(maps === undefined ? {} : { maps }),
    ...(webRoot === undefined ? {} : { webRoot }),
    ...(options.watching === undefined ? {} : { watching: options.watching }),
    ...(options.mode === undefined ? {} : { mode: options.mode }),
    ...(options.functions === undefined ? {} : { functions: options.functions }),
    ...(options.mapBuilds === undefined ? {} : { mapBuilds: options.mapBuilds }),
  });
  const { url } = await server.listen({ port: options.port ?? DEFAULT_PORT, orNext: options.port === undefined });
  return {
    url,
    engines,
    async close() {
      await server.close();
      await maps?.close();
      engines.close();
    },
  };
}

/** Waits for Ctrl-C or SIGTERM. */
export function untilStopped(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve());
  });
}
