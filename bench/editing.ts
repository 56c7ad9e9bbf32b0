import { alignFigures } from "./editing-align.ts";
import { analysisFigures } from "./editing-analysis.ts";
import { functionFigures } from "./editing-functions.ts";
import { readsFigures } from "./editing-reads.ts";
import type { Benchmark } from "./figure.ts";

/** Amplicon reads to edits, and the functions that start it; each measurement stands in a file of its own. */
const editing: Benchmark = {
  name: "editing",
  run: async (options) => {
    const measurements = [alignFigures, readsFigures, analysisFigures, functionFigures];
    const figures = [];
    for (const measure of measurements) figures.push(...(await measure(options)));
    return figures;
  },
};
export default editing;
