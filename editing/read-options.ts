import { ReadOptionError } from "./errors.ts";
import type { MergeOptions } from "./merge-pairs.ts";
import type { ReadFilter } from "./read-filter.ts";
import type { UmiPlan } from "./umi.ts";

/** Least and most of each number that reading takes, and whether it is whole. */
const ranges: Readonly<Record<string, readonly [least: number, most: number, whole: boolean]>> = {
  "filter.minMeanQuality": [0, 93, false],
  "filter.minBaseQuality": [0, 93, true],
  "filter.maskBelow": [0, 94, true],
  "filter.minLength": [1, 2 ** 23, true],
  "merge.minOverlap": [1, 2 ** 23, true],
  "merge.maxMismatchShare": [0, 1, false],
  "merge.maxChance": [Number.MIN_VALUE, Number.MAX_VALUE, false],
  "merge.maxQuality": [2, 93, true],
  "umi.minReads": [1, 2 ** 32 - 1, true],
};

/** @throws ReadOptionError (editing/read-option) on a number that is out of its range */
export function checkReadOptions(options: { filter?: ReadFilter; merge?: MergeOptions; umi?: UmiPlan }): void {
  const given = {
    ...named("filter", options.filter),
    ...named("merge", options.merge),
    ...named("umi", { minReads: options.umi?.minReads }),
  };
  for (const [option, value] of Object.entries(given)) {
    const range = ranges[option];
    if (value === undefined || range === undefined) continue;
    const [least, most, whole] = range;
    if (typeof value !== "number" || !(value >= least && value <= most) || (whole && !Number.isInteger(value)))
      throw new ReadOptionError(option, value, `${whole ? "a whole number" : "a number"} from ${least} to ${most}`);
  }
}

function named(group: string, options: object = {}): Record<string, unknown> {
  return Object.fromEntries(Object.entries(options).map(([name, value]) => [`${group}.${name}`, value]));
}
