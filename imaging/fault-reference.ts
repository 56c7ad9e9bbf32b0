/** What is known of one imaged site: image quality by channel, artefact evidence, and how many nuclei were found. */
export interface SiteEvidence {
  readonly plate: string;
  readonly well: string;
  readonly site: number;
  /** For each channel, what measureImageQuality gives. */
  readonly quality: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** What measureArtefacts gives for the same channels. */
  readonly artefacts: Readonly<Record<string, number>>;
  /** Nuclei in the site; left out when they were not counted. */
  readonly objectCount?: number;
}

/** The usual value of a measure and how far sites stray from it. */
export interface Usual {
  readonly median: number;
  /** Median absolute deviation times 1.4826: a standard deviation that outliers do not move. */
  readonly spread: number;
  /** Value that 95 % of the sites stay below. */
  readonly high: number;
}

/** Gives the usual value of a measure; undefined when too few sites are known. */
export type Reference = (name: string, measure: (site: SiteEvidence) => number | undefined) => Usual | undefined;

/** Sites that a plate needs before it is judged by itself. */
export const PLATE_SITES = 24;
/** Sites that are needed to say what is usual at all. */
export const ENOUGH_SITES = 12;

/**
 * References for the sites of one plate. Staining and exposure differ between plates, so brightness is compared on the plate as soon as
 * PLATE_SITES of its sites are known; sharpness belongs to the microscope and is always compared over all plates, so that a plate that
 * starts out of focus is seen at once.
 */
export function plateReferences(sites: readonly SiteEvidence[], plate: string): { own: Reference; all: Reference } {
  const ofPlate = sites.filter((site) => site.plate === plate);
  const all = reference(sites);
  return { own: ofPlate.length >= PLATE_SITES ? reference(ofPlate) : all, all };
}

function reference(sites: readonly SiteEvidence[]): Reference {
  const known = new Map<string, Usual | undefined>();
  return (name, measure) => {
    if (!known.has(name)) known.set(name, usualOf(sites.map(measure)));
    return known.get(name);
  };
}

function usualOf(found: readonly (number | undefined)[]): Usual | undefined {
  const values = found
    .filter((value) => value !== undefined && Number.isFinite(value))
    .sort((a, b) => a! - b!) as number[];
  if (values.length < ENOUGH_SITES) return undefined;
  const median = middle(values);
  const spread = 1.4826 * middle(values.map((value) => Math.abs(value - median)).sort((a, b) => a - b));
  return { median, spread, high: values[Math.floor(0.95 * (values.length - 1))]! };
}

function middle(sorted: readonly number[]): number {
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}
