import type { Finding } from "./fault-finding.ts";
import type { Reference, SiteEvidence, Usual } from "./fault-reference.ts";

/** A site with what it is compared with. */
export interface Judged {
  readonly site: SiteEvidence;
  readonly channels: readonly string[];
  /** Channel of the nuclear stain, when known. */
  readonly nuclear?: string;
  /** Reference of the site's own plate. */
  readonly own: Reference;
  /** Reference over all plates. */
  readonly all: Reference;
}

/** A finding before its place is written on it. */
export type Fault = Omit<Finding, "plate" | "well" | "site">;

const artefact = (view: Judged, name: string): number => view.site.artefacts[name] ?? Number.NaN;
const usualArtefact = (view: Judged, name: string): Usual | undefined => view.own(name, (site) => site.artefacts[name]);
const percent = (share: number): string => `${(100 * share).toPrecision(2)} %`;

/** No cells: at least half of the channels are covered to less than a tenth of what is usual, and at most a tenth of the usual nuclei. */
export function emptyWellRule(view: Judged): Fault | undefined {
  const bare = view.channels.filter((channel) => {
    const usual = usualArtefact(view, `Coverage_${channel}`);
    return artefact(view, `Coverage_${channel}`) <= 0.1 * (usual?.median ?? 0);
  });
  const share = bare.length / view.channels.length;
  if (share < 0.5) return undefined;
  const { objectCount } = view.site;
  const count = view.own("objectCount", (site) => site.objectCount);
  if (objectCount !== undefined && objectCount > Math.max(1, 0.1 * (count?.median ?? 0))) return undefined;
  const nuclei =
    objectCount === undefined
      ? ""
      : `; ${objectCount} ${objectCount === 1 ? "nucleus" : "nuclei"}${count === undefined ? "" : `, usual are ${Math.round(count.median)}`}`;
  return {
    label: "empty-well",
    score: share,
    threshold: 0.5,
    reason: `No cells are seen in ${bare.length} of ${view.channels.length} channels${nuclei}.`,
  };
}

/** A dark channel: no signal over the noise and less than a twentieth of the usual signal, while other channels show cells. */
export function deadLampRule(view: Judged): Fault[] {
  return view.channels.flatMap((channel): Fault[] => {
    const usual = usualArtefact(view, `Signal_${channel}`);
    const covered = usualArtefact(view, `Coverage_${channel}`);
    if (usual === undefined || covered === undefined || covered.median === 0) return [];
    const score = artefact(view, `Signal_${channel}`) / usual.median;
    if (score >= 0.05) return [];
    return [
      {
        label: "dead-lamp",
        channel,
        score,
        threshold: 0.05,
        reason: `${channel} is dark: its signal is ${percent(score)} of the plate's usual one, while other channels show cells.`,
      },
    ];
  });
}

/** Measures by which channels are told apart, with the least spread that counts. All but the slope are compared as logarithms. */
const FACES = [
  { name: "Background", least: 0.02 },
  { name: "Signal", least: 0.15 },
  { name: "Coverage", least: 0.15 },
  { name: "PowerLogLogSlope", least: 0.12 },
] as const;

function face(site: SiteEvidence, channel: string, name: (typeof FACES)[number]["name"]): number | undefined {
  if (name === "PowerLogLogSlope") return site.quality[channel]?.PowerLogLogSlope;
  const value = site.artefacts[`${name}_${channel}`];
  return value === undefined ? undefined : Math.log(Math.max(1e-6, value));
}

/** Mean squared deviation of what is in one channel from what is usual in another, in spreads, each term at most 400. */
function strangeness(view: Judged, found: string, expected: string): number | undefined {
  let sum = 0;
  for (const { name, least } of FACES) {
    const usual = view.own(`face ${name} ${expected}`, (site) => face(site, expected, name));
    const value = face(view.site, found, name);
    if (usual === undefined || value === undefined) return undefined;
    sum += Math.min(400, ((value - usual.median) / Math.max(least, usual.spread)) ** 2);
  }
  return sum / FACES.length;
}

/**
 * Two channels that both look wrong (mean squared deviation over 16) and, exchanged, look right (at most a quarter of that). Stains that
 * look alike in brightness, background, coverage and detail, as ER and RNA do, cannot be told apart so.
 */
export function swapRule(view: Judged, channels: readonly string[]): Fault[] {
  const candidates: (Fault & { channel: string; otherChannel: string })[] = [];
  for (const [i, a] of channels.entries()) {
    for (const b of channels.slice(i + 1)) {
      const [aa, bb, ab, ba] = [
        strangeness(view, a, a),
        strangeness(view, b, b),
        strangeness(view, a, b),
        strangeness(view, b, a),
      ];
      if (aa === undefined || bb === undefined || ab === undefined || ba === undefined) continue;
      const score = (ab + ba) / (aa + bb);
      if (Math.min(aa, bb) < 16 || score > 0.25) continue;
      candidates.push({
        label: "channel-swap",
        channel: a,
        otherChannel: b,
        score,
        threshold: 0.25,
        reason: `${a} and ${b} look exchanged: each looks like the plate's other channel in brightness, background, coverage and detail.`,
      });
    }
  }
  candidates.sort((x, y) => x.score - y.score);
  const used = new Set<string>();
  return candidates.filter(({ channel, otherChannel }) => {
    if (used.has(channel) || used.has(otherChannel)) return false;
    used.add(channel).add(otherChannel);
    return true;
  });
}

/** Pixels at the sensor's ceiling: 0.02 % of the plane or more, and five times the plate's usual share. */
export function saturationRule(view: Judged, channels: readonly string[]): Fault[] {
  return channels.flatMap((channel): Fault[] => {
    const quality = view.site.quality[channel];
    const score = quality?.PercentSaturated ?? 0;
    const usual = view.own(`PercentSaturated ${channel}`, (site) => site.quality[channel]?.PercentSaturated);
    const threshold = Math.max(0.02, 5 * (usual?.median ?? 0));
    if (score < threshold) return [];
    const pixels = Math.round(quality?.SaturatedPixels ?? 0).toLocaleString("en");
    return [
      {
        label: "saturation",
        channel,
        score,
        threshold,
        reason: `${pixels} pixels of ${channel} (${score.toPrecision(2)} %) are at the sensor's ceiling: their true brightness is lost.`,
      },
    ];
  });
}

/**
 * A bright region too large to be a cell part. In the nuclear channel: 0.5 % of the site or more, five typical nuclei, three times the
 * plate's usual largest. In any channel: three times as large and 1.8 times as bright as 95 % of the plate's largest regions.
 */
export function debrisRule(view: Judged, channels: readonly string[]): Fault[] {
  const found = channels.flatMap((channel): Fault[] => {
    const largest = artefact(view, `LargestBlob_${channel}`);
    const typical = artefact(view, `TypicalBlob_${channel}`);
    const usual = usualArtefact(view, `LargestBlob_${channel}`);
    const shine = usualArtefact(view, `LargestBlobShine_${channel}`);
    const soft = artefact(view, `LargestBlobEdge_${channel}`) < 0.3;
    const what = soft ? "debris or a blob out of focus" : "debris";
    if (channel === view.nuclear && largest >= 0.005 && largest >= 5 * typical && largest >= 3 * (usual?.median ?? 0)) {
      const times = typical > 0 ? `, ${(largest / typical).toFixed(0)} times a typical nucleus,` : "";
      return [
        {
          label: "debris",
          channel,
          score: largest,
          threshold: Math.max(0.005, 5 * typical, 3 * (usual?.median ?? 0)),
          reason: `A bright region${soft ? " with soft edges" : ""} covers ${percent(largest)} of the site in ${channel}${times} and looks like ${what}.`,
        },
      ];
    }
    if (usual === undefined || shine === undefined || usual.high === 0) return [];
    const size = largest / usual.high;
    if (size < 3 || artefact(view, `LargestBlobShine_${channel}`) < 1.8 * shine.high) return [];
    return [
      {
        label: "debris",
        channel,
        score: size,
        threshold: 3,
        reason: `A region of ${percent(largest)} of the site in ${channel} is larger and brighter than any usual one on this plate: ${what}.`,
      },
    ];
  });
  return found.slice(0, 1);
}

/**
 * A round region, 5 % of the site or more, whose background is below 93 % of the usual one in at least half of the channels; not where
 * the whole plate is shaded so. A gap between crowded cells is dark for its site, but not darker than the usual background.
 */
export function bubbleRule(view: Judged): Fault[] {
  const share = artefact(view, "DarkDisc");
  const roundness = artefact(view, "DarkDiscRoundness");
  const shaded = usualArtefact(view, "DarkDisc")?.median ?? 0;
  const threshold = Math.max(0.05, 2 * shaded + 0.03);
  if (!(share >= threshold) || roundness < 0.7) return [];
  const dark = view.channels.filter((channel) => {
    const usual = usualArtefact(view, `Background_${channel}`);
    return usual !== undefined && artefact(view, `DarkDiscLevel_${channel}`) < 0.93 * usual.median;
  });
  if (2 * dark.length < view.channels.length) return [];
  return [
    {
      label: "bubble",
      score: share,
      threshold,
      reason: `A round region of ${percent(share)} of the site is dark in ${dark.length} of ${view.channels.length} channels at once, as under an air bubble.`,
    },
  ];
}

/**
 * Loss of focus: the slope of the power spectrum falls below its usual value over all plates by 0.6 and by eight spreads. In half of the
 * channels or more the site is out of focus; in fewer, only those channels, and only when the fall is 1 or more.
 */
export function defocusRule(view: Judged, channels: readonly string[]): Fault[] {
  const falls = channels.flatMap((channel) => {
    const usual = view.all(`PowerLogLogSlope ${channel}`, (site) => site.quality[channel]?.PowerLogLogSlope);
    const slope = view.site.quality[channel]?.PowerLogLogSlope;
    if (usual === undefined || slope === undefined) return [];
    return [{ channel, slope, usual, fall: usual.median - slope, threshold: Math.max(0.6, 8 * usual.spread) }];
  });
  const blurred = falls.filter(({ fall, threshold }) => fall >= threshold);
  if (blurred.length === 0) return [];
  const sentence = ({ channel, slope, usual }: (typeof falls)[number]): string =>
    `fine detail is missing; the spectrum's slope is ${slope.toFixed(2)} in ${channel}, usual is ${usual.median.toFixed(2)}`;
  if (2 * blurred.length >= falls.length) {
    const worst = blurred.reduce((most, one) => (one.fall > most.fall ? one : most));
    const where = `${blurred.length} of ${falls.length} channels`;
    return [
      {
        label: "defocus",
        score: worst.fall,
        threshold: worst.threshold,
        reason: `Out of focus in ${where}: ${sentence(worst)}.`,
      },
    ];
  }
  return blurred
    .filter(({ fall }) => fall >= 1)
    .map((one) => ({
      label: "defocus",
      channel: one.channel,
      score: one.fall,
      threshold: Math.max(1, one.threshold),
      reason: `${one.channel} is out of focus: ${sentence(one)}.`,
    }));
}
