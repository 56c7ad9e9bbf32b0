import { measureObjects } from "./features.ts";
import type { Plane } from "./plane.ts";
import { segmentNuclei } from "./segment-nuclei.ts";

/** How much a channel looks like a nuclear stain. */
export interface NuclearLikeness {
  channel: string;
  /** Objects found in it, over all sites. */
  objects: number;
  /** Median form factor 4π·area/perimeter² of these objects; NaN without any. */
  formFactor: number;
}

/**
 * Which channel shows nuclei, when no name says so: segmented as if it did, a nuclear stain gives about as many objects as any channel,
 * and the roundest. Cell bodies and organelles give lobed, merged or few objects; brightfield gives none.
 * @param sites each site's planes by channel; two or three sites are enough
 * @returns channels with at least half as many objects as the richest, roundest first, then the others; none when there are no objects
 */
export function guessNuclei(sites: readonly { channel: string; plane: Plane }[][]): NuclearLikeness[] {
  const formFactors = new Map<string, number[]>();
  for (const site of sites) {
    for (const { channel, plane } of site) {
      const labels = segmentNuclei(plane);
      const table = measureObjects({ channels: [], labels, families: ["shape"] });
      const column = table.names.indexOf("AreaShape_FormFactor");
      const values = Array.from(
        { length: labels.count },
        (_, object) => table.values[object * table.names.length + column]!,
      );
      formFactors.set(channel, [...(formFactors.get(channel) ?? []), ...values.filter(Number.isFinite)]);
    }
  }
  const found = [...formFactors].map(([channel, values]) => ({
    channel,
    objects: values.length,
    formFactor: median(values),
  }));
  const enough = Math.max(...found.map(({ objects }) => objects)) / 2;
  if (!(enough > 0)) return [];
  const rank = (one: NuclearLikeness): number => (one.objects >= enough ? one.formFactor : -1);
  return found.sort((a, b) => rank(b) - rank(a));
}

function median(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
