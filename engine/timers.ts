import type { Names, Statements } from "./database.ts";
import { fullName } from "./plan.ts";
import type { Timer, TimerKind } from "./step-types.ts";

export interface DueTimers {
  /** `<dag>.<node>` */
  name: string;
  kind: TimerKind;
  keys: string[];
}

/** Timers by node, kind and time: one row serves all keys of a step that fall due together. */
export class TimerTable {
  readonly #sql: Statements;
  readonly #names: Names;

  constructor(sql: Statements, names: Names) {
    this.#sql = sql;
    this.#names = names;
  }

  write(dag: string, timers: readonly Timer[]): void {
    const buckets = new Map<string, { timer: Timer; due: number; keys: string[] }>();
    for (const timer of timers) {
      const due = coarse(timer);
      const name = `${timer.node}\u0000${timer.kind}\u0000${due}`;
      const bucket = buckets.get(name);
      if (bucket === undefined) buckets.set(name, { timer, due, keys: [timer.key] });
      else bucket.keys.push(timer.key);
    }
    const insert = this.#sql("INSERT INTO timers (node, kind, due, keys) VALUES (?, ?, ?, ?)");
    for (const { timer, due, keys } of buckets.values()) {
      insert.run(this.#names.id(fullName(dag, timer.node)), timer.kind, due, JSON.stringify(keys));
    }
  }

  /** Takes wall-clock and retention timers that are due, the earliest first, a bounded number a call. */
  takeDue(now: number): DueTimers[] {
    const rows = this.#sql(
      `SELECT t.id, t.kind, t.keys, n.name FROM timers t JOIN names n ON n.id = t.node
       WHERE t.kind IN ('wall', 'forget') AND t.due <= ? ORDER BY t.due, t.id LIMIT 64`,
    ).all(now);
    return this.#take(rows);
  }

  /** Takes a node's event-time timers up to a time. */
  takeEventDue(name: string, reached: number): DueTimers[] {
    const rows = this.#sql(
      `SELECT t.id, t.kind, t.keys, n.name FROM timers t JOIN names n ON n.id = t.node
       WHERE t.node = ? AND t.kind = 'event' AND t.due <= ? ORDER BY t.due, t.id`,
    ).all(this.#names.id(name), reached);
    return this.#take(rows);
  }

  #take(rows: readonly Record<string, unknown>[]): DueTimers[] {
    const remove = this.#sql("DELETE FROM timers WHERE id = ?");
    return rows.map((row) => {
      remove.run(Number(row.id));
      return { name: String(row.name), kind: row.kind as TimerKind, keys: JSON.parse(String(row.keys)) as string[] };
    });
  }

  /** When the next wall-clock or retention timer is due. */
  nextDue(): number | undefined {
    const query = this.#sql("SELECT min(due) AS due FROM timers WHERE kind = ?");
    const dues = ["wall", "forget"].map((kind) => query.get(kind)?.due).filter((due) => typeof due === "number");
    return dues.length === 0 ? undefined : Math.min(...dues);
  }

  /** Deadlines stand still while the engine is down: what it missed is added to them. */
  postpone(ms: number): void {
    if (ms > 0) this.#sql("UPDATE timers SET due = due + ? WHERE kind = 'wall'").run(ms);
  }
}

/** Wall-clock timers fire up to 0.1 s late (a minute for retention), so that one row serves many groups. */
function coarse(timer: Timer): number {
  if (timer.kind === "event") return timer.due;
  const grain = timer.kind === "forget" ? 60_000 : 100;
  return Math.ceil(timer.due / grain) * grain;
}
