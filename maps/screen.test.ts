import { describe, expect, it } from "vitest";
import { analyseScreen, areDoseSteps } from "./screen.ts";
import type { ScreenWell } from "./screen-wells.ts";
import { plantedScreen } from "./simulate-screen.test-support.ts";

describe("a planted rescue screen of 3 plates, 8 + 8 controls a plate, 6 compounds × 6 doses × 3 replicates, Z′ about 0.55", () => {
  const seeds = Array.from({ length: 20 }, (_, k) => k + 1);
  const runs = seeds.map((seed) => {
    const screen = plantedScreen({ seed });
    return {
      screen,
      analysis: analyseScreen({ profiles: screen.profiles, wells: screen.wells, options: { mockCompounds: 10 } }),
    };
  });

  it("finds the EC50 of full rescuers within 2-fold in at least 95 % of screens", () => {
    const ratios = runs.flatMap(({ screen, analysis }) =>
      screen.compounds
        .filter((compound) => compound.rescue > 0.7)
        .map(
          (compound) => (analysis.hits.find((hit) => hit.name === compound.name)?.ec50 ?? Number.NaN) / compound.ec50,
        ),
    );
    expect(ratios).toHaveLength(60);
    expect(ratios.filter((ratio) => ratio >= 0.5 && ratio <= 2).length / ratios.length).toBeGreaterThanOrEqual(0.95);
  });

  it("covers the true EC50 with its interval in 90 to 100 % of curves", () => {
    const covered = runs.flatMap(({ screen, analysis }) =>
      screen.compounds
        .filter((compound) => compound.rescue > 0)
        .map((compound) => {
          const interval = analysis.hits.find((hit) => hit.name === compound.name)?.fit?.ec50Interval;
          return (
            (interval?.lower ?? 0) <= compound.ec50 && compound.ec50 <= (interval?.upper ?? Number.POSITIVE_INFINITY)
          );
        }),
    );
    expect(covered.filter(Boolean).length / covered.length).toBeGreaterThanOrEqual(0.9);
  });

  it("calls every compound by its planted word", () => {
    const words = {
      C1: "restores",
      C2: "restores",
      C3: "partly restores",
      C4: "restores",
      C5: "no effect",
      C6: "toxic/other phenotype",
    };
    for (const { analysis } of runs) {
      expect(Object.fromEntries(analysis.hits.map((hit) => [hit.name, hit.verdict]))).toEqual(words);
    }
  });

  it("finds each gene's nearest neighbour in its planted pathway, and the disease beside G2 and opposite to a rescuer", () => {
    for (const { screen, analysis } of runs) {
      const map = analysis.map;
      map?.nearestGene.forEach((nearest, index) => {
        const name = map.perturbations[index]?.name ?? "";
        if (map.perturbations[index]?.type === "compound") return;
        expect(screen.pathways[map.perturbations[nearest?.index ?? -1]?.name ?? ""]).toBe(screen.pathways[name]);
      });
      expect(analysis.mapSentence).toMatch(/^The disease gene looks like G2 and opposite to C[124]\.$/);
    }
  });

  it("calls hardly any untreated wells a hit, and tells the controls apart on plates that were held out", () => {
    for (const { analysis } of runs) {
      expect(analysis.falseHits?.value).toBeLessThanOrEqual(0.1);
      expect(analysis.phenoprint?.validation).toBe("leave-one-plate-out");
      expect(analysis.phenoprint?.auc.value).toBeGreaterThan(0.99);
      expect(analysis.phenoprint?.plates.every((plate) => plate.zPrime > 0.25)).toBe(true);
    }
  });

  it("measures planted side effects: none for C5, about 1 for C6", () => {
    for (const { analysis } of runs) {
      expect(analysis.hits[4]?.sideEffectAtHighestDose).toBeLessThan(0.3);
      expect(analysis.hits[5]?.sideEffectAtHighestDose).toBeGreaterThan(0.6);
    }
  });

  it("gives the same answer each time and is plain JSON", () => {
    const { screen, analysis } = runs[0]!;
    const again = analyseScreen({ profiles: screen.profiles, wells: screen.wells, options: { mockCompounds: 10 } });
    expect(again).toEqual(analysis);
    expect(JSON.parse(JSON.stringify(analysis)).hits).toEqual(analysis.hits);
  });
});

it("takes at most two seconds of processor time for 180 wells × 700 features", () => {
  const screen = plantedScreen({ seed: 3, features: 700 });
  const before = process.threadCpuUsage();
  analyseScreen({ profiles: screen.profiles, wells: screen.wells });
  const { user } = process.threadCpuUsage(before);
  expect(user / 1e6).toBeLessThan(2);
});

describe("screens that lack something", () => {
  const screen = plantedScreen({ seed: 7, features: 60 });

  it("says why there is no phenoprint without controls and still makes a map", () => {
    const wells = screen.wells.map((well): ScreenWell => (well.role === "healthy" ? { ...well, role: "other" } : well));
    const analysis = analyseScreen({ profiles: screen.profiles, wells });
    expect(analysis.phenoprint).toBeNull();
    expect(analysis.missing.find(({ part }) => part === "phenoprint")?.reason).toContain("no two kinds of controls");
    expect(analysis.map?.perturbations.length).toBeGreaterThan(4);
  });

  it("labels a one-plate phenoprint as within-plate", () => {
    const rows = screen.wells.flatMap((well, i) => (well.plate === "P1" ? [i] : []));
    const values = Float64Array.from(
      rows.flatMap((i) => Array.from(screen.profiles.values.subarray(i * 60, i * 60 + 60))),
    );
    const analysis = analyseScreen({
      profiles: { features: screen.profiles.features, values },
      wells: rows.map((i) => screen.wells[i]!),
    });
    expect(analysis.phenoprint?.validation).toBe("within-plate");
    expect(analysis.hits.find((hit) => hit.name === "C4")?.verdict).toBe("restores");
  });

  it("fits one nameless dose series in steps between negative and positive controls", () => {
    const steps = [1, 2, 3, 4, 5, 6, 7, 8, 9];
    const wells: ScreenWell[] = [];
    const score: number[] = [];
    for (let row = 0; row < 4; row++) {
      const at = (k: number): string => `${"ABCD"[row]}${String(k).padStart(2, "0")}`;
      const noise = (k: number): number => 0.03 * Math.sin(7 * row + 3 * k);
      for (const k of [1, 2]) wells.push({ plate: "1049", well: at(k), role: "negative", name: null, doseUm: 0 });
      score.push(noise(1), noise(2));
      for (const dose of steps) {
        wells.push({ plate: "1049", well: at(dose + 2), role: "compound", name: null, doseUm: dose });
        score.push(1 / (1 + Math.exp(-1.5 * (dose - 5))) + noise(dose + 2));
      }
      wells.push({ plate: "1049", well: at(12), role: "positive", name: null, doseUm: 10 });
      score.push(1 + noise(12));
    }
    const analysis = analyseScreen({ profiles: { features: ["Ratio"], values: Float64Array.from(score) }, wells });
    expect(analysis.hits[0]?.ec50).toBeCloseTo(5, 0);
    expect(analysis.hits[0]?.unit).toBe("steps");
    expect(analysis.phenoprint?.plates[0]?.zPrime).toBeGreaterThan(0.7);
    expect(analysis.missing.map(({ part }) => part)).toContain("projection");
  });

  it("leaves out wells that are excluded or unlike their replicates, and keeps its answers", () => {
    const values = screen.profiles.values.slice();
    const broken = screen.wells.findIndex((well) => well.plate === "P3" && well.role === "disease");
    for (let j = 0; j < 60; j++) values[broken * 60 + j]! += 200 * (j % 3);
    const wells = screen.wells.map(
      (well, i): ScreenWell => (well.plate === "P3" && i % 7 === 0 ? { ...well, excluded: "defocus" } : well),
    );
    const analysis = analyseScreen({ profiles: { features: screen.profiles.features, values }, wells });
    expect(analysis.unlikeControls).toHaveLength(wells[broken]?.excluded === undefined ? 1 : 0);
    expect(analysis.hits.find((hit) => hit.name === "C4")?.verdict).toBe("restores");
  });

  it("says that nothing varies instead of failing", () => {
    const analysis = analyseScreen({
      profiles: { features: ["A"], values: new Float64Array(screen.wells.length) },
      wells: screen.wells,
    });
    expect(analysis.missing[0]?.reason).toBe("no feature varies between wells");
    expect(analysis.features.dropped).toEqual([{ feature: "A", reason: "constant" }]);
  });

  it("refuses profiles that do not match the wells", () => {
    expect(() => analyseScreen({ profiles: screen.profiles, wells: screen.wells.slice(1) })).toThrowError(
      expect.objectContaining({ code: "maps/shape" }),
    );
  });

  it("tells dose steps from concentrations", () => {
    expect(areDoseSteps([0, 1, 2, 3, 4])).toBe(true);
    expect(areDoseSteps([0.1, 1, 10])).toBe(false);
  });
});
