import type { DatabaseSync, SQLInputValue } from "node:sqlite";
import type { CompiledQuery, DatabaseConnection, Dialect, Driver, QueryResult } from "kysely";
import { SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } from "kysely";

/**
 * Kysely's SQLite dialect over `node:sqlite`, one connection. Statements are synchronous underneath: meant for the short queries of
 * pages. PostgreSQL takes Kysely's own dialect in this one's place; the queries stay.
 */
export function sqliteDialect(database: DatabaseSync): Dialect {
  const statements = new Map<string, ReturnType<DatabaseSync["prepare"]>>();
  const prepared = (sql: string) => {
    let statement = statements.get(sql);
    if (statement === undefined) {
      statement = database.prepare(sql);
      if (statements.size >= 500) statements.clear();
      statements.set(sql, statement);
    }
    return statement;
  };
  const connection: DatabaseConnection = {
    executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
      const statement = prepared(query.sql);
      const parameters = query.parameters.map(toSqlValue);
      if (statement.columns().length > 0) return Promise.resolve({ rows: statement.all(...parameters) as R[] });
      const result = statement.run(...parameters);
      return Promise.resolve({ rows: [], numAffectedRows: BigInt(result.changes) });
    },
    async *streamQuery<R>(query: CompiledQuery): AsyncIterableIterator<QueryResult<R>> {
      for (const row of prepared(query.sql).iterate(...query.parameters.map(toSqlValue))) yield { rows: [row as R] };
    },
  };
  return {
    createAdapter: () => new SqliteAdapter(),
    createQueryCompiler: () => new SqliteQueryCompiler(),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createDriver: () => driverOf(database, connection),
  };
}

/** One connection serves all queries; a transaction holds it until it ends, so that no other query joins it. */
function driverOf(database: DatabaseSync, connection: DatabaseConnection): Driver {
  let tail = Promise.resolve();
  let release = () => {};
  return {
    init: async () => {},
    async acquireConnection() {
      const before = tail;
      let done = () => {};
      tail = new Promise<void>((resolve) => {
        done = resolve;
      });
      await before;
      release = done;
      return connection;
    },
    beginTransaction: async () => database.exec("BEGIN"),
    commitTransaction: async () => database.exec("COMMIT"),
    rollbackTransaction: async () => database.exec("ROLLBACK"),
    releaseConnection: async () => release(),
    destroy: async () => database.close(),
  };
}

function toSqlValue(value: unknown): SQLInputValue {
  if (value === undefined || value === null) return null;
  if (typeof value === "boolean") return value ? 1 : 0;
  if (typeof value === "number" || typeof value === "string" || typeof value === "bigint") return value;
  if (value instanceof Uint8Array) return value;
  return JSON.stringify(value);
}
