import { rmSync } from "node:fs";
import { folderPlace } from "@artesian/data";
import { afterAll, expect, it } from "vitest";
import { folderOf, imageTable, objectTable } from "./cellprofiler-tables.test-support.ts";
import { collateSettings } from "./collate-options.ts";
import { filePieces } from "./file-pieces.ts";
import { findImageSets } from "./image-sets.ts";
import { groupImages } from "./image-strata.ts";
import { parseImageTable, takeImages } from "./image-table.ts";
import type { StratumResult } from "./ingest-job.ts";
import { ingestSession } from "./ingest-session.ts";
import { readerMemory } from "./object-table.ts";
import { planJobs } from "./plan-jobs.ts";

const settings = collateSettings({ operation: "median" });
const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

/** One folder that holds a whole plate: eight images in four wells, not in the order of wells; a quoted field over two lines. */
async function wholePlate(wholeBytes: number) {
  const wells = ["A01", "B01", "A01", "A02", "B01", "A02", "B02", "A01"];
  const images = wells.map((well, i) =>
    imageTable(i + 1, { well, site: i + 1, cells: 3 })
      .trimEnd()
      .split("\n"),
  );
  const tables = Object.fromEntries(
    ["Cells", "Cytoplasm", "Nuclei"].map((name) => {
      const parts = wells.map((_, i) =>
        objectTable(name, i + 1, 3 + (i % 3))
          .trimEnd()
          .split("\n"),
      );
      const lines = [parts[0]![0]!, ...parts.flatMap(([, ...rest]) => rest), ""];
      return [
        `${name}.csv`,
        lines.map((line, i) => `${line}${line === "" ? "" : i === 0 ? ",Note" : ',"a\nb"'}`).join("\n"),
      ];
    }),
  );
  const folder = folderOf({
    "Image.csv": [images[0]![0]!, ...images.map(([, row]) => row!), ""].join("\n"),
    ...tables,
  });
  folders.push(folder);
  const place = folderPlace(folder);
  const [set] = await findImageSets(place, "", settings.job.compartments, "object.csv");
  const table = takeImages(parseImageTable(await place.read("Image.csv"), "Image.csv"), "Image.csv", settings.image);
  const strata = groupImages([{ name: ".", table }], "all");
  const plan = await planJobs(
    place,
    [{ set: set!, imageNumbers: table.imageNumbers }],
    strata,
    settings.job.compartments,
    { wholeBytes },
  );
  const results: StratumResult[] = [];
  for (const { job, files, strata: own } of plan.jobs) {
    const session = ingestSession(settings.job, job, readerMemory());
    for await (const piece of filePieces(place, files, () => {})) session.take(piece);
    const result = session.finish();
    expect(result.problems).toEqual([]);
    expect(result.nonNumeric.every(({ line }) => line >= 2)).toBe(true);
    result.strata.forEach((stratum, i) => {
      results[own[i]!] = stratum;
    });
  }
  return { jobs: plan.jobs, results };
}

it("reads a plate that is in a few large files well by well, and gives what reading it whole gives", async () => {
  const whole = await wholePlate(2 ** 30);
  const parts = await wholePlate(0);
  expect(whole.jobs).toHaveLength(1);
  expect(parts.jobs).toHaveLength(4);
  expect(parts.results).toEqual(whole.results);
  const ranges = parts.jobs[0]!.files[0]!.ranges!;
  expect(ranges).toHaveLength(4); // the header, and three runs of the first well's images
  expect(ranges[0]!.start).toBe(0);
});
