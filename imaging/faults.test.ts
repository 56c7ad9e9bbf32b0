import { describe, expect, test } from "vitest";
import type { SiteEvidence } from "./fault-reference.ts";
import { summariseFaults } from "./fault-summary.ts";
import { detectFaults } from "./faults.ts";
import { randomStream } from "./simulate-random.ts";
import { wellName } from "./well.ts";

/** Usual evidence of two channels: background, signal, coverage, largest and typical region, slope. */
const USUAL = {
  DNA: { background: 0.0054, signal: 0.19, coverage: 0.04, largest: 0.0018, typical: 0.0013, slope: -1.4 },
  ER: { background: 0.0043, signal: 0.15, coverage: 0.13, largest: 0.0065, typical: 0.004, slope: -2 },
  Mito: { background: 0.0068, signal: 0.24, coverage: 0.05, largest: 0.0033, typical: 0.0005, slope: -1 },
};
type Channel = keyof typeof USUAL;

interface Changes {
  objectCount?: number;
  artefacts?: Record<string, number>;
  quality?: Partial<Record<Channel, Record<string, number>>>;
  slopeBy?: number;
}

function siteOf(index: number, plate = "P1", changes: Changes = {}): SiteEvidence {
  const random = randomStream(index, plate);
  const around = (value: number, by = 0.06): number => value * Math.exp(by * random.normal());
  const artefacts: Record<string, number> = { DarkDisc: 0, DarkDiscRoundness: 0 };
  const quality: Record<string, Record<string, number>> = {};
  for (const [channel, usual] of Object.entries(USUAL) as [Channel, (typeof USUAL)[Channel]][]) {
    artefacts[`Background_${channel}`] = around(usual.background, 0.005);
    artefacts[`Signal_${channel}`] = around(usual.signal);
    artefacts[`Grain_${channel}`] = 0.0001;
    artefacts[`Coverage_${channel}`] = around(usual.coverage, 0.15);
    artefacts[`LargestBlob_${channel}`] = around(usual.largest, 0.15);
    artefacts[`TypicalBlob_${channel}`] = usual.typical;
    artefacts[`LargestBlobShine_${channel}`] = around(0.6 * usual.signal);
    artefacts[`LargestBlobEdge_${channel}`] = 0.6;
    quality[channel] = {
      PowerLogLogSlope: usual.slope + 0.05 * random.normal() + (changes.slopeBy ?? 0),
      PercentSaturated: 0,
      SaturatedPixels: 0,
      ...changes.quality?.[channel],
    };
  }
  const well = wellName(1 + Math.floor(index / 10), 1 + (index % 10));
  return {
    plate,
    well,
    site: 1,
    quality,
    artefacts: { ...artefacts, ...changes.artefacts },
    objectCount: changes.objectCount ?? Math.round(around(31, 0.15)),
  };
}

const plate = Array.from({ length: 40 }, (_, i) => siteOf(i));
const withSite = (changes: Changes): SiteEvidence[] => [...plate, siteOf(40, "P1", changes)];

test("a plate without faults gives no findings", () => {
  expect(detectFaults(plate)).toEqual([]);
  expect(detectFaults([])).toEqual([]);
});

test("loss of fine detail in all channels is one finding for the site, with a reason in words", () => {
  const [finding, ...rest] = detectFaults(withSite({ slopeBy: -1.4 }));
  expect(rest).toEqual([]);
  expect(finding).toMatchObject({ plate: "P1", well: "F02", site: 1, label: "defocus" });
  expect(finding!.channel).toBeUndefined();
  expect(finding!.score).toBeGreaterThan(finding!.threshold);
  expect(finding!.reason).toMatch(/^Out of focus in 3 of 3 channels: fine detail is missing/);
});

test("loss of fine detail in one channel names the channel", () => {
  const found = detectFaults(withSite({ quality: { Mito: { PowerLogLogSlope: -2.6 } } }));
  expect(found).toMatchObject([{ label: "defocus", channel: "Mito" }]);
});

test("a plate that starts out of focus is seen at once against the other plates", () => {
  const started = Array.from({ length: 6 }, (_, i) => siteOf(i, "P2", { slopeBy: -1.4 }));
  const found = detectFaults([...plate, ...started]);
  expect(found.map(({ plate: id, label }) => `${id} ${label}`)).toEqual(new Array(6).fill("P2 defocus"));
});

test("pixels at the ceiling are reported from 0.02 % on, even of a single site", () => {
  const quality = { Mito: { PercentSaturated: 0.0547, SaturatedPixels: 638 } };
  const [finding] = detectFaults([siteOf(1, "P1", { quality })]);
  expect(finding).toMatchObject({ label: "saturation", channel: "Mito", threshold: 0.02 });
  expect(finding!.reason).toMatch(/^638 pixels of Mito/);
  const few = { Mito: { PercentSaturated: 0.003, SaturatedPixels: 9 } };
  expect(detectFaults([siteOf(1, "P1", { quality: few })])).toEqual([]);
});

test("a plate that saturates a little everywhere is not an avalanche of findings", () => {
  const quality = { Mito: { PercentSaturated: 0.05, SaturatedPixels: 146 } };
  expect(detectFaults(Array.from({ length: 40 }, (_, i) => siteOf(i, "P1", { quality })))).toEqual([]);
});

const BARE = Object.fromEntries(
  Object.keys(USUAL).flatMap((c) => [
    [`Coverage_${c}`, 0],
    [`Signal_${c}`, 0.0005],
  ]),
);

test("a site without cells is empty and nothing else", () => {
  const found = detectFaults(withSite({ artefacts: BARE, objectCount: 0, slopeBy: 1.5 }));
  expect(found).toMatchObject([{ label: "empty-well" }]);
  expect(found[0]!.reason).toMatch(/0 nuclei, usual are 3\d/);
});

test("a well with few cells is not empty", () => {
  const artefacts = { Coverage_DNA: 0.012, Coverage_ER: 0.03, Coverage_Mito: 0.015 };
  expect(detectFaults(withSite({ artefacts, objectCount: 8 }))).toEqual([]);
});

test("one dark channel among cells is a dead lamp, and its lack of detail is not judged", () => {
  const found = detectFaults(
    withSite({ artefacts: { Signal_Mito: 0.0001, Coverage_Mito: 0 }, quality: { Mito: { PowerLogLogSlope: 0.1 } } }),
  );
  expect(found).toMatchObject([{ label: "dead-lamp", channel: "Mito" }]);
});

test("channels that look like each other are exchanged", () => {
  const one = siteOf(40);
  const artefacts = Object.fromEntries(
    Object.entries(one.artefacts).map(([key, value]) => {
      const other = key.endsWith("_DNA") ? key.replace("_DNA", "_ER") : key.replace("_ER", "_DNA");
      return [key, one.artefacts[other] ?? value];
    }),
  );
  const quality = { ...one.quality, DNA: one.quality.ER!, ER: one.quality.DNA! };
  const found = detectFaults([...plate, { ...one, artefacts, quality }]);
  expect(found).toMatchObject([{ label: "channel-swap", channel: "DNA", otherChannel: "ER" }]);
});

test("a huge bright region in the nuclear channel is debris; soft edges are told", () => {
  const artefacts = { LargestBlob_DNA: 0.018, LargestBlobEdge_DNA: 0.22 };
  const [finding, ...rest] = detectFaults(withSite({ artefacts }));
  expect(rest).toEqual([]);
  expect(finding).toMatchObject({ label: "debris", channel: "DNA" });
  expect(finding!.reason).toMatch(/soft edges.*1\.8 %.*14 times a typical nucleus.*blob out of focus/);
});

test("the nuclear channel may be named by the caller", () => {
  const artefacts = { LargestBlob_Mito: 0.01 };
  const alone = [siteOf(1, "P1", { artefacts })];
  expect(detectFaults(alone)).toEqual([]);
  expect(detectFaults(alone, { nuclearChannel: "Mito" })).toMatchObject([{ label: "debris", channel: "Mito" }]);
});

test("a round dark region is a bubble, and blur beside it belongs to the bubble; shading of the whole plate is none", () => {
  const levels = { DarkDiscLevel_DNA: 0.004, DarkDiscLevel_ER: 0.0036, DarkDiscLevel_Mito: 0.005 };
  const disc = { DarkDisc: 0.2, DarkDiscRoundness: 0.94, ...levels };
  expect(detectFaults(withSite({ artefacts: disc, slopeBy: -1.2 }))).toMatchObject([{ label: "bubble" }]);
  expect(detectFaults(withSite({ artefacts: { ...disc, DarkDiscRoundness: 0.4 } }))).toEqual([]);
  const gap = { ...disc, DarkDiscLevel_DNA: 0.0054, DarkDiscLevel_ER: 0.0043, DarkDiscLevel_Mito: 0.0068 };
  expect(detectFaults(withSite({ artefacts: gap }))).toEqual([]);
  expect(detectFaults(Array.from({ length: 40 }, (_, i) => siteOf(i, "P1", { artefacts: disc })))).toEqual([]);
});

test("a strong phenotype is no fault: dimmer, smaller, coarser cells, in a third of the wells", () => {
  const changed = Array.from({ length: 20 }, (_, i) =>
    siteOf(40 + i, "P1", { artefacts: { Signal_Mito: 0.12, Coverage_Mito: 0.03, Signal_ER: 0.08 }, slopeBy: -0.3 }),
  );
  expect(detectFaults([...plate, ...changed])).toEqual([]);
});

describe("the summary of a plate", () => {
  test("says in one sentence what is wrong where, and what to do", () => {
    const block = [21, 22, 23, 31, 32, 33, 11, 12, 13];
    const sites = plate.map((site, i) => (block.includes(i) ? siteOf(i, "P1", { slopeBy: -1.5 }) : site));
    const quality = { Mito: { PercentSaturated: 2, SaturatedPixels: 5832 } };
    const summary = summariseFaults(detectFaults([...sites, siteOf(40, "P1", { quality })]));
    expect(summary.map(({ sentence }) => sentence)).toEqual([
      "Plate P1 is out of focus in nine wells (C03–E05): re-image.",
      "Plate P1 is saturated in Mito in well F02: shorten the exposure.",
    ]);
    expect(summary[0]!.wells[0]).toBe("C03");
  });

  test("lists scattered wells by name", () => {
    const finding = { plate: "P1", site: 1, label: "bubble", score: 1, threshold: 0.05, reason: "" } as const;
    const wells = ["G07", "B02", "D11"].map((well) => ({ ...finding, well }));
    expect(summariseFaults(wells)[0]!.sentence).toBe(
      "Plate P1 has an air bubble in three wells (B02, D11, G07): re-image.",
    );
  });

  test("of no findings is empty", () => {
    expect(summariseFaults([])).toEqual([]);
  });
});
