import type { EngineTables } from "./engine-tables.ts";
import { IncompatiblePlanError } from "./errors.ts";
import type { Plan } from "./plan.ts";
import { adoptPlan, type LostState } from "./plan-change.ts";

/**
 * Makes a folder's tables know the topics of plans and holds the plans against the state that is there, within the caller's transaction.
 * @throws IncompatiblePlanError (engine/incompatible-plan) for another number of partitions
 * @throws PlanChangedError (engine/plan-changed) for entries that would be lost, unless they are to be discarded
 */
export function declarePlans(
  { sql, names, log, events }: EngineTables,
  plans: readonly Plan[],
  now: number,
  lostState: LostState,
): void {
  for (const plan of plans) {
    for (const { name, kind, partitions } of plan.topics) {
      if (kind === "repartition") continue;
      const found = log.declare(name, partitions);
      if (found !== partitions)
        throw new IncompatiblePlanError(`Topic "${name}"`, `${found} partitions`, String(partitions));
    }
    const change = adoptPlan(sql, names, plan, lostState);
    if (change !== undefined) events.note("plan-changed", { ...change });
    sql(
      "INSERT INTO plans (dag, sha256, plan, at) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET sha256 = excluded.sha256, plan = excluded.plan, at = excluded.at",
    ).run(plan.dag, plan.sha256, JSON.stringify(plan), now);
  }
}
