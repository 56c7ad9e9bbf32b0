const WORDS = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];

/** A count as people write it: words up to nine, then digits with thousands separated. */
export function countWord(count: number): string {
  return WORDS[count] ?? digits(count);
}

/** "1,240" */
export function digits(count: number): string {
  return count.toLocaleString("en-US");
}

/** "one well", "nine wells", "12 wells", "no wells" */
export function counted(count: number, singular: string, plural = `${singular}s`): string {
  return `${countWord(count)} ${count === 1 ? singular : plural}`;
}

/** "C1", "C1 and C5", "C1, C2 and C5" */
export function listed(names: readonly string[]): string {
  if (names.length <= 1) return names[0] ?? "";
  return `${names.slice(0, -1).join(", ")} and ${names[names.length - 1]}`;
}

/** A dose with two significant digits: 0.8, 1.2, 12, 0.034; 10 and above without decimals. */
export function doseText(dose: number): string {
  if (dose === 0) return "0";
  return String(Number(dose.toPrecision(2)));
}

/**
 * An EC50 as people say it: "0.8 µM (0.5–1.2)"; outside the doses "above 10 µM" or "below 0.03 µM"; an open side of the interval is
 * written "< 0.5" or "> 1.2".
 */
export function ec50Text(
  ec50: { value: number; low: number | null; high: number | null; relation: "=" | ">" | "<" },
  unit: string,
): string {
  if (ec50.relation !== "=") return `${ec50.relation === ">" ? "above" : "below"} ${doseText(ec50.value)} ${unit}`;
  const interval =
    ec50.low !== null && ec50.high !== null
      ? ` (${doseText(ec50.low)}–${doseText(ec50.high)})`
      : ec50.high !== null
        ? ` (< ${doseText(ec50.high)})`
        : ec50.low !== null
          ? ` (> ${doseText(ec50.low)})`
          : "";
  return `${doseText(ec50.value)} ${unit}${interval}`;
}

/** "with little side effect" below 0.35 of the healthy–disease distance, "some" below 0.7, else "a strong side effect". */
export function sideEffectText(sideEffect: number | null): string {
  if (sideEffect === null) return "";
  if (sideEffect < SIDE_EFFECT.little) return "with little side effect";
  return sideEffect < SIDE_EFFECT.some ? "with some side effect" : "with a strong side effect";
}

/** Upper limits of the words, in units of the healthy–disease distance. */
export const SIDE_EFFECT = { little: 0.35, some: 0.7 };

/** "Z′ 0.72" */
export function zPrimeText(zPrime: number): string {
  return `Z′ ${zPrime.toFixed(2).replace("-", "−")}`;
}
