import { DatabaseSync, type SQLInputValue, type StatementResultingChanges, type StatementSync } from "node:sqlite";
import { openDatabase } from "./database.ts";

/** What a test's process dies of. */
export class Interruption extends Error {}

/** A database in memory whose process dies after a number of writes: for tests that crash at any of them. */
export class InterruptedDatabase extends DatabaseSync {
  /** Writes until then; Infinity for none. */
  countdown = Number.POSITIVE_INFINITY;

  /** One with an engine's tables. */
  static create(): InterruptedDatabase {
    const db = new InterruptedDatabase(":memory:");
    openDatabase(undefined, { open: () => db });
    return db;
  }

  override prepare(sql: string): StatementSync {
    const statement = super.prepare(sql);
    const run = statement.run.bind(statement);
    const counted = (...values: SQLInputValue[]): StatementResultingChanges => {
      this.#write();
      return run(...values);
    };
    return Object.defineProperty(statement, "run", { value: counted });
  }

  /** A commit counts twice: the process may die right before it and right after. */
  override exec(sql: string): void {
    if (sql === "COMMIT") this.#write();
    super.exec(sql);
    if (sql === "COMMIT") this.#write();
  }

  #write(): void {
    if (--this.countdown < 0) throw new Interruption("The process ends here.");
  }
}
