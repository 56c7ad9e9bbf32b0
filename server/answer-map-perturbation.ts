import { askNeighbours, type Lease, rowsTold, trustOf } from "@artesian/maps";
import type * as api from "./api.ts";
import { now, type ServerContext } from "./context.ts";
import { answeredBy, mapsOf, neighbourTold } from "./map-requests.ts";

/** What the version served of every group knows of a perturbation: its rows, whether it is trusted, nearest rows; groups that lack it are left out. */
export async function mapPerturbation(context: ServerContext, name: string): Promise<api.MapPerturbation> {
  const maps = mapsOf(context);
  const groups: api.MapPerturbation["groups"] = [];
  for (const { id } of maps.groups()) {
    const lease = await maps.lease(id);
    try {
      const told = await inGroup(lease, name);
      if (told !== undefined) groups.push(told);
    } finally {
      lease.release();
    }
  }
  return { asked: name, groups, at: now(context) };
}

async function inGroup(lease: Lease, name: string): Promise<api.MapPerturbation["groups"][number] | undefined> {
  const { view } = lease;
  const rows = await rowsTold(view, await view.named(name));
  const whole = rows.filter(({ experiment }) => experiment === null);
  const strongest = whole.toSorted((a, b) => b.strength - a.strength)[0];
  if (strongest === undefined) return undefined;
  const [near, outline] = await Promise.all([askNeighbours(view, strongest.row, { count: 10 }), view.outline()]);
  const { trusted, sentence } = trustOf(outline, strongest.row);
  return {
    by: answeredBy(lease),
    rows: whole,
    similar: near.similar.map(neighbourTold),
    opposite: near.opposite.map(neighbourTold),
    trust: { trusted, sentence },
  };
}
