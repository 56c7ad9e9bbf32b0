import { seededRandom } from "@artesian/numerics";
import { describe, expect, it } from "vitest";
import { guessDesign, summariseProfiles } from "./profile-summary.ts";
import { type MetadataCell, type Profiles, profilesOf } from "./profiles.ts";

const FEATURES = 20;
const DOSES = [0.1, 0.3, 1, 3, 10, 30];

/** A plate with 12 controls, an active compound whose effect grows with the dose (EC50 1 µM), and one that does nothing. */
function plate(seed = 1): Profiles {
  const random = seededRandom(seed);
  const noise = (): number => random.normal();
  const metadata: Record<string, MetadataCell[]> = {
    Metadata_Plate: [],
    Metadata_Well: [],
    Metadata_broad_sample: [],
    Metadata_mmoles_per_liter: [],
    Metadata_control_type: [],
    Metadata_Object_Count: [],
  };
  const values: number[] = [];
  const add = (treatment: string | null, dose: number | null, shift: number): void => {
    const at = metadata.Metadata_Well!.length;
    metadata.Metadata_Plate!.push("P1");
    metadata.Metadata_Well!.push(`A${String(at + 1).padStart(2, "0")}`);
    metadata.Metadata_broad_sample!.push(treatment);
    metadata.Metadata_mmoles_per_liter!.push(dose);
    metadata.Metadata_control_type!.push(treatment === null ? "negcon" : "trt");
    metadata.Metadata_Object_Count!.push(100);
    for (let j = 0; j < FEATURES; j++) values.push(noise() + (j < 10 ? shift : 0));
  };
  for (let i = 0; i < 12; i++) add(null, null, 0);
  for (const dose of DOSES)
    for (let replicate = 0; replicate < 2; replicate++) {
      add("active", dose, (8 * dose) / (dose + 1));
      add("inert", dose, 0);
    }
  return profilesOf(
    metadata,
    Array.from({ length: FEATURES }, (_, j) => `Cells_F${j}`),
    Float64Array.from(values),
  );
}

describe("guessDesign", () => {
  it("finds treatment, dose, role and controls under the handbook's names", () => {
    expect(guessDesign(plate())).toEqual({
      plate: "Metadata_Plate",
      well: "Metadata_Well",
      treatment: "Metadata_broad_sample",
      dose: "Metadata_mmoles_per_liter",
      doseUnit: "mM",
      role: "Metadata_control_type",
      controls: ["negcon"],
      cellCount: "Metadata_Object_Count",
      excluded: null,
    });
  });
  it("leaves open what no column says", () => {
    const bare = profilesOf({ Metadata_Well: ["A01"] }, ["Cells_F0"], Float64Array.of(1));
    expect(guessDesign(bare)).toMatchObject({ treatment: null, dose: null, role: null, controls: [] });
  });
});

describe("summariseProfiles", () => {
  const summary = summariseProfiles(plate(), 30, [
    { feature: "Cells_Gone", operation: "blocklist", reason: "on the blocklist" },
  ]);
  it("counts measured and kept features and keeps each reason", () => {
    expect(summary.features).toMatchObject({ measured: 30, kept: 20, drops: [{ feature: "Cells_Gone" }] });
  });
  it("orders treatments by their strength at the top dose and fits the active one near its planted EC50", () => {
    expect(summary.curves.map(({ treatment }) => treatment)).toEqual(["active", "inert"]);
    const [active, inert] = summary.curves;
    expect(active?.fit?.ec50).toBeGreaterThan(0.3);
    expect(active?.fit?.ec50).toBeLessThan(6);
    expect(inert).toMatchObject({ fit: null, missing: "not told from a flat line" });
  });
  it("gives controls a strength near 1 and says who they are", () => {
    const controls = summary.wells.filter(({ control }) => control);
    expect(controls).toHaveLength(12);
    for (const { strength } of controls) expect(strength).toBeLessThan(1.6);
  });
  it("sees replicates agree more than different treatments", () => {
    expect(summary.replicates.pairs).toBe(12);
    expect(summary.replicates.same!).toBeGreaterThan(summary.replicates.other!);
  });
  it("separates the strongest wells from controls on the first component", () => {
    const pc = (treatment: string | null, dose: number | null): number[] =>
      summary.wells.filter((w) => w.treatment === treatment && w.dose === dose).map((w) => w.pc![0]);
    const controls = pc(null, null);
    for (const score of pc("active", 30)) expect(Math.abs(score - controls[0]!)).toBeGreaterThan(6);
  });
  it("leaves wells at fault out of what wells say together", () => {
    const given = plate();
    const fault = given.metadata.Metadata_Well!.length - 1;
    for (let j = 0; j < FEATURES; j++) given.values[fault * FEATURES + j] = 1000;
    given.metadata.Metadata_Excluded = given.metadata.Metadata_Well!.map((_, row) => (row === fault ? "debris" : ""));
    const { wells, pcaShare, curves } = summariseProfiles(given, FEATURES, []);
    expect(wells[fault]).toMatchObject({ excluded: "debris", pc: null });
    expect(pcaShare![0]).toBeLessThan(0.95);
    const [last] = wells.slice(fault);
    expect(curves.flatMap(({ points }) => points).some(({ well }) => well === last?.well)).toBe(false);
  });
  it("says nothing it cannot know about two wells of one feature", () => {
    const two = profilesOf({ Metadata_Well: ["A01", "A02"] }, ["Cells_F0"], Float64Array.of(1, Number.NaN));
    const little = summariseProfiles(two, 1, []);
    expect(little.wells.map(({ pc, strength }) => [pc, strength])).toEqual([
      [null, 1],
      [null, null],
    ]);
    expect(little).toMatchObject({ pcaShare: null, curves: [], replicates: { same: null, pairs: 0 } });
  });
});
