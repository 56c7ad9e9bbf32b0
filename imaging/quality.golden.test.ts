import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { measureImageQuality } from "./quality.ts";
import { readPlane } from "./read-plane.ts";

const shared = new URL("../../shared/data/imaging/", import.meta.url);
const present = existsSync(shared);
const PARITY = 1e-9;

/**
 * The reference takes Otsu's threshold from float32 log intensities, whose last bit depends on the vector instructions of the machine
 * that made it: near −2 … −4 one bit is 2.4e-7, the mean of two such logs is off by half of that.
 */
const PARITY_OTSU = 2.5e-7;

/** Values of the reference tools that we give under another name, or (the area) not at all. */
const OUR_NAME: Record<string, string | undefined> = { ThresholdOtsu_2W: "ThresholdOtsu", TotalArea: undefined };

async function expectParity(file: string, golden: Record<string, number>): Promise<number> {
  const plane = await readPlane(readFileSync(new URL(file, shared)), { name: file });
  expect(plane.data.length).toBe(golden.TotalArea);
  const quality = measureImageQuality(plane, { scales: [20] });
  let compared = 0;
  for (const [name, expected] of Object.entries(golden)) {
    const ours = name in OUR_NAME ? OUR_NAME[name] : name;
    if (ours === undefined) continue;
    const found = quality[ours] ?? Number.NaN;
    const difference = Math.abs(found - expected) / Math.max(Math.abs(expected), 1e-12);
    expect(difference, `${file} ${name}: ${found}, reference ${expected}`).toBeLessThanOrEqual(
      ours === "ThresholdOtsu" ? PARITY_OTSU : PARITY,
    );
    compared++;
  }
  return compared;
}

function goldenOf(file: string): Record<string, Record<string, number>> {
  const parsed: { image_quality?: Record<string, Record<string, number>> } = JSON.parse(
    readFileSync(new URL(`golden/${file}`, shared), "utf8"),
  );
  return parsed.image_quality ?? JSON.parse(readFileSync(new URL(`golden/${file}`, shared), "utf8"));
}

const sites: readonly { golden: string; files: Record<string, string> }[] = [
  {
    golden: "pediatric_C03_f03_golden.json",
    files: Object.fromEntries(
      ["Brightfield", "ER", "AGP", "Mito", "DNA", "RNA"].map((channel, index) => [
        channel,
        `cellpainting6_BR00143976_C03f03/r03c03f03p01-ch${index + 1}sk1fk1fl1.tiff`,
      ]),
    ),
  },
  {
    golden: "nf1_B7_s3_golden.json",
    files: {
      DAPI: "nf1_plate2/B7_01_1_3_DAPI_001.tif",
      GFP: "nf1_plate2/B7_01_2_3_GFP_001.tif",
      RFP: "nf1_plate2/B7_01_3_3_RFP_001.tif",
    },
  },
  {
    golden: "sbs_D05_golden.json",
    files: { Channel1: "sbs96_AtoD/Channel1-41-D-05.png", Channel2: "sbs96_AtoD/Channel2-41-D-05.png" },
  },
];

describe.skipIf(!present)(
  present
    ? "image quality of real planes, against float64 reference values of CellProfiler's formulas"
    : "image quality parity SKIPPED: the shared reference data are not beside this repository",
  () => {
    for (const site of sites) {
      test(`every metric of every channel agrees to ${PARITY} relative (Otsu: to float32's last bit): ${site.golden}`, async () => {
        const channels = Object.entries(goldenOf(site.golden));
        for (const [channel, golden] of channels) {
          const file = site.files[channel];
          expect(file, `no file is named for channel ${channel}`).toBeDefined();
          expect(await expectParity(file ?? "", golden)).toBe(14);
        }
      });
    }

    test(`every metric of 24 plate images agrees to ${PARITY} relative (Otsu: to float32's last bit)`, async () => {
      const images = Object.entries(goldenOf("sbs96_AtoD_image_quality_first24.json"));
      expect(images).toHaveLength(24);
      for (const [file, golden] of images) expect(await expectParity(`sbs96_AtoD/${file}`, golden)).toBe(14);
    });
  },
);
