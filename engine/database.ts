import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { NewerDatabaseError } from "./errors.ts";

/** Formats of the data folder, oldest first: each brings the one before it forward. */
const migrations: readonly string[] = [
  `
  CREATE TABLE names (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
  CREATE TABLE plans (dag TEXT PRIMARY KEY, sha256 TEXT NOT NULL, plan TEXT NOT NULL, at INTEGER NOT NULL);
  CREATE TABLE topics (topic INTEGER PRIMARY KEY, partitions INTEGER NOT NULL);
  CREATE TABLE ends (topic INTEGER NOT NULL, partition INTEGER NOT NULL, next INTEGER NOT NULL, first INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (topic, partition)) WITHOUT ROWID;
  CREATE TABLE log (id INTEGER PRIMARY KEY, topic INTEGER NOT NULL, partition INTEGER NOT NULL, base INTEGER NOT NULL,
    count INTEGER NOT NULL, at INTEGER NOT NULL, body TEXT NOT NULL);
  CREATE UNIQUE INDEX log_place ON log (topic, partition, base);
  CREATE TABLE event_ids (topic INTEGER NOT NULL, id TEXT NOT NULL, PRIMARY KEY (topic, id)) WITHOUT ROWID;
  CREATE TABLE offsets (consumer INTEGER NOT NULL, topic INTEGER NOT NULL, partition INTEGER NOT NULL, next INTEGER NOT NULL,
    PRIMARY KEY (consumer, topic, partition)) WITHOUT ROWID;
  CREATE TABLE state (store INTEGER NOT NULL, key TEXT NOT NULL, lookup TEXT, body TEXT NOT NULL, PRIMARY KEY (store, key)) WITHOUT ROWID;
  CREATE INDEX state_open ON state (store, lookup) WHERE lookup IS NOT NULL;
  CREATE TABLE timers (id INTEGER PRIMARY KEY, node INTEGER NOT NULL, kind TEXT NOT NULL, due INTEGER NOT NULL, keys TEXT NOT NULL);
  CREATE INDEX timers_due ON timers (kind, due);
  CREATE INDEX timers_node ON timers (node, kind, due);
  CREATE TABLE tasks (seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, node INTEGER NOT NULL, key TEXT NOT NULL, generation INTEGER NOT NULL,
    topic INTEGER NOT NULL, partition INTEGER NOT NULL, at_offset INTEGER NOT NULL, state TEXT NOT NULL, attempts INTEGER NOT NULL,
    budget INTEGER NOT NULL, lost INTEGER NOT NULL, due INTEGER NOT NULL, cache_key TEXT NOT NULL, components TEXT NOT NULL,
    cached INTEGER NOT NULL, admitted_at INTEGER NOT NULL, started_at INTEGER, finished_at INTEGER, code TEXT, message TEXT);
  CREATE INDEX tasks_state ON tasks (node, state, seq);
  CREATE INDEX tasks_cache ON tasks (cache_key);
  CREATE TABLE attempts (task INTEGER NOT NULL, attempt INTEGER NOT NULL, outcome TEXT NOT NULL, started_at INTEGER NOT NULL,
    ended_at INTEGER, error TEXT, log TEXT, PRIMARY KEY (task, attempt)) WITHOUT ROWID;
  CREATE TABLE results (cache_key TEXT PRIMARY KEY, task TEXT NOT NULL, name TEXT NOT NULL, components TEXT NOT NULL,
    result TEXT NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE dead_letters (id INTEGER PRIMARY KEY, kind TEXT NOT NULL, node INTEGER NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL,
    timestamp INTEGER NOT NULL, task TEXT, code TEXT NOT NULL, message TEXT NOT NULL, at INTEGER NOT NULL, state TEXT NOT NULL);
  CREATE INDEX dead_letters_task ON dead_letters (task) WHERE task IS NOT NULL;
  CREATE TABLE counters (node INTEGER PRIMARY KEY, body TEXT NOT NULL);
  CREATE TABLE ledger (source TEXT NOT NULL, path TEXT NOT NULL, sha256 TEXT NOT NULL, size INTEGER NOT NULL, mtime REAL NOT NULL,
    at INTEGER NOT NULL, PRIMARY KEY (source, path, sha256)) WITHOUT ROWID;
  CREATE TABLE run_events (id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, kind TEXT NOT NULL, data TEXT NOT NULL);
  `,
  `
  CREATE INDEX tasks_by_state ON tasks (state, seq);
  CREATE TABLE clock (id INTEGER PRIMARY KEY CHECK (id = 1), at INTEGER NOT NULL);
  `,
  `
  ALTER TABLE dead_letters ADD COLUMN side TEXT;
  `,
  `
  CREATE TABLE store_identities (store TEXT PRIMARY KEY, identity TEXT NOT NULL) WITHOUT ROWID;
  `,
];

export const databaseName = "engine.db";

export interface DatabaseOptions {
  /** Default true: a commit is on disk when it returns. False is for tests that crash nothing but the process. */
  durable?: boolean;
  /** Most pages of the database, as a quota. */
  maxPages?: number;
  /** Makes the connection; for tests that watch or break it. */
  open?: (path: string) => DatabaseSync;
}

/**
 * Opens a data folder's database for its one writer and brings its format forward.
 * @param dir a folder, made when absent; undefined for a database in memory
 * @throws NewerDatabaseError (engine/newer-database)
 */
export function openDatabase(dir: string | undefined, options: DatabaseOptions = {}): DatabaseSync {
  if (dir !== undefined) mkdirSync(dir, { recursive: true });
  const path = dir === undefined ? ":memory:" : join(dir, databaseName);
  const db = options.open?.(path) ?? new DatabaseSync(path);
  db.exec(`PRAGMA page_size = 8192; PRAGMA journal_mode = WAL; PRAGMA synchronous = ${options.durable === false ? "OFF" : "FULL"};
    PRAGMA cache_size = -65536; PRAGMA temp_store = MEMORY; PRAGMA wal_autocheckpoint = 0; PRAGMA journal_size_limit = 67108864`);
  if (options.maxPages !== undefined) db.exec(`PRAGMA max_page_count = ${options.maxPages}`);
  const version = formatOf(db);
  if (version > migrations.length) throw new NewerDatabaseError(dir ?? "memory", version, migrations.length);
  for (let format = version; format < migrations.length; format++) {
    db.exec(`BEGIN IMMEDIATE; ${migrations[format]} PRAGMA user_version = ${format + 1}; COMMIT`);
  }
  return db;
}

/**
 * Opens a data folder's database for reading only, beside its writer.
 * @returns undefined while the folder has no database yet
 */
export function openDatabaseToRead(dir: string): DatabaseSync | undefined {
  const path = join(dir, databaseName);
  if (!existsSync(path)) return undefined;
  const db = new DatabaseSync(path, { readOnly: true });
  db.exec("PRAGMA busy_timeout = 5000; PRAGMA cache_size = -16384");
  const version = formatOf(db);
  if (version > migrations.length) throw new NewerDatabaseError(dir, version, migrations.length);
  if (version > 0) return db;
  db.close();
  return undefined;
}

function formatOf(db: DatabaseSync): number {
  return Number(db.prepare("PRAGMA user_version").get()?.user_version ?? 0);
}

/** Puts the rows that one database selects into another, column by column. */
export function copyRows(from: DatabaseSync, to: DatabaseSync, select: string, insert: string): void {
  const put = to.prepare(insert);
  for (const row of from.prepare(select).iterate()) put.run(...Object.values(row));
}

/** Prepared statements of a connection, one for each text. */
export function statements(db: DatabaseSync): (sql: string) => StatementSync {
  const prepared = new Map<string, StatementSync>();
  return (sql) => {
    let statement = prepared.get(sql);
    if (statement === undefined) {
      statement = db.prepare(sql);
      prepared.set(sql, statement);
    }
    return statement;
  };
}

export type Statements = ReturnType<typeof statements>;

/** Short numbers for names of topics, nodes and stores, made on first use within the writer's transaction. */
export class Names {
  readonly #ids = new Map<string, number>();
  readonly #sql: Statements;

  constructor(sql: Statements) {
    this.#sql = sql;
  }

  id(name: string): number {
    const known = this.#ids.get(name);
    if (known !== undefined) return known;
    this.#sql("INSERT OR IGNORE INTO names (name) VALUES (?)").run(name);
    const id = Number(this.#sql("SELECT id FROM names WHERE name = ?").get(name)?.id);
    this.#ids.set(name, id);
    return id;
  }

  /** Forgets what a transaction that was rolled back may have made. */
  reset(): void {
    this.#ids.clear();
  }
}
