import type { PerturbationNames } from "@artesian/maps";
import type { ServerContext } from "./context.ts";

/** Names that the groups served give a perturbation; undefined when none of them has it. */
export async function knownInMaps({ maps }: ServerContext, id: string): Promise<PerturbationNames | undefined> {
  let known: PerturbationNames | undefined;
  for (const group of maps?.groups() ?? []) {
    const lease = await maps!.lease(group.id).catch(() => undefined);
    // A group that cannot be read says so on the maps' own pages.
    if (lease === undefined) continue;
    try {
      const rows = await lease.view.rowsOf(await lease.view.named(id));
      if (!rows.some(({ perturbation }) => perturbation === id)) continue;
      const names = (await lease.view.names()).get(id);
      if (names !== undefined) return names;
      known ??= {};
    } finally {
      lease.release();
    }
  }
  return known;
}
