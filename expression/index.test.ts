import { expect, it } from "vitest";
import * as expression from "./index.ts";

it("exports these names", () => {
  expect(Object.keys(expression).sort()).toMatchInlineSnapshot(`
    [
      "AxisLengthError",
      "CellOrderError",
      "EntryCountError",
      "EntryIndexError",
      "GeneSelectionError",
      "LoessError",
      "MOST_SPLITS",
      "MatrixLayoutError",
      "MatrixMarketError",
      "MatrixTooLargeError",
      "MissingPartError",
      "NotFiniteError",
      "TextMatrixError",
      "TiedBinsError",
      "UnknownCellColumnError",
      "boxOf",
      "clippedSums",
      "countKept",
      "estimateMemory",
      "findKnee",
      "fitVarianceTrend",
      "geneClasses",
      "geneColumns",
      "geneStatistics",
      "ingest",
      "keepCells",
      "keepGenes",
      "largest",
      "loess",
      "madBounds",
      "meanShares",
      "momentsOf",
      "presets",
      "rankSteps",
      "selectByDispersion",
      "selectByVariance",
      "splitsOf",
      "summariseSource",
    ]
  `);
});
