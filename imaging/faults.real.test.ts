import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { measureArtefacts } from "./artefacts.ts";
import { detectFaults } from "./faults.ts";
import { measureImageQuality } from "./quality.ts";
import { readPlane } from "./read-plane.ts";

const CELL_PAINTING = new URL("../../shared/data/imaging/cellpainting6_BR00143976_C03f03/", import.meta.url);
const TRANSLOCATION = new URL("../../shared/data/imaging/sbs96_AtoD/", import.meta.url);

async function evidence(folder: URL, well: string, files: Record<string, string>) {
  const channels = await Promise.all(
    Object.entries(files).map(async ([name, file]) => ({
      name,
      plane: await readPlane(readFileSync(new URL(file, folder))),
    })),
  );
  return {
    plate: "real",
    well,
    site: 1,
    quality: Object.fromEntries(channels.map(({ name, plane }) => [name, measureImageQuality(plane)])),
    artefacts: measureArtefacts(channels),
  };
}

describe.skipIf(!existsSync(CELL_PAINTING))(
  "a real Cell Painting site (skipped where ../shared/data is absent)",
  () => {
    test("its 638 saturated Mito pixels and the blob out of focus in DNA are reported, and nothing else", async () => {
      const files = { Brightfield: 1, ER: 2, AGP: 3, Mito: 4, DNA: 5, RNA: 6 };
      const names = Object.entries(files).map(([name, n]) => [name, `r03c03f03p01-ch${n}sk1fk1fl1.tiff`]);
      const found = detectFaults([await evidence(CELL_PAINTING, "C03", Object.fromEntries(names))]);
      expect(found.map(({ label, channel }) => `${label} ${channel}`).sort()).toEqual([
        "debris DNA",
        "saturation Mito",
      ]);
      expect(found.find(({ label }) => label === "saturation")!.reason).toMatch(/^638 pixels of Mito/);
      expect(found.find(({ label }) => label === "debris")!.reason).toMatch(/blob out of focus/);
    });
  },
);

describe.skipIf(!existsSync(TRANSLOCATION))(
  "a real translocation plate (skipped where ../shared/data is absent)",
  () => {
    test("its 48 wells of nine doses and strong controls give no finding", async () => {
      const names = readdirSync(TRANSLOCATION);
      const sites = names.flatMap((name) => {
        const match = /^Channel1-(\d+-([A-H])-(\d+))\.png$/.exec(name);
        return match === null
          ? []
          : [{ well: `${match[2]}${match[3]}`, files: { GFP: name, DNA: `Channel2-${match[1]}.png` } }];
      });
      expect(sites.length).toBe(48);
      const found = [];
      for (const { well, files } of sites) found.push(await evidence(TRANSLOCATION, well, files));
      expect(detectFaults(found)).toEqual([]);
    });
  },
);
