import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { gunzipSync } from "node:zlib";
import { readCsv } from "@artesian/data";
import { beforeAll, describe, expect, it } from "vitest";
import { type FeatureFamily, type FeatureTable, featureFamilies, measureObjects } from "./features.ts";
import { type Labels, labelsFrom, objectPixels } from "./labels.ts";
import { channelPairs, colocalizationNames, measureColocalization } from "./measure-correlation.ts";
import { type Plane, planeScale } from "./plane.ts";
import { readPlane } from "./read-plane.ts";

const folder = new URL("../../shared/data/imaging/", import.meta.url);
const present = existsSync(new URL("golden/", folder));
const phenix = (channel: number) => `cellpainting6_BR00143976_C03f03/r03c03f03p01-ch${channel}sk1fk1fl1.tiff`;

/** Reference tables of cp_measure and centrosome, and the images they were made from. */
const sets: Record<string, Record<string, string>> = {
  pediatric_C03_f03: {
    DNA: phenix(5),
    ER: phenix(2),
    AGP: phenix(3),
    Mito: phenix(4),
    RNA: phenix(6),
    Brightfield: phenix(1),
  },
  nf1_B7_s3: {
    DAPI: "nf1_plate2/B7_01_1_3_DAPI_001.tif",
    GFP: "nf1_plate2/B7_01_2_3_GFP_001.tif",
    RFP: "nf1_plate2/B7_01_3_3_RFP_001.tif",
  },
  sbs_D05: { Channel1: "sbs96_AtoD/Channel1-41-D-05.png", Channel2: "sbs96_AtoD/Channel2-41-D-05.png" },
};

/** Largest relative difference; below `floor` a value counts as zero. Rounding, not formulas, decides what is smaller. */
const relative = 1e-6;
const floor = 1e-9;

describe.skipIf(!present)(
  `object features equal cp_measure's${present ? "" : " (SKIPPED: shared/data is absent)"}`,
  () => {
    for (const [set, files] of Object.entries(sets)) {
      describe(set, () => {
        let channels: { name: string; plane: Plane }[];
        let labels: Labels;
        let reference: Map<string, Float64Array>;
        let rows: number;

        beforeAll(async () => {
          const bytes = (name: string) => readFile(new URL(name, folder));
          channels = await Promise.all(
            Object.entries(files).map(async ([name, file]) => ({ name, plane: await readPlane(await bytes(file)) })),
          );
          const picture = await readPlane(await bytes(`golden/${set}_nuclei_labels.png`));
          labels = labelsFrom(picture.data, picture.width, picture.height);
          const table = readCsv(gunzipSync(await bytes(`golden/${set}_nuclei_features.csv.gz`)).toString());
          rows = table.rowCount;
          reference = new Map();
          for (const column of table.columns) if (column.kind === "number") reference.set(column.name, column.values);
        });

        const compare = (table: Pick<FeatureTable, "names" | "values">, leaveOut: RegExp) => {
          const names = channels.map(({ name }) => name);
          let compared = 0;
          const different: string[] = [];
          table.names.forEach((name, f) => {
            const expected = reference.get(referenceName(name, names));
            if (expected === undefined) {
              if (!leaveOut.test(name)) different.push(`${name} has no reference`);
              return;
            }
            for (let k = 0; k < rows; k++) {
              const found = table.values[k * table.names.length + f]!;
              const wanted = expected[k]!;
              compared++;
              if (Number.isNaN(found) && Number.isNaN(wanted)) continue;
              const difference = Math.abs(found - wanted);
              if (!(difference <= Math.max(floor, relative * Math.abs(wanted)))) {
                different.push(`${name} of object ${k + 1}: ${found}, expected ${wanted}`);
              }
            }
          });
          expect(different).toEqual([]);
          expect(compared).toBeGreaterThan(rows);
        };

        const families: [FeatureFamily, RegExp][] = featureFamilies
          .filter((family) => family !== "colocalization" && family !== "neighbors")
          .map((family) => [family, /^$/]);
        it.each(families)("%s", (family, leaveOut) => {
          compare(measureObjects({ channels, labels, families: [family] }), leaveOut);
        });

        it("colocalization (the reference searched Costes' threshold in one step of intensity 1)", () => {
          const names = colocalizationNames(channels.map(({ name }) => name));
          const values = new Float64Array(labels.count * names.length);
          measureColocalization(
            {
              labels,
              pixels: objectPixels(labels),
              channels: channels.map(({ name, plane }) => ({ name, plane, scale: planeScale(plane) })),
            },
            { values, stride: names.length, offset: 0 },
            1,
          );
          compare({ names, values }, /^Correlation_(Overlap|K)_/);
        });
      });
    }
  },
);

/** CellProfiler's name to the one in the reference table. */
function referenceName(name: string, channels: string[]): string {
  for (const [a, b] of channelPairs(channels)) {
    for (const kind of ["Manders", "RWC", "Costes"]) {
      if (name === `Correlation_${kind}_${a}_${b}`) return `Correlation_${kind}_1_${a}_${b}`;
      if (name === `Correlation_${kind}_${b}_${a}`) return `Correlation_${kind}_2_${a}_${b}`;
    }
  }
  const texture = /^Texture_([A-Za-z0-9]+)_(\w+)_(3_0\d_256)$/.exec(name);
  if (texture) return `${texture[1]}_${texture[3]}_${texture[2]}`;
  const ring = /^RadialDistribution_(FracAtD|MeanFrac|RadialCV)_(\w+)_(\dof4)$/.exec(name);
  if (ring) return `RadialDistribution_${ring[1]}_${ring[3]}_${ring[2]}`;
  return name.replace(/^AreaShape_/, "").replace("Correlation_Correlation_", "Correlation_Pearson_");
}
