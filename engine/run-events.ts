import type { Statements } from "./database.ts";
import type { Value } from "./template.ts";

/** What is noted for a run's event log until it is written with the commit. */
export class RunEvents {
  readonly #sql: Statements;
  #noted: { kind: string; data: Value }[] = [];

  constructor(sql: Statements) {
    this.#sql = sql;
  }

  note(kind: string, data: Value): void {
    this.#noted.push({ kind, data });
  }

  flush(now: number): void {
    const insert = this.#sql("INSERT INTO run_events (at, kind, data) VALUES (?, ?, ?)");
    for (const { kind, data } of this.#noted) insert.run(now, kind, JSON.stringify(data));
    this.reset();
  }

  reset(): void {
    this.#noted = [];
  }
}
