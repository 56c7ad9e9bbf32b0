import { changeMarks } from "@artesian/store";
import { imagesPerS } from "./answer-runs.ts";
import { type LiveEvent, STALE_RESOURCES } from "./api.ts";
import type { ServerContext } from "./context.ts";
import type { EngineEvent, RunEngine } from "./engine-view.ts";

/** An event with the positions of all runs after it. */
export interface Delivery {
  id: string;
  event: LiveEvent;
}

export type Listener = (delivery: Delivery) => void;

/** Tells viewers what has changed: one poller, however many listen; it stops when nobody does. */
export interface LiveHub {
  /** Positions now, as an event id. */
  position(): Promise<string>;
  /** Events after the positions of an event id, oldest first, at most `limit` a run; undefined when the id says nothing that is known. */
  missed(id: string, limit: number): Promise<Delivery[] | undefined>;
  listen(listener: Listener): () => void;
  listeners(): number;
  close(): void;
}

/** What events of each kind make stale. */
const STALE: Record<EngineEvent["kind"], string[]> = {
  counters: ["runs", "functions"],
  "task-failed": ["runs", "tasks", "home", "functions"],
  "group-incomplete": ["runs", "home"],
  "run-started": ["runs", "home", "experiments"],
  "run-drained": ["runs", "home", "experiments"],
  "run-stopped": ["runs", "home", "experiments"],
  note: ["runs"],
};

/** What rows of each kind of mark make stale; a mark that none matches makes everything stale. */
const STALE_BY_MARK: readonly [RegExp, string[]][] = [
  [
    /^topic:(images_channels|phenomics\.(image-metrics|sites|site-metrics|site-features|thumbnails))$/,
    ["home", "experiments", "plates", "wells", "runs"],
  ],
  [
    /^topic:phenomics\.(well-features|plate-[a-z]+)$/,
    ["home", "experiments", "plates", "wells", "runs", "perturbations"],
  ],
  [
    /^topic:(phenomics|profiling)\.(phenoprint|hits)$/,
    ["home", "experiments", "hits", "plates", "wells", "perturbations"],
  ],
  [/^topic:(phenomics|profiling)\.map$/, ["home", "experiments", "map", "perturbations"]],
  [/^topic:phenomics\.report$/, ["experiments"]],
  [/^topic:(phenomics|profiling)\.(profile-summary|batch-profiles)$/, ["experiments", "profiles"]],
  [/^topic:editing\./, ["edits", "experiments", "perturbations", "runs", "home"]],
  [/^topic:expression\./, ["projects", "perturbations", "runs", "home"]],
  [/^topic:functions\./, ["functions", "runs", "home", "experiments", "plates", "wells"]],
  [/^run:/, ["home", "runs", "experiments", "functions"]],
  [/^audit$/, ["functions", "home", "experiments", "plates", "wells", "runs", "tasks"]],
];

/** The resources that differ between two readings of the store's marks. */
export function staleBetween(before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>): string[] {
  const stale = new Set<string>();
  for (const mark of new Set([...before.keys(), ...after.keys()])) {
    if (before.get(mark) === after.get(mark)) continue;
    const known = STALE_BY_MARK.find(([pattern]) => pattern.test(mark))?.[1] ?? STALE_RESOURCES;
    for (const resource of known) stale.add(resource);
  }
  return STALE_RESOURCES.filter((resource) => stale.has(resource));
}

const RESTRAINT_MS = 600;

/** @param intervalMs between looks at the engines' event topics and the store */
export function createLiveHub(context: ServerContext, intervalMs = 400): LiveHub {
  const listeners = new Set<Listener>();
  const positions = new Map<string, number>();
  let storeVersion = -1;
  let marks: ReadonlyMap<string, number> = new Map();
  let toldAt = 0;
  let timer: NodeJS.Timeout | undefined;
  let looking = false;

  const catchUp = async () => {
    for (const engine of context.engines.all())
      if (!positions.has(engine.runId)) positions.set(engine.runId, await engine.view.lastOffset());
  };
  const tell = (event: LiveEvent) => {
    const delivery = { id: formatPosition(positions), event };
    for (const listener of listeners) listener(delivery);
  };
  /** While images pour in, the store changes with every commit: pages are told at most so often. */
  const lookAtStore = async () => {
    const version = context.reader.version();
    if (version === storeVersion || context.clock() - toldAt < RESTRAINT_MS) return;
    storeVersion = version;
    toldAt = context.clock();
    const found = await changeMarks(context.reader.db);
    const stale = staleBetween(marks, found);
    marks = found;
    tell(changed(context.clock(), "changed", stale.length === 0 ? [...STALE_RESOURCES] : stale));
  };
  const look = async () => {
    if (looking) return;
    looking = true;
    try {
      await catchUp();
      for (const engine of context.engines.all()) {
        const events = await engine.view.events(positions.get(engine.runId) ?? -1, 500);
        // Of several counter snapshots only the newest is worth sending.
        const lastCounters = events.findLast((event) => event.kind === "counters");
        for (const event of events) {
          positions.set(engine.runId, event.offset);
          if (event !== lastCounters && event.kind === "counters") continue;
          const rate = event === lastCounters ? { imagesPerS: await imagesPerS(context, engine.runId) } : {};
          tell({ ...liveEvent(engine, event), ...rate });
        }
      }
      await lookAtStore();
    } finally {
      looking = false;
    }
  };
  const start = () => {
    if (timer !== undefined) return;
    // The first look tells everything, once: what was written before anybody listened is not known.
    marks = new Map();
    timer = setInterval(() => {
      look().catch(() => {
        // The engine's folder may be gone for a moment; the next look tries again.
      });
    }, intervalMs);
    timer.unref();
  };
  const stop = () => {
    clearInterval(timer);
    timer = undefined;
  };

  return {
    async position() {
      await catchUp();
      return formatPosition(positions);
    },
    async missed(id, limit) {
      const since = parsePosition(id);
      const known = context.engines.all().filter((engine) => since.has(engine.runId));
      if (since.size > 0 && known.length === 0) return undefined;
      await catchUp();
      const deliveries: Delivery[] = [];
      const at = new Map([...positions, ...since]);
      for (const engine of known) {
        for (const event of await engine.view.events(since.get(engine.runId) ?? -1, limit)) {
          at.set(engine.runId, event.offset);
          if (event.kind !== "counters") deliveries.push({ id: formatPosition(at), event: liveEvent(engine, event) });
        }
      }
      return deliveries;
    },
    listen(listener) {
      listeners.add(listener);
      start();
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0) stop();
      };
    },
    listeners: () => listeners.size,
    close: stop,
  };
}

/** "The store has changed", in all or in the resources given. */
export function changed(clock: number, type: "changed" | "hello" = "changed", stale = [...STALE_RESOURCES]): LiveEvent {
  return { type, runId: null, experimentId: null, at: new Date(clock).toISOString(), stale };
}

function liveEvent(engine: RunEngine, event: EngineEvent): LiveEvent {
  return {
    type: event.kind,
    runId: engine.runId,
    experimentId: null,
    at: event.at,
    stale: STALE[event.kind],
    text: event.text,
  };
}

/** "RUN:41" or "RUN:41,OTHER:7" */
export function formatPosition(positions: ReadonlyMap<string, number>): string {
  return [...positions].map(([run, offset]) => `${encodeURIComponent(run)}:${offset}`).join(",");
}

/** The inverse of formatPosition; parts that are no positions are left out. */
export function parsePosition(id: string): Map<string, number> {
  const positions = new Map<string, number>();
  for (const part of id.split(",").slice(0, 100)) {
    const match = /^([^:,]{1,300}):(-?\d{1,15})$/.exec(part);
    if (match?.[1] !== undefined && URL.canParse(`http://x/${match[1]}`)) {
      try {
        positions.set(decodeURIComponent(match[1]), Number(match[2]));
      } catch {
        // Not of ours.
      }
    }
  }
  return positions;
}
