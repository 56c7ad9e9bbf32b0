import { existsSync } from "node:fs";
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import { Kysely } from "kysely";
import { AsyncTransactionError, NewerSchemaError, UnreadableStoreError } from "./errors.ts";
import { migrate, schemaVersion, versionOf } from "./migrate.ts";
import type { Database } from "./schema.ts";
import { sqliteDialect } from "./sqlite-dialect.ts";

/** The writing side: synchronous, so that a sink can put rows and its offset into one transaction. */
export interface Store {
  readonly path: string;
  /**
   * Runs `write` in one transaction; all of it or nothing is kept. Inside another transaction it joins that one.
   * @throws AsyncTransactionError (store/async-transaction) when `write` returns a promise
   */
  transaction<T>(write: () => T): T;
  /** Runs one statement; prepared once per text. */
  run(sql: string, ...values: SQLInputValue[]): { changes: number };
  /** Rows of one statement, for decisions inside a transaction. */
  all(sql: string, ...values: SQLInputValue[]): Record<string, unknown>[];
  /** The instant now, by the clock that the store was opened with. */
  now(): Date;
  close(): void;
}

/** The reading side: Kysely over a read-only connection, plus a number that changes whenever another connection commits. */
export interface StoreReader {
  readonly path: string;
  readonly db: Kysely<Database>;
  version(): number;
  close(): Promise<void>;
}

/**
 * Opens a store for writing, makes it when absent, and brings its schema forward. Many may be open on one file: writers wait for each
 * other (up to 30 s), readers never wait.
 * @param options clock: milliseconds since 1970; stamps when results were first stored, nothing else
 * @throws NewerSchemaError (store/newer-schema), UnreadableStoreError (store/unreadable)
 */
export function openStore(path: string, options: { clock?: () => number } = {}): Store {
  const clock = options.clock ?? Date.now;
  const database = open(path, false);
  try {
    database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;");
    migrate(database, path);
  } catch (error) {
    database.close();
    throw named(error, path);
  }
  const statements = new Map<string, StatementSync>();
  const prepared = (sql: string) => {
    let statement = statements.get(sql);
    if (statement === undefined) {
      statement = database.prepare(sql);
      statements.set(sql, statement);
    }
    return statement;
  };
  let depth = 0;
  return {
    path,
    transaction<T>(write: () => T): T {
      if (depth > 0) return write();
      prepared("BEGIN IMMEDIATE").run();
      depth++;
      try {
        const result = write();
        if (result instanceof Promise) throw new AsyncTransactionError();
        prepared("COMMIT").run();
        return result;
      } catch (error) {
        if (database.isTransaction) prepared("ROLLBACK").run();
        throw error;
      } finally {
        depth--;
      }
    },
    run: (sql, ...values) => ({ changes: Number(prepared(sql).run(...values).changes) }),
    all: (sql, ...values) => prepared(sql).all(...values),
    now: () => new Date(clock()),
    close: () => database.close(),
  };
}

/**
 * Opens an existing store for reading only. A page that reads never waits for a writer.
 * @throws UnreadableStoreError (store/unreadable) when the file is not there or not a store; NewerSchemaError (store/newer-schema)
 */
export function openReader(path: string): StoreReader {
  if (!existsSync(path)) throw new UnreadableStoreError(path, "there is no such file");
  const database = open(path, true);
  try {
    const found = versionOf(database);
    if (found > schemaVersion) throw new NewerSchemaError(path, found, schemaVersion);
    if (found < schemaVersion) {
      throw new UnreadableStoreError(
        path,
        `its schema version is ${found} and needs ${schemaVersion}; open it for writing once`,
      );
    }
  } catch (error) {
    database.close();
    throw named(error, path);
  }
  const db = new Kysely<Database>({ dialect: sqliteDialect(database) });
  const version = database.prepare("PRAGMA data_version");
  return { path, db, version: () => Number(version.get()?.data_version ?? 0), close: () => db.destroy() };
}

function open(path: string, readOnly: boolean): DatabaseSync {
  try {
    return new DatabaseSync(path, { readOnly, timeout: 30_000 });
  } catch (error) {
    throw named(error, path);
  }
}

function named(error: unknown, path: string): unknown {
  const sqlite = error instanceof Error && "code" in error && error.code === "ERR_SQLITE_ERROR";
  return sqlite ? new UnreadableStoreError(path, error.message) : error;
}
