import type { Benchmark } from "./figure.ts";
import { mapsQueries } from "./maps-queries.ts";

/** Questions over a perturbation group in memory, beside numpy and scipy. */
const maps: Benchmark = {
  name: "maps",
  run: mapsQueries,
};
export default maps;
