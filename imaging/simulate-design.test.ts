import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ScreenDesignError } from "./errors.ts";
import { acquisitionOrder, designScreen, screenMetadata, wellDesign } from "./simulate-design.ts";
import { FAULT_LABELS } from "./simulate-faults.ts";
import { rescueCompounds } from "./simulate-phenotype.ts";
import { screenTruth } from "./simulate-truth.ts";
import { parseWell } from "./well.ts";

const design = designScreen({ seed: 1 });

test("the rescue screen has three plates with 8 healthy, 8 disease, 8 gene wells and 6 compounds in 6 doses", () => {
  expect(design.plates.map(({ id }) => id)).toEqual(["P1", "P2", "P3"]);
  for (const plate of design.plates) {
    const count = (role: string): number => plate.wells.filter((well) => well.role === role).length;
    expect([count("healthy"), count("disease"), count("gene"), count("compound")]).toEqual([8, 8, 8, 36]);
    expect(new Set(plate.wells.map(({ well }) => well)).size).toBe(60);
    const treatments = plate.wells.flatMap(({ compound, doseUm }) => (compound ? [`${compound} ${doseUm}`] : []));
    expect(new Set(treatments).size).toBe(36);
  }
});

test("wells are the inner ones, in an order that snakes", () => {
  const wells = design.plates[0]!.wells.map(({ well }) => well);
  expect(wells.slice(0, 12)).toEqual("B02 B03 B04 B05 B06 B07 B08 B09 B10 B11 C11 C10".split(" "));
  expect(wells.every((well) => /^[B-G](0[2-9]|1[01])$/.test(well))).toBe(true);
});

test("both kinds of controls are imaged within the first ten wells and lie all over the plate, for any seed", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1e6 }), (seed) => {
      for (const plate of designScreen({ seed, plates: 2 }).plates) {
        for (const role of ["healthy", "disease"]) {
          const places = plate.wells.flatMap((well, i) => (well.role === role ? [i] : []));
          expect(places[0]).toBeLessThan(10);
          const rows = new Set(places.map((i) => parseWell(plate.wells[i]!.well).row));
          expect(rows.size).toBeGreaterThanOrEqual(4);
        }
      }
    }),
    { numRuns: 40 },
  );
});

test("equal seeds give equal designs, and a design survives JSON", () => {
  expect(designScreen({ seed: 1 })).toEqual(design);
  expect(JSON.parse(JSON.stringify(design))).toEqual(design);
  expect(designScreen({ seed: 2 }).plates[0]).not.toEqual(design.plates[0]);
});

test("plates of 384 wells take five times the wells of each treatment", () => {
  const large = designScreen({ seed: 3, format: 384, plates: 1 });
  expect(large.plates[0]!.wells.length).toBe(300);
  expect(large.plates[0]!.wells.filter(({ role }) => role === "healthy").length).toBe(40);
});

test("the last of three plates gets nine contiguous wells out of focus and one well of every other fault", () => {
  const { faults } = design.truth;
  expect(faults.every(({ plate }) => plate === "P3")).toBe(true);
  const blurred = faults.filter(({ label }) => label === "defocus").map(({ well }) => parseWell(well));
  expect(blurred.length).toBe(9);
  expect(new Set(blurred.map(({ row }) => row)).size).toBe(3);
  expect(new Set(blurred.map(({ column }) => column)).size).toBe(3);
  for (const label of FAULT_LABELS.slice(1)) expect(faults.filter((fault) => fault.label === label).length).toBe(1);
  expect(new Set(faults.map(({ well }) => well)).size).toBe(15);
});

test("faults spare the controls but for a few in the block out of focus, for any seed", () => {
  for (let seed = 0; seed < 30; seed++) {
    const screen = designScreen({ seed });
    const hit = screen.truth.faults.map(({ plate, well }) => wellDesign(screen, plate, well).role);
    expect(hit.filter((role) => role === "healthy" || role === "disease").length).toBeLessThanOrEqual(2);
  }
});

test("one or two plates have no faults unless asked for", () => {
  expect(designScreen({ plates: 2 }).truth.faults).toEqual([]);
  expect(designScreen({ plates: 1, faultPlate: 1 }).truth.faults.length).toBe(15);
  expect(designScreen({ faultPlate: "none" }).truth.faults).toEqual([]);
});

test("the metadata say what a lab knows, and nothing of the truth", () => {
  const rows = screenMetadata(design);
  expect(rows.length).toBe(180);
  expect(Object.keys(rows[0]!)).toEqual(["plate", "well", "role", "gene", "compound", "dose_uM"]);
  expect(rows.filter(({ compound, dose_uM }) => compound === "C4" && dose_uM === 10).length).toBe(3);
});

test("acquisition goes plate by plate, well by well, site by site", () => {
  const order = acquisitionOrder(design);
  expect(order.length).toBe(360);
  expect(order.slice(0, 3)).toEqual([
    { plate: "P1", well: "B02", site: 1 },
    { plate: "P1", well: "B02", site: 2 },
    { plate: "P1", well: "B03", site: 1 },
  ]);
});

test("the truth tells rescue, EC50 within the doses, pathways and the gene most like the disease", () => {
  const truth = screenTruth(design);
  const of = (name: string) => truth.compounds.find((compound) => compound.name === name)!;
  expect(truth.compounds.filter(({ rescue }) => rescue).map(({ name }) => name)).toEqual(["C1", "C3", "C4"]);
  expect(truth.compounds.filter((one) => one.ec50InsideDoses).map(({ name }) => name)).toEqual(["C1", "C3", "C4"]);
  expect(of("C4").ec50Um).toBe(0.8);
  expect(of("C6").rescueAtTopDose).toBeLessThan(0.2);
  expect(of("C5").sideEffectAtTopDose).toBeGreaterThan(0.8);
  expect(truth.diseaseGene).toEqual({ name: "DG", mostSimilar: "G2" });
  expect(truth.genes.map(({ pathway }) => pathway)).toEqual(["A", "A", "B", "B"]);
});

describe("what cannot be planned is refused with the option, what was found and what is expected", () => {
  test.each([
    ["more wells than the plate has", { compounds: [...rescueCompounds(1), ...rescueCompounds(2)] }, "wells"],
    ["a dose of zero", { dosesUm: [0, 1] }, "dosesUm"],
    ["half a plate", { plates: 0.5 }, "plates"],
    ["a fault plate that is not there", { faultPlate: 4 }, "faultPlate"],
    ["a site smaller than a few cells", { sizePx: 64 }, "sizePx"],
    ["no wells at all", { healthyWells: 0, diseaseWells: 0, wellsPerGene: 0, wellsPerDose: 0 }, "wells"],
  ])("%s", (_, options, option) => {
    expect(() => designScreen(options)).toThrow(ScreenDesignError);
    try {
      designScreen(options);
    } catch (error) {
      expect(error).toMatchObject({ code: "imaging/screen-design", option });
    }
  });

  test("a well that is not in the design", () => {
    expect(() => wellDesign(design, "P1", "A01")).toThrow(/A01/);
    expect(() => wellDesign(design, "P9", "B02")).toThrow(/P1, P2, P3/);
  });
});
