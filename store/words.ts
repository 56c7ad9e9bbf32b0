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

/** "Z′ 0.72" */
export function zPrimeText(zPrime: number): string {
  return `Z′ ${zPrime.toFixed(2).replace("-", "−")}`;
}
