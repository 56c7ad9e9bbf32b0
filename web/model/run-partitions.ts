import type { RunPartitions } from "@artesian/server/api.ts";
import { formatAge, formatClock, formatCount, plural } from "./format.ts";

type Partition = RunPartitions["partitions"][number];

/**
 * A run's partitions on Kafka in one sentence.
 * @example "8 partitions on 2 workers, all read."
 */
export function partitionsSentence({ partitions, isMoving }: Pick<RunPartitions, "partitions" | "isMoving">): string {
  const count = plural(partitions.length, "partition");
  const lag = partitions.reduce((total, one) => total + one.lag, 0);
  const read = lag === 0 ? "all read" : `${plural(lag, "record")} not read yet`;
  const workers = new Set(partitions.flatMap(({ worker }) => worker?.memberId ?? [])).size;
  const left = partitions.filter(({ worker }) => worker === null).length;
  const on = workers === 0 ? "on no worker" : `on ${plural(workers, "worker")}`;
  const spare = isMoving
    ? `${count} ${partitions.length === 1 ? "is" : "are"} being given to workers, ${read}.`
    : `${count} ${on}${left > 0 && workers > 0 ? `, ${formatCount(left)} nobody's` : ""}, ${read}.`;
  const held = partitions.filter((one) => one.held !== null).length;
  return held === 0 ? spare : `${spare} An open transaction holds ${held === 1 ? "one" : formatCount(held)} back.`;
}

/** Since when brokers are away, in words; undefined while they answer. */
export function awaySentence({ away, asOf }: Pick<RunPartitions, "away" | "asOf">): string | undefined {
  if (away === null) return undefined;
  const shown = asOf === null ? "" : ` What is shown was so at ${formatClock(asOf, true)}.`;
  return `Kafka has not answered since ${formatClock(away.since, true)}.${shown}`;
}

/** Where a partition's last stable offset is, in words. */
export function stableWords({ undecided, held }: Partition, now: number): string {
  if (undecided === 0) return "at the end";
  const before = `${formatCount(undecided)} before the end`;
  return held === null ? before : `held back for ${formatAge(now - Date.parse(held.since))}, ${before}`;
}
