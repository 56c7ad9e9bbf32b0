/** Colour ramps. Colour means data: viridis for one-sided scales, blue–white–red for signed ones. */

/** A colour as red, green and blue of 0–255. */
export type Rgb = readonly [number, number, number];

const VIRIDIS: readonly Rgb[] = [
  [68, 1, 84],
  [71, 44, 122],
  [59, 81, 139],
  [44, 113, 142],
  [33, 144, 141],
  [39, 173, 129],
  [92, 200, 99],
  [170, 220, 50],
  [253, 231, 37],
];

/** Blue (opposite) – white (0) – red (similar): ColorBrewer RdBu, reversed. */
const RED_BLUE: readonly Rgb[] = [
  [33, 102, 172],
  [103, 169, 207],
  [209, 229, 240],
  [255, 255, 255],
  [253, 219, 199],
  [239, 138, 98],
  [178, 24, 43],
];

/** Purple (opposite) – white (0) – orange (similar): ColorBrewer PuOr, told apart with any colour vision. */
const ORANGE_PURPLE: readonly Rgb[] = [
  [84, 39, 136],
  [153, 142, 195],
  [216, 218, 235],
  [255, 255, 255],
  [254, 224, 182],
  [241, 163, 64],
  [179, 88, 6],
];

/** The diverging palettes on offer. */
export const DIVERGING = { "red-blue": RED_BLUE, "orange-purple": ORANGE_PURPLE } as const;
/** Name of a diverging palette. */
export type DivergingName = keyof typeof DIVERGING;

/** Interpolates linearly between the stops of a ramp; t outside 0–1 takes the end colour. */
export function rampColor(stops: readonly Rgb[], t: number): Rgb {
  const position = Math.max(0, Math.min(1, t)) * (stops.length - 1);
  const index = Math.min(stops.length - 2, Math.floor(position));
  const fraction = position - index;
  const low = stops[index]!;
  const high = stops[index + 1]!;
  const mix = (k: 0 | 1 | 2): number => Math.round(low[k] + (high[k] - low[k]) * fraction);
  return [mix(0), mix(1), mix(2)];
}

/** CSS text of a colour. */
export const cssColor = (color: Rgb): string => `rgb(${color[0]} ${color[1]} ${color[2]})`;

/** Viridis at t in 0–1. */
export const viridis = (t: number): Rgb => rampColor(VIRIDIS, t);

/** The diverging colour of a value in −1…1. */
export const diverging = (value: number, palette: DivergingName = "red-blue"): Rgb =>
  rampColor(DIVERGING[palette], (value + 1) / 2);

/** Relative luminance of WCAG 2 (0 black – 1 white). */
export function luminance(color: Rgb): number {
  const linear = (channel: number): number => {
    const c = channel / 255;
    return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * linear(color[0]) + 0.7152 * linear(color[1]) + 0.0722 * linear(color[2]);
}

/** Contrast ratio of WCAG 2 between two colours (1–21). */
export function contrast(a: Rgb, b: Rgb): number {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

/** Ink that stays readable on a colour, with a contrast of at least 4.5: near-black, white, or black where neither is enough. */
export function inkOn(color: Rgb): "#111820" | "#000000" | "#ffffff" {
  const light = luminance(color);
  return light > 0.217 ? "#111820" : light > 0.179 ? "#000000" : "#ffffff";
}

/** Stops of a ramp for an SVG gradient, offset in 0–1. */
export function gradientStops(kind: "viridis" | DivergingName): { offset: number; color: string }[] {
  const stops = kind === "viridis" ? VIRIDIS : DIVERGING[kind];
  return stops.map((color, index) => ({ offset: index / (stops.length - 1), color: cssColor(color) }));
}

/** Line colours for compounds and genes in plots; told apart by label too. */
export const SERIES = ["#1971c2", "#c2255c", "#2f9e44", "#e8590c", "#7048e8", "#0c8599", "#a61e4d", "#5c940d"] as const;

/** The colour of series number `index`, repeating after eight. */
export const seriesColor = (index: number): string =>
  SERIES[((index % SERIES.length) + SERIES.length) % SERIES.length]!;

/** CSS variable of a channel's colour by its position in the experiment (0-based). */
export const channelVariable = (index: number): string => `var(--ch-${(index % 6) + 1})`;
