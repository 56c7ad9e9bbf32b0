import type { Benchmark } from "./figure.ts";
import { mapsQueries } from "./maps-queries.ts";

/** Questions over a perturbation group in memory, beside numpy and scipy. */
const mapsQuestions: Benchmark = {
  name: "maps-questions",
  run: mapsQueries,
};
export default mapsQuestions;
