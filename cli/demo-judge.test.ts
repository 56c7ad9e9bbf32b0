import { designScreen, screenTruth } from "@artesian/imaging";
import { describe, expect, it } from "vitest";
import { judgeDemo, type NearestGene, type PublishedMap } from "./demo-judge.ts";
import type { RunResults } from "./results.ts";

const design = designScreen({ seed: 1 });
const truth = screenTruth(design);

/** Results that say exactly what was planted. */
function perfect(): RunResults {
  return {
    run: "R",
    complete: true,
    images: { seen: 2160, failed: 0 },
    plates: design.plates.map(({ id }) => ({ id, wells: 60, zPrime: 0.7, zPrimeMissing: null })),
    doseCurves: truth.compounds.map(({ name, ec50Um, ec50InsideDoses, rescue }) => ({
      name,
      verdict: rescue ? "restores" : "no effect",
      unit: "µM",
      ec50: ec50InsideDoses ? ec50Um : null,
      relation: ec50InsideDoses ? "=" : null,
      interval: null,
      maxRescue: null,
      sideEffect: null,
      fit: null,
    })),
    flags: truth.faults.map(({ plate, well, label }) => ({
      plate,
      well,
      site: 1,
      channel: null,
      fault: label,
      reason: "",
    })),
    failures: [],
    missing: [],
    out: "",
    summary: [],
  };
}

const nearest: NearestGene[] = [
  { name: "G1", nearest: "disease" },
  { name: "G2", nearest: "G1" },
  { name: "G3", nearest: "G4" },
  { name: "G4", nearest: "G3" },
];

const map: PublishedMap = {
  group: "rescue-1@0123456789abcdef",
  rows: 41,
  nearest: [...nearest, { name: "disease", nearest: "G2" }],
  alongDisease: truth.compounds.flatMap(({ name, rescueAtTopDose }) => [
    { name, doseUm: 10, projection: 1 - rescueAtTopDose },
    { name, doseUm: 0.03, projection: 1 },
  ]),
};

describe("judgeDemo", () => {
  it("is content with what was planted", () => {
    const judged = judgeDemo(design, perfect(), nearest, map, 12.34);
    expect(judged).toMatchObject({ complete: true, seconds: 12.3, genes: { nearestInPathway: 4, of: 4 }, wrong: [] });
    expect(judged.map).toEqual({ group: map.group, rows: 41, genesInPlace: 4, compoundsInPlace: 6 });
    expect(judged.faults).toEqual({ injected: 15, found: 15, false: 0 });
  });
  it.each<[string, (results: RunResults) => void, RegExp]>([
    [
      "an EC50 more than 2-fold off",
      (results) => {
        results.doseCurves.find(({ name }) => name === "C4")!.ec50 = 1.7;
      },
      /C4: EC50 1.7 µM, within 2-fold of 0.8/,
    ],
    [
      "a rescue called wrong",
      (results) => {
        results.doseCurves.find(({ name }) => name === "C2")!.verdict = "restores";
      },
      /C2: called "restores", it does not rescue/,
    ],
    [
      "a rescuing compound that is not judged",
      (results) => void results.doseCurves.splice(0, 1),
      /C1: called "not judged", it rescues/,
    ],
    [
      "a weak window on a clean plate",
      (results) => {
        results.plates[0]!.zPrime = 0.49;
      },
      /P1: Z′ is 0.49/,
    ],
    ["a missed fault", (results) => void results.flags.shift(), /Fault not found: P3/],
    [
      "a fault under another label",
      (results) => {
        results.flags[0]!.fault = "debris";
      },
      /Fault not found: P3/,
    ],
    [
      "two false faults",
      (results) =>
        void results.flags.push(
          ...["B02", "B03"].map((well) => ({ plate: "P1", well, site: 1, channel: null, fault: "bubble", reason: "" })),
        ),
      /2 false faults/,
    ],
    [
      "an incomplete run",
      (results) => {
        results.complete = false;
      },
      /not complete/,
    ],
  ])("is not content with %s", (_, spoil, said) => {
    const results = perfect();
    spoil(results);
    const judged = judgeDemo(design, results, nearest, map, 1);
    expect(judged.complete).toBe(false);
    expect(judged.wrong.join(" ")).toMatch(said);
  });
  it("allows one false fault, and a weak window on the plate with faults", () => {
    const results = perfect();
    results.flags.push({ plate: "P2", well: "B02", site: 1, channel: null, fault: "debris", reason: "" });
    results.plates[2]!.zPrime = 0.2;
    expect(judgeDemo(design, results, nearest, map, 1)).toMatchObject({ complete: true, faults: { false: 1 } });
  });
  it("wants every gene beside one of its pathway", () => {
    const judged = judgeDemo(design, perfect(), [...nearest.slice(0, 3), { name: "G4", nearest: "G1" }], map, 1);
    expect(judged.genes.nearestInPathway).toBe(3);
    expect(judged.wrong).toEqual(["Gene G4: its nearest neighbour is G1, not of pathway B."]);
  });
  it.each<[string, PublishedMap | null, RegExp]>([
    ["no map", null, /No map was published/],
    [
      "a gene in the wrong place",
      { ...map, nearest: [{ name: "G3", nearest: "G1" }, ...nearest] },
      /G3 on the published map: its nearest neighbour is G1, not of pathway B/,
    ],
    [
      "a rescuing compound that stays diseased",
      { ...map, alongDisease: map.alongDisease.map((one) => ({ ...one, projection: 1 })) },
      /C1 on the published map: 1.00 of the way to the disease, within 0.34 of 0.11/,
    ],
    ["a compound that is not there", { ...map, alongDisease: [] }, /C2 on the published map: not there/],
  ])("is not content with %s", (_, published, said) => {
    const judged = judgeDemo(design, perfect(), nearest, published, 1);
    expect(judged.complete).toBe(false);
    expect(judged.wrong.join(" ")).toMatch(said);
  });
});
