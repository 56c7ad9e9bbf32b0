import { alignFigures } from "./editing-align.ts";
import { analysisFigures } from "./editing-analysis.ts";
import { readsFigures } from "./editing-reads.ts";
import type { Benchmark } from "./figure.ts";

/** Amplicon reads to edits; each measurement stands in a file of its own. */
const editing: Benchmark = {
  name: "editing",
  run: async (options) => {
    const measurements = [alignFigures, readsFigures, analysisFigures];
    const figures = [];
    for (const measure of measurements) figures.push(...(await measure(options)));
    return figures;
  },
};
export default editing;
