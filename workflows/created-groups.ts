import type { Place } from "@artesian/data";
import type { AppendRecord, Connection, LedgerEntry, LedgerRuntime, OnceRecord } from "@artesian/engine";
import { connection, sleep } from "@artesian/engine/connect-ledger.ts";
import { type Catalog, type CatalogVersion, openCatalog } from "@artesian/maps";
import { CATALOG_KEY } from "@artesian/maps/group-catalog.ts";

/** The topic that says which group versions there are: one record each, under its name "id@version". */
export const GROUP_CREATED = "group.created";

/** That a group version was published. */
export interface GroupCreated {
  /** "id@version". */
  name: string;
  group: string;
  version: string;
  label: string;
  /** Where it is published. */
  store: string;
  /** When it was built, ISO 8601. */
  built: string;
  rows: number;
  dims: number;
  perturbations: number;
  recall: CatalogVersion["recall"];
  /** Why the gate would have refused it. */
  forced: string[];
  manifest: { key: string; sha256: string };
}

/**
 * The event of each version in a catalogue, in the order that they were built. The catalogue is what is sent from: a version that is in it has
 * its event or gets it, whoever published it and whatever was killed afterwards.
 */
export function createdGroups(catalog: Catalog, store: string): GroupCreated[] {
  const events = catalog.groups.flatMap(({ id, label, versions }) =>
    versions.map((one): GroupCreated => {
      const { version, created, rows, dims, perturbations, recall, forced, manifest } = one;
      const counts = { rows, dims, perturbations, recall, forced, manifest };
      return { name: `${id}@${version}`, group: id, version, label, store, built: created, ...counts };
    }),
  );
  return events.sort((a, b) => (a.built === b.built ? (a.name < b.name ? -1 : 1) : a.built < b.built ? -1 : 1));
}

/** The events as records for Kafka, each under its name. */
export function onceRecords(events: readonly GroupCreated[]): OnceRecord[] {
  return events.map((event) => ({ key: event.name, value: JSON.stringify(event), timestamp: Date.parse(event.built) }));
}

export interface CreatedOptions {
  runtime: LedgerRuntime;
  store: Place;
  /** Take what is there now and end. Default false: go on until stopped. */
  once?: boolean;
  /** Time between two looks at the catalogue, ms. Default 2000. */
  pollMs?: number;
  signal?: AbortSignal;
  /** Told of versions whose events are in the log now. */
  onCreated?: (names: readonly string[]) => void;
  /** Told of looks that failed; the next one makes up for them. */
  onTrouble?: (error: unknown) => void;
}

const perAppend = 200;

/**
 * Brings each version of a store's catalogue into an engine's log as one `group.created` record. What was taken in is written with the record, in
 * one transaction, and the record's event id is the version: nothing is there twice, and nothing is missing for long.
 * @returns with how many records entered, once stopped; rejects with what the runtime refuses unless `onTrouble` is told
 */
export function connectCreated(options: CreatedOptions): Connection<number> {
  return connection(options.signal, (ended) => follow(options, ended));
}

async function follow(options: CreatedOptions, signal: AbortSignal): Promise<number> {
  const { runtime, store, once = false, pollMs = 2000, onTrouble } = options;
  const source = `maps ${store.uri}`;
  const known = new Set((await runtime.ledger(source)).keys());
  let [seen, accepted]: [string | undefined, number] = [undefined, 0];
  while (!signal.aborted) {
    try {
      const entry = await store.stat(CATALOG_KEY, { signal });
      if (entry !== undefined && entry.etag !== seen) {
        const { catalog, etag } = await openCatalog(store, { signal });
        accepted += await enter(options, source, known, createdGroups(catalog, store.uri));
        seen = etag;
      }
    } catch (error) {
      if (signal.aborted) break;
      if (once || onTrouble === undefined) throw error;
      onTrouble(error);
    }
    if (once) break;
    await sleep(pollMs, signal);
  }
  return accepted;
}

async function enter(
  { runtime, onCreated }: CreatedOptions,
  source: string,
  known: Set<string>,
  events: readonly GroupCreated[],
): Promise<number> {
  const fresh = events.filter(({ name }) => !known.has(name));
  let accepted = 0;
  for (let from = 0; from < fresh.length; from += perAppend) {
    const part = fresh.slice(from, from + perAppend);
    const records = part.map((event): AppendRecord => {
      const value = JSON.parse(JSON.stringify(event)) as NonNullable<AppendRecord["value"]>;
      return { value, timestamp: Date.parse(event.built), eventId: `${source}\u0000${event.name}` };
    });
    const marks = part.map(({ name, version, built }): LedgerEntry => {
      return { source, path: name, sha256: version, sizeBytes: 0, mtimeMs: Date.parse(built) };
    });
    accepted += (await runtime.append(GROUP_CREATED, records, marks)).accepted;
    for (const { name } of part) known.add(name);
    onCreated?.(part.map(({ name }) => name));
  }
  return accepted;
}
