import { readingFigures } from "./expression-reading.ts";
import { summaryFigures } from "./expression-summary.ts";
import type { Benchmark } from "./figure.ts";

/**
 * Expression matrices: whole summaries beside zcat and scanpy, then reading alone, of growing size and of other formats, beside zcat and
 * h5py.
 */
const expression: Benchmark = {
  name: "expression",
  async run({ quick }) {
    return [...(await summaryFigures({ quick })), ...(await readingFigures({ quick }))];
  },
};
export default expression;
