import type { Names, Statements } from "./database.ts";
import type { TopicLog } from "./log.ts";
import type { LogRecord, RecordRef } from "./records.ts";
import type { TaskNode } from "./task-request.ts";

/** How far task nodes have taken requests from their topics. */
export class TaskSources {
  readonly #sql: Statements;
  readonly #names: Names;
  readonly #log: TopicLog;
  readonly #offsets = new Map<string, number>();

  constructor(sql: Statements, names: Names, log: TopicLog) {
    this.#sql = sql;
    this.#names = names;
    this.#log = log;
  }

  /** Records of a node's topic that are not in the queue yet. */
  backlog(node: TaskNode): number {
    let backlog = 0;
    for (let partition = 0; partition < this.#log.partitions(node.source); partition++) {
      backlog += this.#log.end(node.source, partition) - this.#offset(node, partition);
    }
    return backlog;
  }

  /**
   * Hands out requests in order for as long as there is `room`, and remembers how far it came.
   * @returns whether there were any
   */
  take(node: TaskNode, room: () => boolean, request: (record: LogRecord, ref: RecordRef) => void): boolean {
    let taken = false;
    for (let partition = 0; partition < this.#log.partitions(node.source); partition++) {
      let next = this.#offset(node, partition);
      const before = next;
      while (room() && next < this.#log.end(node.source, partition)) {
        const { base, records } = this.#log.read(node.source, partition, next);
        next = base;
        for (const record of records) {
          if (!room()) break;
          request(record, { topic: node.source, partition, offset: next });
          next++;
        }
      }
      if (next === before) continue;
      this.#advance(node, partition, next);
      taken = true;
    }
    return taken;
  }

  #offset(node: TaskNode, partition: number): number {
    const place = `${node.name}\u0000${partition}`;
    let offset = this.#offsets.get(place);
    if (offset === undefined) {
      const row = this.#sql("SELECT next FROM offsets WHERE consumer = ? AND topic = ? AND partition = ?").get(
        this.#names.id(node.name),
        this.#names.id(node.source),
        partition,
      );
      offset = Number(row?.next ?? 0);
      this.#offsets.set(place, offset);
    }
    return offset;
  }

  #advance(node: TaskNode, partition: number, next: number): void {
    this.#offsets.set(`${node.name}\u0000${partition}`, next);
    this.#sql(
      "INSERT INTO offsets (consumer, topic, partition, next) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET next = excluded.next",
    ).run(this.#names.id(node.name), this.#names.id(node.source), partition, next);
  }

  /** Forgets what a transaction that was rolled back may have moved. */
  reset(): void {
    this.#offsets.clear();
  }
}
