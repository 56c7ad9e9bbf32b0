import type { StepContext } from "./step-types.ts";
import { sameJson, type Value } from "./template.ts";
import type { TopologyNode } from "./topology.ts";

/** Where event times of a table's rows are kept, of tables that are a side of a join. */
export function rowTimesStore(table: string): string {
  return `${table}~times`;
}

/** The table of a topic whose keys a joined table's are among: the left side's left side, as far as there is one. */
export function firstSide(table: TopologyNode): TopologyNode {
  return table.sides === undefined ? table : firstSide(table.sides.left);
}

/**
 * A table's row of a key: as it was written, or joined from the rows of its sides. Joined rows are made when somebody looks, so that they
 * are never older than their sides, on every partition alike.
 */
export function rowOf(step: StepContext, table: TopologyNode, key: string): Value | undefined {
  if (table.sides === undefined) return step.get(table.name, key) as Value | undefined;
  const { left, right, rule } = table.sides;
  const row = rowOf(step, left, key);
  if (row === undefined) return undefined;
  const other = rowOf(step, right, key);
  if (other === undefined && rule.kind === "inner") return undefined;
  return { ...row, [rule.as]: other ?? null };
}

/**
 * Event time of a joined table's change, as in Kafka Streams: that of the change that made it, or of the row that it was joined with when
 * that is newer.
 */
export function joinedTime(step: StepContext, table: TopologyNode, key: string, changedAt: number): number {
  if (table.sides === undefined) return changedAt;
  const { left, right } = table.sides;
  return Math.max(changedAt, timeOf(step, left, key), timeOf(step, right, key));
}

/**
 * Brings a joined table's row of a key up to its sides and forwards the change: the new row, or a tombstone. A record that leaves the
 * joined row as it was forwards nothing, so that looking again after a crash does no harm.
 */
export function updateJoined(step: StepContext, table: TopologyNode, key: string, timestamp: number): void {
  const before = step.get(table.name, key) as Value | undefined;
  const row = rowOf(step, table, key);
  if (sameJson(before, row)) return;
  step.put(table.name, key, row);
  step.publishChange(table, { key, value: row ?? null, timestamp });
}

/** Event time of a row that is there, else 0. */
function timeOf(step: StepContext, table: TopologyNode, key: string): number {
  if (rowOf(step, table, key) === undefined) return 0;
  if (table.sides !== undefined) return joinedTime(step, table, key, 0);
  return (step.get(rowTimesStore(table.name), key) as number | undefined) ?? 0;
}
