import { describe, expect, it } from "vitest";
import { meets, parseCondition } from "./condition.ts";
import { planExperiment } from "./experiment.ts";
import { readMetadataSheet } from "./metadata-sheet.ts";
import { readoutFeature } from "./readout.ts";

const sheet = (text: string) => ({ text, source: "wells.csv" });
const image = (well: string, channel: string, site = 1, plate = "P1") => ({ plate, well, site, channel });

describe("readMetadataSheet", () => {
  it("takes the well from a column, or from row and column, whatever they are called", () => {
    expect(readMetadataSheet("Metadata_Well\nc5\n", "a").rows[0]?.well).toBe("C05");
    expect(readMetadataSheet("Row,Column\nA,1\n2,12\n", "a").rows.map(({ well }) => well)).toEqual(["A01", "B12"]);
  });
  it("keeps bar codes as text", () => {
    expect(readMetadataSheet("Assay_Plate_Barcode,well\n00123,A01\n", "a").rows[0]?.plate).toBe("00123");
  });
  it("names the line of a well that is none, and of one that contradicts an earlier line", () => {
    expect(() => readMetadataSheet("well\nA01\n7\n", "wells.csv")).toThrow(/wells\.csv, line 3: "7" is not a well/);
    expect(() => readMetadataSheet("well,dose\nA01,1\nA1,2\n", "wells.csv")).toThrow(
      /line 3: well A01 is described again, differently from line 2/,
    );
  });
  it("takes an equal line twice as one well", () => {
    expect(readMetadataSheet("well,dose\nA01,1\nA01,1\n", "a").rows).toHaveLength(1);
  });
  it("says what a sheet without wells has", () => {
    expect(() => readMetadataSheet("gene,dose\nTSC2,1\n", "wells.csv")).toThrow(
      /no column names the well. Found gene, dose/,
    );
  });
});

describe("conditions", () => {
  it("compare numbers as numbers and text exactly", () => {
    expect(meets({ c: "1.0" }, { column: "c", value: "1" })).toBe(true);
    expect(meets({ c: "DMSO" }, { column: "c", value: "dmso" })).toBe(false);
    expect(meets({ c: null }, { column: "c", value: "" })).toBe(false);
  });
  it("refuse other forms and columns that are not there", () => {
    expect(() => parseCondition("role", ["role"])).toThrow(/workflows|COLUMN/);
    expect(() => parseCondition("rule=x", ["role"])).toThrow(/no column "rule"; it has role/);
  });
});

describe("planExperiment", () => {
  it("counts channels, sites and wells of a bounded run", () => {
    const images = ["A01", "A02"].flatMap((well) =>
      [1, 2].flatMap((site) => [image(well, "DNA", site), image(well, "ER", site)]),
    );
    const { document, layouts } = planExperiment({ experiment: "E", images });
    expect(document).toMatchObject({ channels: ["DNA", "ER"], sites: [1, 2], plates: ["P1"], nucleiChannel: "DNA" });
    expect(layouts[0]).toMatchObject({
      plate: "P1",
      order: 1,
      format: 96,
      wells: ["A01", "A02"],
      siteIds: ["A01/1", "A01/2", "A02/1", "A02/2"],
    });
  });
  it("plans what is still to come from the sheet", () => {
    const { layouts } = planExperiment({
      experiment: "E",
      channels: ["DNA"],
      sites: 2,
      metadata: sheet("plate,well,role\nP2,B02,healthy\nP10,B02,disease\n"),
    });
    expect(layouts.map(({ plate, order }) => [plate, order])).toEqual([
      ["P2", 1],
      ["P10", 2],
    ]);
    expect(layouts[1]?.annotations.B02).toMatchObject({ role: "disease", name: "disease" });
  });
  it("knows controls by condition, compounds by dose, genes by name", () => {
    const { layouts } = planExperiment({
      experiment: "E",
      images: ["A01", "A02", "A03", "A04"].map((well) => image(well, "DNA")),
      metadata: sheet("well,kind,conc,gene\nA01,0,,\nA02,1,,\nA03,,2.5,\nA04,,,TSC2\n"),
      negative: "kind=0",
      positive: "kind=1",
      dose: "conc",
    });
    const roles = Object.fromEntries(
      Object.entries(layouts[0]?.annotations ?? {}).map(([well, { role, name, dose }]) => [well, [role, name, dose]]),
    );
    expect(roles).toEqual({
      A01: ["negative", "negative", null],
      A02: ["positive", "positive", null],
      A03: ["compound", "treatment", 2.5],
      A04: ["gene", "TSC2", null],
    });
  });
  it("awaits only imaged wells when the sheet describes no particular plate, and all when it names the plate", () => {
    const images = [image("A01", "DNA")];
    expect(planExperiment({ experiment: "E", images, metadata: sheet("well\nA01\nA02\n") })).toMatchObject({
      layouts: [{ wells: ["A01"] }],
      warnings: [
        /1 wells of wells.csv have no image/.source ? expect.stringMatching(/1 wells of wells.csv have no image/) : "",
      ],
    });
    expect(
      planExperiment({ experiment: "E", images, metadata: sheet("plate,well\nP1,A01\nP1,A02\n") }).layouts[0]?.wells,
    ).toEqual(["A01", "A02"]);
  });
  it("measures wells that the sheet does not know and says so", () => {
    const plan = planExperiment({
      experiment: "E",
      images: [image("A01", "DNA"), image("B01", "DNA")],
      metadata: sheet("well,role\nA01,healthy\n"),
    });
    expect(plan.layouts[0]?.annotations.B01?.role).toBe("other");
    expect(plan.warnings[0]).toMatch(/1 imaged wells are not in wells.csv \(B01\)/);
  });
  it("refuses a dose that is none, with its line, and channels that are not there", () => {
    const images = [image("A01", "DNA")];
    expect(() => planExperiment({ experiment: "E", images, metadata: sheet("well,dose\nA01,much\n") })).toThrow(
      /line 2: column dose holds "much"/,
    );
    expect(() => planExperiment({ experiment: "E", images, nuclei: "ER" })).toThrow(/no such channel; there are DNA/);
    expect(() => planExperiment({ experiment: "E", images: [image("A01", "1"), image("A01", "2")] })).toThrow(
      /Which channel shows nuclei/,
    );
  });
});

describe("readoutFeature", () => {
  const features = ["Cells_Translocation_LogRatio_GFP", "Nuclei_AreaShape_Area"];
  it("is the nucleus/cytoplasm ratio with two channels, what was asked for, or nothing", () => {
    expect(readoutFeature(features, { channels: ["GFP", "DNA"], nucleiChannel: "DNA", readout: null })).toBe(
      features[0],
    );
    expect(
      readoutFeature(features, { channels: ["GFP", "DNA"], nucleiChannel: "DNA", readout: "Nuclei_AreaShape_Area" }),
    ).toBe(features[1]);
    expect(
      readoutFeature(features, { channels: ["GFP", "DNA", "ER"], nucleiChannel: "DNA", readout: null }),
    ).toBeUndefined();
  });
});
