/** Where the counts of barcodes, sorted, fall off: between cells and empty droplets. */
export interface Knee {
  /** Counts at the knee: where the curve bends down. */
  knee: number;
  /** Counts at the inflection: where it falls fastest. */
  inflection: number;
}

/** One step of the curve of counts by rank: all barcodes with these counts. */
export interface RankStep {
  /** Mean rank of the barcodes, from 1. */
  rank: number;
  counts: number;
  barcodes: number;
}

/** Counts by rank, largest first, equal counts as one step at their mean rank; barcodes without counts are left out. */
export function rankSteps(counts: Float64Array): RankStep[] {
  const sorted = Float64Array.from(counts).sort();
  const steps: RankStep[] = [];
  for (let end = sorted.length; end > 0 && sorted[end - 1]! > 0; ) {
    const value = sorted[end - 1]!;
    let start = end;
    while (start > 0 && sorted[start - 1] === value) start--;
    const before = sorted.length - end;
    steps.push({ rank: before + (end - start + 1) / 2, counts: value, barcodes: end - start });
    end = start;
  }
  return steps;
}

/**
 * Knee and inflection of the curve of log10 counts over log10 rank, as DropletUtils' `barcodeRanks` finds them (Lun et al. 2019, Genome
 * Biology 20:63): the inflection is the step of the steepest descent, the knee the point farthest above the straight line from the
 * flattest step before it.
 * @param lower counts up to this are background. Default 100
 * @param skipped barcodes of the highest ranks that are left out of the search. Default 50
 * @returns undefined when fewer than three steps are above `lower`, or nothing bends
 */
export function findKnee(steps: readonly RankStep[], lower = 100, skipped = 50): Knee | undefined {
  const kept = steps.filter((step) => step.counts > lower);
  if (kept.length < 3) return undefined;
  const x = kept.map((step) => Math.log10(step.rank));
  const y = kept.map((step) => Math.log10(step.counts));
  const slopes = kept.slice(1).map((_, i) => (y[i + 1]! - y[i]!) / (x[i + 1]! - x[i]!));
  const skip = Math.min(slopes.length - 1, kept.filter((step) => step.rank <= skipped).length);
  let right = skip;
  for (let i = skip; i < slopes.length; i++) if (slopes[i]! < slopes[right]!) right = i;
  let left = skip;
  for (let i = skip; i <= right; i++) if (slopes[i]! > slopes[left]!) left = i;
  const inflection = kept[right]!.counts;
  if (right - left < 2) return { knee: inflection, inflection };
  const gradient = (y[right]! - y[left]!) / (x[right]! - x[left]!);
  const height = (i: number): number => y[i]! - y[left]! - gradient * (x[i]! - x[left]!);
  let bend = left;
  for (let i = left; i <= right; i++) if (height(i) > height(bend)) bend = i;
  return { knee: kept[bend]!.counts, inflection };
}
