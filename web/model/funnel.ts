/** The funnel's settings in an address, and counts that fit an arrow. */
import type { Params } from "./url-state.ts";

/** Settings of the funnel that an address may hold; what is absent has the server's default. */
export const FUNNEL_PARAMS = [
  "between",
  "consistencyP",
  "adjust",
  "units",
  "tails",
  "percent",
  "q",
  "otherArm",
  "novel",
  "doseTau",
  "experiments",
  "experimentPercent",
] as const;

/** The funnel's part of an address, as the server asks for it. */
export const funnelQuery = (params: Params): Record<string, string> =>
  Object.fromEntries(FUNNEL_PARAMS.flatMap((name) => (params[name] === undefined ? [] : [[name, params[name]]])));

/** A count in three digits: 318 k, 2.1 G, 2.2 T. @example shortCount(318_400) // "318 k" */
export function shortCount(count: number): string {
  const step = [
    [1e12, "T"],
    [1e9, "G"],
    [1e6, "M"],
    [1e4, "k"],
  ].find(([least]) => count >= (least as number));
  if (step === undefined) return Math.round(count).toLocaleString("en");
  const [least, letter] = step as [number, string];
  const scaled = count / (least === 1e4 ? 1e3 : least);
  return `${scaled >= 100 ? Math.round(scaled) : scaled.toFixed(1).replace(/\.0$/, "")} ${letter}`;
}
