import type { Benchmark } from "./figure.ts";
import { profilingIngest } from "./profiling-ingest.ts";
import { recipeFigures } from "./profiling-recipe.ts";
import { profilingSelect } from "./profiling-select.ts";

/** CellProfiler's tables to profiles, against cytominer-database, CytoTable and pycytominer. */
const profiling: Benchmark = {
  name: "profiling",
  run: async (options) => [
    ...(await profilingIngest(options)),
    ...(await recipeFigures(options)),
    ...profilingSelect(options),
  ],
};
export default profiling;
