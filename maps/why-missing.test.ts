import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MISSING_STEPS, type MissingFacts, whyMissing } from "./why-missing.ts";

const onTheMap: MissingFacts = {
  asked: "tsc2",
  version: "12",
  resolved: { perturbation: "gene:TSC2", label: "TSC2" },
  sources: [{ source: "CRISPR 1", holds: true }],
  wells: { total: 4, passed: 4, needed: 3, failures: [] },
  filters: [{ filter: "expressed genes", passed: true, words: "zFPKM 1.2" }],
  versions: [{ version: "12", holds: true }],
  layers: [
    { layer: "bucket", holds: true },
    { layer: "disk", holds: true },
  ],
  settings: [{ setting: "compounds only", hides: false, undo: "show genes." }],
};

/** For each step, facts that fail there, and what is said. */
const failing: Record<
  (typeof MISSING_STEPS)[number],
  { facts: Partial<MissingFacts>; sentence: string; remedy: string }
> = {
  name: {
    facts: { resolved: { suggestions: ["TSC1", "TSC22D1"] } },
    sentence: '"tsc2" is no name of a perturbation; close to it are TSC1 and TSC22D1.',
    remedy: "Check the spelling, or add the name to the table of genes or compounds.",
  },
  source: {
    facts: {
      sources: [
        { source: "CRISPR 1", holds: false },
        { source: "CRISPR 2", holds: false },
      ],
    },
    sentence: "TSC2 is in none of the screens that feed this group (CRISPR 1 and CRISPR 2).",
    remedy: "Add a screen that holds it to the group's inputs, and build again.",
  },
  wells: {
    facts: {
      wells: {
        total: 4,
        passed: 1,
        needed: 3,
        failures: [
          { reason: "out of focus", wells: 2 },
          { reason: "with too few cells", wells: 1 },
        ],
      },
    },
    sentence:
      "Of the 4 wells of TSC2 1 passed quality control, 3 are needed (2 out of focus and 1 with too few cells).",
    remedy: "Look at the flagged wells; pass them if the flags are wrong, or image them again.",
  },
  filters: {
    facts: {
      filters: [
        { filter: "object count", passed: true, words: "" },
        { filter: "expressed genes", passed: false, words: "zFPKM −4.2, at least −3 wanted" },
      ],
    },
    sentence: 'The filter "expressed genes" left TSC2 out: zFPKM −4.2, at least −3 wanted.',
    remedy: "Change the filter and build again, if it should not apply.",
  },
  versions: {
    facts: {
      versions: [
        { version: "12", holds: false },
        { version: "11", holds: true },
        { version: "10", holds: true },
      ],
    },
    sentence: "Version 12, the one shown, lacks TSC2; 11 and 10 hold it.",
    remedy: "Open version 11.",
  },
  layers: {
    facts: {
      layers: [
        { layer: "bucket", holds: true },
        { layer: "disk", holds: false },
      ],
    },
    sentence: "Version 12 with TSC2 has not reached the disk.",
    remedy: "Wait for it to be fetched, or refresh this group's copy.",
  },
  settings: {
    facts: {
      settings: [
        { setting: "compounds only", hides: true, undo: "show genes." },
        { setting: "arm 16p hidden", hides: true, undo: "show arm 16p." },
      ],
    },
    sentence: "TSC2 is hidden by settings of this page: compounds only and arm 16p hidden.",
    remedy: "Show genes. Show arm 16p.",
  },
};

describe("why something is missing", () => {
  it.each(MISSING_STEPS)("is said of the step %s", (step) => {
    const { facts, sentence, remedy } = failing[step];
    expect(whyMissing({ ...onTheMap, ...facts })).toMatchObject({ failed: step, sentence, remedy });
  });

  it("is the first failing step, with those before it passed and those after it not reached", () => {
    fc.assert(
      fc.property(fc.subarray([...MISSING_STEPS], { minLength: 1 }), (steps) => {
        const facts = Object.assign({ ...onTheMap }, ...steps.map((step) => failing[step].facts)) as MissingFacts;
        const found = whyMissing(facts);
        const first = MISSING_STEPS.find((step) => steps.includes(step))!;
        expect(found.failed).toBe(first);
        const at = MISSING_STEPS.indexOf(first);
        expect(found.steps.map(({ step }) => step)).toEqual([...MISSING_STEPS]);
        found.steps.forEach(
          ({ outcome }, i) => void expect(outcome).toBe(i < at ? "passed" : i === at ? "failed" : "not reached"),
        );
      }),
    );
  });

  it("is nothing when it is on the map", () => {
    expect(whyMissing(onTheMap)).toMatchObject({ failed: null, sentence: "TSC2 is on the map: nothing hides it." });
  });

  it("names what nobody looked at when nothing else explains it", () => {
    const found = whyMissing({ ...onTheMap, wells: null, layers: null });
    expect(found.failed).toBeNull();
    expect(found.sentence).toBe(
      "Nothing that was looked at explains why TSC2 is missing; not looked at: wells, layers.",
    );
    expect(whyMissing({ ...onTheMap, wells: null, ...failing.filters.facts }).failed).toBe("filters");
  });

  it("says so when there are no screens, no wells, no version with it, or no close name", () => {
    expect(whyMissing({ ...onTheMap, sources: [] }).sentence).toBe(
      "No screen feeds this group, so TSC2 cannot be in it.",
    );
    expect(whyMissing({ ...onTheMap, wells: { total: 0, passed: 0, needed: 3, failures: [] } }).sentence).toBe(
      "TSC2 has no wells.",
    );
    expect(whyMissing({ ...onTheMap, versions: [] }).sentence).toBe("No version of the group holds TSC2 yet.");
    expect(whyMissing({ ...onTheMap, resolved: { suggestions: [] } }).sentence).toBe(
      '"tsc2" is no name of a perturbation.',
    );
  });

  it("hands on links, and cuts long lists", () => {
    const wells = { total: 4, passed: 4, needed: 3, failures: [], link: "/perturbations/gene:TSC2" };
    expect(whyMissing({ ...onTheMap, wells }).steps[2]?.link).toBe("/perturbations/gene:TSC2");
    const sources = Array.from({ length: 9 }, (_, i) => ({ source: `S${i}`, holds: false }));
    expect(whyMissing({ ...onTheMap, sources }).sentence).toContain("(S0, S1, S2, S3 and 5 more)");
  });
});
