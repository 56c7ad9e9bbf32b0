import type { ConsumerOffsets } from "./consumer-offsets.ts";
import type { TopicLog } from "./log.ts";
import type { LogRecord, RecordRef } from "./records.ts";
import type { TaskNode } from "./task-request.ts";

/** Where task nodes take requests from their topics. */
export class TaskSources {
  readonly #log: TopicLog;
  readonly #offsets: ConsumerOffsets;

  constructor(log: TopicLog, offsets: ConsumerOffsets) {
    this.#log = log;
    this.#offsets = offsets;
  }

  /** Records of a node's topic that are not in the queue yet. */
  backlog({ name, source }: TaskNode): number {
    let backlog = 0;
    for (const [partition, next] of this.#offsets.of(name, source).entries())
      backlog += this.#log.end(source, partition) - next;
    return backlog;
  }

  /**
   * Hands out requests in order for as long as there is `room`, and remembers how far it came.
   * @returns whether there were any
   */
  take(
    { name, source: topic }: TaskNode,
    room: () => boolean,
    request: (record: LogRecord, ref: RecordRef) => void,
  ): boolean {
    let taken = false;
    for (const [partition, before] of this.#offsets.of(name, topic).entries()) {
      let next = before;
      while (room() && next < this.#log.end(topic, partition)) {
        const { base, records } = this.#log.read(topic, partition, next);
        next = base;
        for (const record of records) {
          if (!room()) break;
          request(record, { topic, partition, offset: next });
          next++;
        }
      }
      if (next === before) continue;
      this.#offsets.move(name, topic, partition, next);
      taken = true;
    }
    return taken;
  }
}
