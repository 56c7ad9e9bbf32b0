import type { Names, Statements } from "./database.ts";
import { PlanChangedError } from "./errors.ts";
import type { Plan } from "./plan.ts";
import { fateOf, type StoreChange, type StoreIdentity, storeIdentities } from "./store-identity.ts";
import { rowTimesStore } from "./table-join.ts";

/** What to do with entries that a changed workflow cannot go on with. */
export type LostState = "refuse" | "discard";

/** What opening a changed workflow did to the state that was there. */
export interface PlanChange {
  dag: string;
  /** Emptied, as was asked for. */
  discarded: StoreChange[];
  /** Kept, and fed by other nodes from now on. */
  mixed: StoreChange[];
  /** Made again from their topics. */
  rebuilt: StoreChange[];
}

/**
 * Holds a plan against the state that its folder has, within the caller's transaction: entries are gone on with only where what determines
 * them is what it was.
 * @returns undefined when nothing changed for them
 * @throws PlanChangedError (engine/plan-changed) for entries that would be lost, unless they are to be discarded
 */
export function adoptPlan(sql: Statements, names: Names, plan: Plan, lost: LostState): PlanChange | undefined {
  const known = recorded(sql, plan.dag);
  const change: PlanChange = { dag: plan.dag, discarded: [], mixed: [], rebuilt: [] };
  const consumer = names.id(plan.dag);
  for (const now of storeIdentities(plan)) {
    const { store, node } = now;
    const id = names.id(store);
    const isHeld = sql("SELECT 1 FROM state WHERE store = ? LIMIT 1").get(id) !== undefined;
    const topic = now.kind === "table" ? names.id(String(now.own.topic)) : undefined;
    const isRead =
      topic !== undefined &&
      sql("SELECT 1 FROM offsets WHERE consumer = ? AND topic = ?").get(consumer, topic) !== undefined;
    const before = known.get(store);
    const made = { store, node, ...fateOf(before, now, isRead) };
    if (made.fate === "rebuilt" && (isHeld || isRead)) {
      sql("DELETE FROM state WHERE store IN (?, ?)").run(id, names.id(rowTimesStore(store)));
      sql("DELETE FROM offsets WHERE consumer = ? AND topic = ?").run(consumer, topic ?? -1);
      change.rebuilt.push(made);
    } else if (isHeld && made.fate === "lost") change.discarded.push(made);
    else if (isHeld && made.fate === "new" && topic === undefined)
      change.discarded.push({ ...made, fate: "lost", why: "its entries were left by a node that had been removed" });
    else if (isHeld && made.fate === "mixed") change.mixed.push(made);
    sql("INSERT OR REPLACE INTO store_identities (store, identity) VALUES (?, ?)").run(store, JSON.stringify(now));
  }
  if (change.discarded.length > 0 && lost === "refuse") throw new PlanChangedError(plan.dag, change.discarded);
  for (const { store } of change.discarded) discard(sql, names, store);
  return change.discarded.length + change.mixed.length + change.rebuilt.length > 0 ? change : undefined;
}

/** What stores of a workflow hold was made by; folders from before this was noted tell by their last plan. */
function recorded(sql: Statements, dag: string): Map<string, StoreIdentity> {
  const rows = sql("SELECT identity FROM store_identities WHERE store > ? AND store < ?").all(`${dag}.`, `${dag}/`);
  const found = rows.map((row) => JSON.parse(String(row.identity)) as StoreIdentity);
  const last = found.length > 0 ? undefined : sql("SELECT plan FROM plans WHERE dag = ?").get(dag);
  const all = last === undefined ? found : storeIdentities(JSON.parse(String(last.plan)) as Plan);
  return new Map(all.map((identity) => [identity.store, identity]));
}

function discard(sql: Statements, names: Names, store: string): void {
  const id = names.id(store);
  sql("DELETE FROM state WHERE store IN (?, ?)").run(id, names.id(`${store}~time`));
  sql("DELETE FROM timers WHERE node = ?").run(id);
  // nothing of it is open any more
  sql(
    "UPDATE counters SET body = json_set(body, '$.closed', json_extract(body, '$.opened'), '$.incomplete', 0) WHERE node = ?",
  ).run(id);
}
