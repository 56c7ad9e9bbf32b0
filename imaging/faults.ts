import type { Finding } from "./fault-finding.ts";
import { plateReferences, type SiteEvidence } from "./fault-reference.ts";
import {
  bubbleRule,
  deadLampRule,
  debrisRule,
  defocusRule,
  emptyWellRule,
  type Judged,
  saturationRule,
  swapRule,
} from "./fault-rules.ts";

export interface FaultContext {
  /** Channel of the nuclear stain. Default: the channel whose name says DNA, DAPI, Hoechst, DRAQ or nuclei, if there is one. */
  nuclearChannel?: string;
}

const NUCLEAR = /dna|dapi|hoechst|draq|nucle/i;

/**
 * Finds the faults of imaged sites from their evidence. Give it all sites known so far, of one experiment: a plate may be half imaged.
 *
 * Saturation, debris in the nuclear channel and sites without any cell are seen in a single site. Loss of focus, a dead lamp, swapped
 * channels, bubbles and wells with hardly any cells are judged against the other sites, and found once a dozen are known.
 *
 * A site that has no cells is called empty and nothing else; a channel that is dark or swapped is not judged further; blur under a bubble or
 * beside debris belongs to those. Robust z-scores keep up to 40 % faulty sites from hiding each other.
 * Rules and thresholds: fault-rules.ts.
 */
export function detectFaults(sites: readonly SiteEvidence[], context: FaultContext = {}): Finding[] {
  const references = new Map(
    [...new Set(sites.map(({ plate }) => plate))].map((plate) => [plate, plateReferences(sites, plate)] as const),
  );
  return sites.flatMap((site) => {
    const { own, all } = references.get(site.plate)!;
    const channels = Object.keys(site.quality);
    const nuclear = context.nuclearChannel ?? channels.find((channel) => NUCLEAR.test(channel));
    return judge({ site, channels, own, all, ...(nuclear === undefined ? {} : { nuclear }) });
  });
}

function judge(view: Judged): Finding[] {
  const { plate, well, site } = view.site;
  const place = { plate, well, site };
  const empty = emptyWellRule(view);
  if (empty !== undefined) return [{ ...place, ...empty }];

  const dark = deadLampRule(view);
  const swapped = swapRule(view, without(view.channels, dark));
  const judgeable = without(view.channels, [...dark, ...swapped]);
  const saturated = saturationRule(view, judgeable);
  const clear = without(judgeable, saturated);
  const debris = debrisRule(view, clear);
  const bubble = bubbleRule(view);
  const blurred = debris.length > 0 || bubble.length > 0 ? [] : defocusRule(view, clear);
  return [...dark, ...swapped, ...saturated, ...debris, ...bubble, ...blurred].map((fault) => ({ ...place, ...fault }));
}

function without(
  channels: readonly string[],
  faults: readonly { channel?: string; otherChannel?: string }[],
): readonly string[] {
  const taken = new Set(faults.flatMap(({ channel, otherChannel }) => [channel, otherChannel]));
  return channels.filter((channel) => !taken.has(channel));
}
