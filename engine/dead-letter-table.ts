import type { Names, Statements } from "./database.ts";
import { fullName } from "./plan.ts";
import type { DeadLetter, LogRecord } from "./records.ts";
import type { RunEvents } from "./run-events.ts";
import type { Value } from "./template.ts";

/** A dead letter as it is kept, with all that re-driving it takes. */
export interface KeptLetter {
  id: number;
  kind: DeadLetter["kind"];
  /** `<dag>.<node>` */
  node: string;
  record: LogRecord;
  taskId?: string;
  side?: NonNullable<DeadLetter["side"]>;
}

/** Records, groups and tasks that were set aside, a row each. */
export class DeadLetterTable {
  readonly #sql: Statements;
  readonly #names: Names;
  readonly #events: RunEvents;

  constructor(sql: Statements, names: Names, events: RunEvents) {
    this.#sql = sql;
    this.#names = names;
    this.#events = events;
  }

  put(dag: string, letter: DeadLetter, now: number): void {
    const { kind, node, key, value, timestamp, taskId, code, message, side } = letter;
    this.#sql(
      "INSERT INTO dead_letters (kind, node, key, value, timestamp, task, code, message, at, state, side) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'open', ?)",
    ).run(
      kind,
      this.#names.id(fullName(dag, node)),
      key,
      JSON.stringify(value),
      timestamp,
      taskId ?? null,
      code,
      message,
      now,
      side ?? null,
    );
    // of a task the queue tells
    if (kind !== "task") this.#events.note("dead-letter", { dag, node, key, code, message });
  }

  /** One open letter or all, the oldest first. */
  open(id: number | "all"): KeptLetter[] {
    const select = "SELECT d.*, n.name AS node_name FROM dead_letters d JOIN names n ON n.id = d.node WHERE";
    const rows =
      id === "all"
        ? this.#sql(`${select} d.state = 'open' ORDER BY d.id`).all()
        : this.#sql(`${select} d.id = ? AND d.state = 'open'`).all(id);
    return rows.map((row) => ({
      id: Number(row.id),
      kind: row.kind as DeadLetter["kind"],
      node: String(row.node_name),
      record: {
        key: String(row.key),
        value: JSON.parse(String(row.value)) as Value,
        timestamp: Number(row.timestamp),
      },
      ...(row.task === null ? {} : { taskId: String(row.task) }),
      ...(row.side === null ? {} : { side: row.side as NonNullable<DeadLetter["side"]> }),
    }));
  }

  remove(id: number): void {
    this.#sql("DELETE FROM dead_letters WHERE id = ?").run(id);
  }
}
