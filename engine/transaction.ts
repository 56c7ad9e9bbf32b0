import type { DatabaseSync } from "node:sqlite";

/** Runs work in one transaction: it becomes durable whole, or not at all when it throws. */
export function transact(db: DatabaseSync, work: () => void): void {
  db.exec("BEGIN IMMEDIATE");
  try {
    work();
    db.exec("COMMIT");
  } catch (error) {
    if (db.isTransaction) db.exec("ROLLBACK");
    throw error;
  }
}

export function isSqliteError(error: unknown): error is Error & { errcode: number } {
  return error instanceof Error && "code" in error && error.code === "ERR_SQLITE_ERROR";
}

/** SQLITE_FULL (13) and write errors of the file system (SQLITE_IOERR_WRITE). */
export function isDiskFull(error: unknown): boolean {
  return isSqliteError(error) && ((error.errcode & 0xff) === 13 || error.errcode === 778);
}
