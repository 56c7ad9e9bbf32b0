/** Numbers, times and identities as people of the field read them. Pure: the time now is an argument. */

const MISSING = "–";

/** Replaces the hyphen of a negative number by a real minus sign. */
const withMinus = (text: string): string => text.replace(/^-/, "−");

/**
 * A count with thousands separators.
 * @param value any finite number; anything else is shown as missing
 * @example formatCount(24391) // "24,391"
 */
export function formatCount(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return MISSING;
  return withMinus(Math.round(value).toLocaleString("en"));
}

/**
 * A measured number at a fixed number of significant digits, a whole one as it is; never scientific between 1e−4 and 1e6.
 * @example formatNumber(-1.7123) // "−1.71"
 */
export function formatNumber(value: number | null | undefined, digits = 3): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return MISSING;
  if (Number.isInteger(value) && Math.abs(value) < 1e6) return formatCount(value);
  const size = Math.abs(value);
  if (size >= 1e6 || size < 1e-4) return withMinus(value.toExponential(Math.max(0, digits - 1)).replace("e+", "e"));
  if (size >= 10 ** (digits - 1)) return withMinus(Math.round(value).toLocaleString("en"));
  const decimals = Math.max(0, digits - 1 - Math.floor(Math.log10(size)));
  const fixed = value.toFixed(decimals);
  return withMinus(decimals > digits ? fixed.replace(/0+$/, "") : fixed);
}

/** A number with a fixed count of decimals, as in columns that must line up. */
export function formatFixed(value: number | null | undefined, decimals: number): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return MISSING;
  return withMinus(value.toFixed(decimals));
}

/** An interval of whole numbers; with "to" when a minus sign would meet the dash. */
export function formatRange(low: number, high: number): string {
  const [a, b] = [formatCount(low), formatCount(high)];
  return low < 0 || high < 0 ? `${a} to ${b}` : `${a}–${b}`;
}

/** A share (1 = all) as whole percent. */
export function formatPercent(share: number | null | undefined): string {
  if (share === null || share === undefined || !Number.isFinite(share)) return MISSING;
  return `${withMinus(String(Math.round(share * 100)))} %`;
}

/**
 * A dose in the unit that keeps it readable.
 * @param doseUm µM
 * @example formatDose(0.03) // "30 nM"
 */
export function formatDose(doseUm: number | null | undefined): string {
  if (doseUm === null || doseUm === undefined || !Number.isFinite(doseUm)) return MISSING;
  if (doseUm === 0) return "0 µM";
  const size = Math.abs(doseUm);
  if (size < 0.1) return `${trim(doseUm * 1000)} nM`;
  if (size >= 1000) return `${trim(doseUm / 1000)} mM`;
  return `${trim(doseUm)} µM`;
}

/**
 * An estimated dose with its interval, one unit for all three.
 * @param valueUm estimate in µM @param interval lower and upper bound in µM
 * @example formatInterval(0.8, [0.5, 1.2]) // "0.8 µM (0.5–1.2)"
 */
export function formatInterval(
  valueUm: number | null | undefined,
  interval?: readonly [number | null, number | null] | null,
): string {
  if (valueUm === null || valueUm === undefined || !Number.isFinite(valueUm)) return MISSING;
  const nano = Math.abs(valueUm) < 0.1 && valueUm !== 0;
  const milli = Math.abs(valueUm) >= 1000;
  const factor = nano ? 1000 : milli ? 0.001 : 1;
  const unit = nano ? "nM" : milli ? "mM" : "µM";
  const centre = `${trim(valueUm * factor)} ${unit}`;
  if (!interval) return centre;
  const [low, high] = interval;
  const bound = (x: number | null, open: string): string =>
    x === null || !Number.isFinite(x) ? open : trim(x * factor);
  return `${centre} (${bound(low, "0")}–${bound(high, "∞")})`;
}

function trim(value: number): string {
  return withMinus(String(Number(value.toPrecision(2))));
}

/** How long ago, in the largest unit that says enough. */
export function formatAge(ageMs: number | null | undefined): string {
  if (ageMs === null || ageMs === undefined || !Number.isFinite(ageMs)) return MISSING;
  const seconds = Math.max(0, Math.round(ageMs / 1000));
  if (seconds < 5) return "now";
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.round(minutes / 60);
  return hours < 48 ? `${hours} h` : `${Math.round(hours / 24)} d`;
}

/** A duration in the form "1 m 12 s"; below a second in milliseconds. */
export function formatDuration(ms: number | null | undefined): string {
  if (ms === null || ms === undefined || !Number.isFinite(ms)) return MISSING;
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 10_000) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} m ${String(seconds % 60).padStart(2, "0")} s`;
  return `${Math.floor(seconds / 3600)} h ${String(Math.floor((seconds % 3600) / 60)).padStart(2, "0")} m`;
}

/** A rate per second; slow rates are told per minute so that they do not read as zero. */
export function formatRate(perSecond: number | null | undefined): string {
  if (perSecond === null || perSecond === undefined || !Number.isFinite(perSecond) || perSecond <= 0) return "";
  if (perSecond >= 10) return `${formatCount(perSecond)}/s`;
  if (perSecond >= 0.5) return `${formatNumber(perSecond, 2)}/s`;
  return `${formatNumber(perSecond * 60, 2)}/min`;
}

/** Bytes in the largest unit that keeps three digits. */
export function formatBytes(bytes: number | null | undefined): string {
  if (bytes === null || bytes === undefined || !Number.isFinite(bytes)) return MISSING;
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 ? value : formatNumber(value)} ${units[unit]}`;
}

/** Done of expected, as "4 / 6"; without an expectation only what is done. */
export function formatProgress(done: number, expected: number | null | undefined): string {
  return expected === null || expected === undefined
    ? formatCount(done)
    : `${formatCount(done)} / ${formatCount(expected)}`;
}

/** "1 plate", "3 plates". */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

/** Clock time of a moment in the reader's zone, "14:52" (or with seconds). */
export function formatClock(moment: number | string | Date, seconds = false): string {
  const date = new Date(moment);
  if (Number.isNaN(date.getTime())) return MISSING;
  const two = (n: number): string => String(n).padStart(2, "0");
  return `${two(date.getHours())}:${two(date.getMinutes())}${seconds ? `:${two(date.getSeconds())}` : ""}`;
}

/** Day and clock, "2026-11-22 14:52". */
export function formatMoment(moment: number | string | Date | null | undefined): string {
  if (moment === null || moment === undefined) return MISSING;
  const date = new Date(moment);
  if (Number.isNaN(date.getTime())) return MISSING;
  const two = (n: number): string => String(n).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${formatClock(date)}`;
}
