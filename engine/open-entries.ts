import { fullName } from "./plan.ts";
import type { StateTables } from "./state.ts";
import type { StepEffects } from "./step-effects.ts";
import { firstSide } from "./table-join.ts";

/** Entries that are closed by one step. */
const perStep = 1000;

/**
 * Ends one node's open groups, windows or held records, the first in topological order that has any.
 * @param skip nodes whose groups stay open by their rule
 * @returns the node's full name, or undefined when nothing is open
 */
export function closeFirst(effects: StepEffects, state: StateTables, skip: ReadonlySet<string>): string | undefined {
  for (const topology of effects.topologies) {
    for (const { id, operation } of topology.plan.nodes) {
      if (operation === undefined) continue;
      const name = fullName(topology.plan.dag, id);
      if (skip.has(name)) continue;
      let keys = state.open(name, perStep);
      if (keys.length === 0) continue;
      while (keys.length > 0) {
        const step = effects.step(topology);
        for (const key of keys) step.feed({ kind: "close", node: id, key, now: effects.now });
        effects.apply(topology, step);
        keys = state.open(name, perStep, keys.at(-1));
      }
      return name;
    }
  }
  return undefined;
}

/** How many groups, windows and held keys are open, by store. */
export function openCounts({ topologies }: StepEffects, state: StateTables): Map<string, number> {
  const stores = topologies.flatMap(({ plan }) => plan.stores.map(({ name }) => name));
  const counts = stores.map((name): [string, number] => [name, state.countOpen(name)]);
  return new Map(counts.filter(([, count]) => count > 0));
}

/** Tells changes of joined rows that nobody told: of a join that is new, or of a side that was read again. */
export function tellJoined(effects: StepEffects, state: StateTables): void {
  for (const topology of effects.topologies) {
    for (const table of topology.nodes.values()) {
      if (table.sides === undefined) continue;
      const step = effects.step(topology);
      const keys = new Set([...state.keys(firstSide(table).name), ...state.keys(table.name)]);
      for (const key of keys) step.feed({ kind: "look", node: table.id, key, now: effects.now });
      effects.apply(topology, step);
    }
  }
}
