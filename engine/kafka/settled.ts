import { StoppedError } from "../errors.ts";
import type { Broker, Clock } from "./broker.ts";
import { type Layout, placesOf } from "./layout.ts";
import type { Mirror } from "./mirror.ts";
import { hasRead } from "./present-input.ts";
import type { SinkFeed } from "./sink-feed.ts";

export interface SettledOptions {
  broker: Broker;
  clock: Clock;
  layout: Layout;
  mirror: Mirror;
  sinks: SinkFeed;
  signal: AbortSignal;
}

const betweenMs = 100;

/**
 * Resolves once a deployment has nothing left to do: all that is in its topics is read by whoever owns it and committed, every partition has
 * looked at every table row, no task is unfinished, and nothing was added while this was found out; this process's sinks and mirror have it all.
 * @throws StoppedError (engine/stopped) when the signal says so
 */
export async function settled(options: SettledOptions): Promise<void> {
  const { clock, signal } = options;
  while (!(await isSettled(options))) {
    if (signal.aborted) throw new StoppedError();
    await clock.sleep(betweenMs, signal);
  }
}

async function isSettled({ broker, layout, mirror, sinks, signal }: SettledOptions): Promise<boolean> {
  const inputs = placesOf([...layout.handlers.keys()], layout.partitions);
  const tables = layout.tables.flatMap(({ topic, partitions }) => placesOf([topic], partitions));
  const followed = mirror.places;
  const before = await broker.ends(inputs);
  const rows = await broker.ends(tables);
  if (!(await hasRead(broker, layout.group, inputs, before))) return false;
  const ends = await broker.ends(followed);
  await Promise.all(followed.map((place, index) => mirror.reached(place, ends[index] ?? 0)));
  if (signal.aborted) return false;
  if (mirror.tables.tasks.open > 0) return false;
  for (const [index, { topic, partition }] of tables.entries()) {
    for (let one = 0; one < layout.partitions; one++)
      if (mirror.tables.seen(one, topic, partition) < (rows[index] ?? 0)) return false;
  }
  const after = await broker.ends(inputs);
  const rowsAfter = await broker.ends(tables);
  if (after.some((end, index) => end !== before[index]) || rowsAfter.some((end, index) => end !== rows[index]))
    return false;
  return sinks.isAtEnds();
}
