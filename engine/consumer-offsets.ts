import type { Names, Statements } from "./database.ts";
import type { TopicLog } from "./log.ts";

/** How far consumers, which are workflows and nodes of tasks, have come in their topics. */
export class ConsumerOffsets {
  readonly #sql: Statements;
  readonly #names: Names;
  readonly #log: TopicLog;
  readonly #kept = new Map<string, number[]>();

  constructor(sql: Statements, names: Names, log: TopicLog) {
    this.#sql = sql;
    this.#names = names;
    this.#log = log;
  }

  /** The next offset of every partition, kept up to date. */
  of(consumer: string, topic: string): readonly number[] {
    return this.#offsets(consumer, topic);
  }

  #offsets(consumer: string, topic: string): number[] {
    const place = `${consumer}\u0000${topic}`;
    let offsets = this.#kept.get(place);
    if (offsets === undefined) {
      offsets = new Array<number>(this.#log.partitions(topic)).fill(0);
      const rows = this.#sql("SELECT partition, next FROM offsets WHERE consumer = ? AND topic = ?").all(
        this.#names.id(consumer),
        this.#names.id(topic),
      );
      for (const row of rows) offsets[Number(row.partition)] = Number(row.next);
      this.#kept.set(place, offsets);
    }
    return offsets;
  }

  move(consumer: string, topic: string, partition: number, next: number): void {
    this.#offsets(consumer, topic)[partition] = next;
    this.#sql(
      "INSERT INTO offsets (consumer, topic, partition, next) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET next = excluded.next",
    ).run(this.#names.id(consumer), this.#names.id(topic), partition, next);
  }

  /** Forgets what memory holds, after a transaction was rolled back. */
  reset(): void {
    this.#kept.clear();
  }
}
