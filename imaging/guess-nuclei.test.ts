import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { guessNuclei } from "./guess-nuclei.ts";
import { readPlane } from "./read-plane.ts";
import { designScreen } from "./simulate-design.ts";
import { renderSite } from "./simulate-site.ts";

const real = new URL("../../shared/data/imaging/", import.meta.url);
const readAll = (files: readonly (readonly [channel: string, file: string])[]) =>
  Promise.all(
    files.map(async ([channel, file]) => ({ channel, plane: await readPlane(readFileSync(new URL(file, real))) })),
  );

describe("guessNuclei", () => {
  it("finds the DNA channel of a simulated site whatever the order", () => {
    const design = designScreen({ seed: 2, plates: 1 });
    const { planes } = renderSite(design, "P1", "C05", 1);
    const site = planes.map((plane, index) => ({ channel: design.channels[index] ?? "", plane })).reverse();
    expect(guessNuclei([site])[0]?.channel).toBe("DNA");
  });
  it("finds nothing in blank images", () => {
    const plane = { data: new Uint16Array(64 * 64).fill(200), width: 64, height: 64, bitDepth: 16 as const };
    expect(guessNuclei([[{ channel: "1", plane }]])).toEqual([]);
  });
});

describe.skipIf(!existsSync(real))("guessNuclei on real images (skipped without ../shared/data)", () => {
  it("finds channel 5 of a Cell Painting site with a brightfield channel", async () => {
    const site = await readAll(
      [1, 2, 3, 4, 5, 6].map(
        (channel) =>
          [String(channel), `cellpainting6_BR00143976_C03f03/r03c03f03p01-ch${channel}sk1fk1fl1.tiff`] as const,
      ),
    );
    expect(guessNuclei([site])[0]?.channel).toBe("5");
  });
  it("finds DAPI, and the DNA of a translocation assay and of ExampleHuman", async () => {
    const nf1 = await readAll([
      ["GFP", "nf1_plate2/B7_01_2_3_GFP_001.tif"],
      ["DAPI", "nf1_plate2/B7_01_1_3_DAPI_001.tif"],
      ["RFP", "nf1_plate2/B7_01_3_3_RFP_001.tif"],
    ]);
    expect(guessNuclei([nf1])[0]?.channel).toBe("DAPI");
    const sbs = await Promise.all(
      ["07-A-07", "12-A-12"].map((name) =>
        readAll([1, 2].map((channel) => [String(channel), `sbs96_AtoD/Channel${channel}-${name}.png`] as const)),
      ),
    );
    expect(guessNuclei(sbs)[0]?.channel).toBe("2");
    const human = await readAll(
      [0, 1, 2].map(
        (channel) => [String(channel), `examplehuman/AS_09125_050116030001_D03f00d${channel}.tif`] as const,
      ),
    );
    expect(guessNuclei([human])[0]?.channel).toBe("0");
  });
});
