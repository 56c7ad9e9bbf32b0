import { beforeAll, describe, expect, test } from "vitest";
import { measureArtefacts } from "./artefacts.ts";
import type { Finding } from "./fault-finding.ts";
import type { SiteEvidence } from "./fault-reference.ts";
import { detectFaults } from "./faults.ts";
import { measureImageQuality } from "./quality.ts";
import { segmentNuclei } from "./segment-nuclei.ts";
import { acquisitionOrder, designScreen, type ScreenDesign } from "./simulate-design.ts";
import { rescueCompounds } from "./simulate-phenotype.ts";
import { renderSite } from "./simulate-site.ts";

function evidenceOf(design: ScreenDesign): SiteEvidence[] {
  return acquisitionOrder(design).map(({ plate, well, site }) => {
    const { planes } = renderSite(design, plate, well, site);
    const channels = planes.map((plane, i) => ({ name: design.channels[i]!, plane }));
    return {
      plate,
      well,
      site,
      quality: Object.fromEntries(channels.map(({ name, plane }) => [name, measureImageQuality(plane)])),
      artefacts: measureArtefacts(channels),
      objectCount: segmentNuclei(planes[0]!).count,
    };
  });
}

const named = (one: { plate: string; well: string; label: string }): string => `${one.plate} ${one.well} ${one.label}`;

function compare(design: ScreenDesign, findings: readonly Finding[]): { missed: string[]; wrong: string[] } {
  const truth = new Set(design.truth.faults.map(named));
  const found = new Set(findings.map(named));
  return {
    missed: [...truth].filter((fault) => !found.has(fault)),
    wrong: [...found].filter((fault) => !truth.has(fault)),
  };
}

describe("on a simulated plate of 30 wells, half of them faulty", () => {
  const compounds = rescueCompounds(11).filter(({ name }) => ["C1", "C4", "C5"].includes(name));
  const design = designScreen({
    seed: 11,
    plates: 1,
    sites: 1,
    sizePx: 432,
    border: 2,
    healthyWells: 4,
    diseaseWells: 4,
    wellsPerGene: 1,
    wellsPerDose: 1,
    compounds,
    faultPlate: 1,
  });
  let evidence: SiteEvidence[] = [];
  beforeAll(() => {
    evidence = evidenceOf(design);
  }, 60_000);

  test("every injected fault is found under its right label and no other", () => {
    expect(design.truth.faults.length).toBe(15);
    expect(compare(design, detectFaults(evidence))).toEqual({ missed: [], wrong: [] });
  });

  test("a half imaged plate gives no false alarm, and what it gives stays when the rest arrives", () => {
    const whole = new Set(detectFaults(evidence).map(named));
    for (const imaged of [1, 5, 12, 20]) {
      const early = detectFaults(evidence.slice(0, imaged)).map(named);
      expect(early.filter((finding) => !whole.has(finding))).toEqual([]);
    }
  });
});

const slow = process.env.ARTESIAN_SLOW === "1";

describe.skipIf(!slow)("on whole rescue screens (slow: a minute each, set ARTESIAN_SLOW=1)", () => {
  test.each([1, 2, 3])(
    "seed %i: all 15 faults under their labels, at most one false in 180 wells",
    { timeout: 240_000 },
    (seed) => {
      const design = designScreen({ seed });
      const { missed, wrong } = compare(design, detectFaults(evidenceOf(design)));
      expect(missed).toEqual([]);
      expect(wrong.length).toBeLessThanOrEqual(1);
    },
  );
});
