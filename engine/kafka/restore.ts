import type { Broker, Position, Read } from "./broker.ts";
import type { Layout } from "./layout.ts";
import type { PartitionTask } from "./partition-task.ts";

export interface RestoreOptions {
  broker: Broker;
  layout: Layout;
  fetch(positions: readonly Position[]): Promise<Read[]>;
  /** Whether it must come to an end. */
  isOver(): boolean;
}

/**
 * Brings partitions to where they were committed: offsets first (which waits for open transactions), then state up to the high watermark.
 * @returns false when it came to an end before
 */
export async function restore(tasks: readonly PartitionTask[], options: RestoreOptions): Promise<boolean> {
  if (tasks.length === 0) return true;
  const { broker, layout, fetch, isOver } = options;
  const { group, changelog, handlers } = layout;
  const inputs = tasks.flatMap(({ partition }) => [...handlers.keys()].map((topic) => ({ topic, partition })));
  const committed = await broker.committed(group, inputs);
  const starts = await broker.starts(inputs);
  const known = await broker.ends(inputs);
  const logs = tasks.map(({ partition }) => ({ topic: changelog, partition }));
  const ends = await broker.ends(logs);
  const positions = await broker.starts(logs);
  const places = new Map(tasks.map(({ partition }, index) => [partition, index]));
  for (;;) {
    const rest = logs.flatMap((place, index) => {
      const offset = positions[index] as number;
      return offset < (ends[index] as number) ? [{ ...place, offset }] : [];
    });
    if (rest.length === 0) break;
    if (isOver()) return false;
    for (const read of await fetch(rest)) {
      const index = places.get(read.partition);
      if (index === undefined || read.topic !== changelog || read.from !== positions[index]) continue;
      for (const record of read.records) tasks[index]?.state.restore(record);
      positions[index] = read.next;
    }
  }
  const byPartition = new Map(tasks.map((task) => [task.partition, task]));
  for (const [index, { topic, partition }] of inputs.entries()) {
    const next = Math.max(committed[index] as number, starts[index] as number);
    byPartition.get(partition)?.positions.set(topic, { next, stable: known[index] as number });
  }
  return true;
}
