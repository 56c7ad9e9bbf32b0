import { randomUUID } from "node:crypto";
import { canonicalJson } from "@artesian/data/hash.ts";
import { PlanChangedError } from "../errors.ts";
import type { Plan } from "../plan.ts";
import { fateOf, type StoreIdentity, storeIdentities } from "../store-identity.ts";
import type { Broker } from "./broker.ts";
import type { Layout } from "./layout.ts";
import { objectOf } from "./wire-record.ts";

/**
 * Holds a plan against what made the state that its deployment has on Kafka, and notes what makes it from now on: workers go on with entries
 * only where what determines them is what it was. Called before a worker joins, with the deployment's topics there.
 * @throws PlanChangedError (engine/plan-changed) for entries that would be mixed with others of another kind
 */
export async function holdStores(broker: Broker, layout: Layout, plan: Plan, now: number): Promise<void> {
  const place = { topic: layout.deployment, partition: 0 };
  const known = await notedStores(broker, place);
  const stores = storeIdentities(plan);
  const lost = stores.flatMap((store) => {
    const before = known.get(store.store);
    const fate = before === undefined ? undefined : fateOf(before, store, true);
    return fate?.fate === "lost" ? [{ store: store.store, ...fate }] : [];
  });
  if (lost.length > 0) throw new PlanChangedError(plan.dag, lost, "kafka");
  const changed = stores.filter((store) => canonicalJson(known.get(store.store) ?? null) !== canonicalJson(store));
  if (changed.length === 0) return;
  // should it be the topic's first record, it says which deployment this is, too
  const note = { id: randomUUID(), code: {}, at: now, stores: changed };
  await broker.append([{ ...place, records: [{ key: note.id, value: JSON.stringify(note), timestamp: now }] }]);
}

/** What stores were last noted to be made by. */
async function notedStores(
  broker: Broker,
  place: { topic: string; partition: number },
): Promise<Map<string, StoreIdentity>> {
  const known = new Map<string, StoreIdentity>();
  const [start = 0] = await broker.starts([place]);
  const [end = 0] = await broker.ends([place]);
  for (let offset = start; offset < end; ) {
    const read = await broker.readAt({ ...place, offset }, { maxWaitMs: 500, maxBytes: 2 ** 20 });
    if (read.next <= offset) break;
    offset = read.next;
    for (const { value } of read.records) {
      const { stores } = (value === null ? undefined : objectOf(value)) ?? {};
      if (Array.isArray(stores)) for (const store of stores as StoreIdentity[]) known.set(store.store, store);
    }
  }
  return known;
}
