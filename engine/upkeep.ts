import { statSync } from "node:fs";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import type { EngineCore } from "./core.ts";
import { databaseName } from "./database.ts";
import type { Inspector } from "./inspect.ts";
import type { Plan } from "./plan.ts";
import { prune, type Retention } from "./retention.ts";

/** What a running engine does beside its work. */
export interface UpkeepOptions {
  db: DatabaseSync;
  dir: string;
  plans: readonly Plan[];
  inspector: Inspector;
  retention: Partial<Retention>;
  /** Lowest offset that a sink still wants of a partition. */
  wanted(topic: string, partition: number): number | undefined;
  onTrouble(error: unknown): void;
}

const snapshotMs = 500;
const pruneMs = 60_000;
const walBytes = 64 * 2 ** 20;

/** Counters for those who watch, room on the disk, and what has outlived its retention: each now and then. */
export class Upkeep {
  readonly #options: UpkeepOptions;
  #changed = true;
  #snapshotAt = 0;
  #pruneAt = 0;

  constructor(options: UpkeepOptions) {
    this.#options = options;
  }

  /** Something has been written since counters were told last. */
  noteChange(): void {
    this.#changed = true;
  }

  /** How long the runtime may sleep for all that upkeep needs, ms. */
  get restMs(): number {
    return this.#changed ? snapshotMs : pruneMs;
  }

  /** Tells counters in the event log, at most twice a second and only when something has changed. */
  snapshot(core: EngineCore, now: number): void {
    if (!this.#changed || now - this.#snapshotAt < snapshotMs) return;
    this.#snapshotAt = now;
    this.#changed = false;
    const { nodes, deadLetters } = this.#options.inspector.stats(now);
    const brief = nodes.map((node) => ({
      node: node.name,
      in: node.in,
      out: node.out,
      failed: node.failed,
      lag: node.lag,
      open: node.open,
    }));
    core.event("counters", { nodes: brief, deadLetters });
  }

  /** Moves the write-ahead log into the database when it has grown, so that neither it nor the next start grows without bound. */
  checkpoint(): void {
    const { db, dir } = this.#options;
    const size = statSync(join(dir, `${databaseName}-wal`), { throwIfNoEntry: false })?.size ?? 0;
    if (size > walBytes) db.exec("PRAGMA wal_checkpoint(PASSIVE)");
  }

  /** Removes what has outlived its retention, once a minute while there is nothing else to do. */
  prune(core: EngineCore, now: number): void {
    if (now - this.#pruneAt < pruneMs) return;
    this.#pruneAt = now;
    const { db, plans, retention, wanted, onTrouble } = this.#options;
    core.command(
      () => prune(db, plans, now, retention, wanted),
      () => {},
      onTrouble,
    );
  }
}
