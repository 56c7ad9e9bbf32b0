import type { DatabaseSync } from "node:sqlite";
import { NewerSchemaError } from "./errors.ts";
import { migrations } from "./migrations/index.ts";

/** Version that this code reads and writes. */
export const schemaVersion = migrations.length;

/** Version of a database's schema; 0 = empty. */
export function versionOf(database: DatabaseSync): number {
  return Number(database.prepare("PRAGMA user_version").get()?.user_version ?? 0);
}

/**
 * Brings the schema forward, one transaction a migration, so that a crash leaves a whole version.
 * @throws NewerSchemaError (store/newer-schema) when the database is ahead of this code; nothing is changed then
 */
export function migrate(database: DatabaseSync, path: string): void {
  const found = versionOf(database);
  if (found > schemaVersion) throw new NewerSchemaError(path, found, schemaVersion);
  for (let version = found; version < schemaVersion; version++) {
    const migration = migrations[version]!;
    database.exec("BEGIN IMMEDIATE");
    try {
      // Another process may have migrated while this one waited for the lock.
      if (versionOf(database) === version) database.exec(`${migration.sql}\nPRAGMA user_version = ${version + 1};`);
      database.exec("COMMIT");
    } catch (error) {
      database.exec("ROLLBACK");
      throw error;
    }
  }
}
