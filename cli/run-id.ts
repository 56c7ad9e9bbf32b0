const DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/**
 * A new run's identity: ten characters of time and six of chance in Crockford's base 32, so that runs sort by their start.
 * @param now ms since 1970
 * @param random numbers in [0, 1)
 */
export function newRunId(now: number, random: () => number): string {
  let time = "";
  for (let rest = now, i = 0; i < 10; i++, rest = Math.floor(rest / 32)) time = (DIGITS[rest % 32] ?? "0") + time;
  return time + Array.from({ length: 6 }, () => DIGITS[Math.floor(random() * 32)] ?? "0").join("");
}
