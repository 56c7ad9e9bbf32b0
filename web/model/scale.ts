/** Axes: from values to positions and to tick marks. */

/** Maps a value of the domain to a position of the range. */
export type Scale = (value: number) => number;

/** A linear scale; a domain without width maps to the middle of the range. */
export function linearScale(domain: readonly [number, number], range: readonly [number, number]): Scale {
  const width = domain[1] - domain[0];
  if (width === 0) return () => (range[0] + range[1]) / 2;
  return (value) => range[0] + ((value - domain[0]) / width) * (range[1] - range[0]);
}

/** A base-10 logarithmic scale; values must be positive. */
export function logScale(domain: readonly [number, number], range: readonly [number, number]): Scale {
  const inner = linearScale([Math.log10(domain[0]), Math.log10(domain[1])], range);
  return (value) => inner(Math.log10(value));
}

/** About `count` round tick values (1, 2 or 5 × a power of ten) inside the domain. */
export function niceTicks(low: number, high: number, count = 5): number[] {
  if (!(high > low) || !Number.isFinite(high - low)) return [low];
  const rough = (high - low) / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(rough));
  const unit = rough / power;
  const step = power * (unit >= 7.5 ? 10 : unit >= 3.5 ? 5 : unit >= 1.5 ? 2 : 1);
  const ticks: number[] = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + step * 1e-9; k++)
    ticks.push(Number((k * step).toPrecision(12)));
  return ticks;
}

/** Powers of ten inside the domain; with fewer than two of them also 2 and 5 times each. */
export function logTicks(low: number, high: number): number[] {
  const first = Math.floor(Math.log10(low));
  const last = Math.ceil(Math.log10(high));
  const collect = (factors: readonly number[]): number[] => {
    const ticks: number[] = [];
    for (let p = first; p <= last; p++)
      for (const f of factors) {
        const tick = Number((f * 10 ** p).toPrecision(6));
        if (tick >= low * 0.999 && tick <= high * 1.001) ticks.push(tick);
      }
    return ticks;
  };
  const decades = collect([1]);
  return decades.length >= 2 ? decades : collect([1, 2, 5]);
}

/** Smallest interval that holds all finite values, widened by `padding` of its width on both sides. */
export function extent(values: Iterable<number>, padding = 0): [number, number] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (low > high) return [0, 1];
  const margin = (high - low || Math.abs(high) || 1) * padding;
  return [low - margin, high + margin];
}

/** Length of a scale bar in µm: the largest of 1, 2, 5 × 10ⁿ that fits into a share of the view. */
export function scaleBarUm(viewWidthUm: number, share = 0.3): number {
  const limit = viewWidthUm * share;
  if (!(limit > 0)) return 0;
  const power = 10 ** Math.floor(Math.log10(limit));
  const factor = limit / power >= 5 ? 5 : limit / power >= 2 ? 2 : 1;
  return factor * power;
}
