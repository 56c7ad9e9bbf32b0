import { describe, expect, it } from "vitest";
import { compareVersions } from "./compare-versions.ts";
import { memoryPlace, preparedMap } from "./prepared-map.test-support.ts";
import { publishGroups } from "./publish-groups.ts";
import { tracePerturbation, traceSentences } from "./trace-perturbation.ts";

const versionOf = (genes: number) => {
  const { group, prepared } = preparedMap({ genes }).groups[0]!;
  return { manifest: prepared.manifest, rows: group.rows };
};

describe("two versions", () => {
  it("differ by nothing from themselves", () => {
    const one = versionOf(24);
    expect(compareVersions(one, one)).toMatchObject({ gained: [], lost: [], settings: [] });
  });

  it("differ by perturbations gained and lost, the other way round when they change places", () => {
    const [fewer, more] = [versionOf(22), versionOf(24)];
    const difference = compareVersions(fewer, more);
    expect(difference).toMatchObject({
      gained: ["gene:G0023", "gene:G0024"],
      lost: [],
      dims: { before: 10, after: 10 },
    });
    expect(compareVersions(more, fewer)).toMatchObject({ gained: [], lost: difference.gained, kept: difference.kept });
  });

  it("differ by how many perturbations pass the tests of replicates and controls", () => {
    const [fewer, more] = [versionOf(22), versionOf(24)];
    const { tests } = compareVersions(fewer, more);
    expect(tests.map(({ name }) => name)).toEqual(["consistency", "magnitude", "retrieval"]);
    expect(tests[0]!.before).toEqual(fewer.manifest.benchmark.consistency);
    expect(tests[0]!.after).toEqual(more.manifest.benchmark.consistency);
    expect(tests[0]!.after.tested).toBeGreaterThan(tests[0]!.before.tested);
  });

  it("differ by settings, named by their place", () => {
    const one = versionOf(24);
    const recipe = { ...one.manifest.recipe, align: { kind: "none" as const }, filter: {} };
    const { settings } = compareVersions(one, { ...one, manifest: { ...one.manifest, recipe } });
    expect(settings).toEqual([
      { name: "recipe.filter.replicates", before: "2", after: "absent" },
      { name: "recipe.align.kind", before: '"tvn"', after: '"none"' },
    ]);
  });
});

describe("a perturbation that is looked for", () => {
  it("is told with its rows, or with what is called alike", async () => {
    const store = memoryPlace();
    const { catalog } = await publishGroups(store, preparedMap().groups);
    const found = await tracePerturbation(store, catalog, "GENE:g0003");
    expect(found.groups.map(({ rows }) => rows.length)).toEqual([1, 1]);
    expect(traceSentences(found)[0]).toMatch(/^demo@[0-9a-f]{16}: gene:G0003 of 4 units\.$/);
    const missing = await tracePerturbation(store, catalog, "G00X");
    expect(traceSentences(missing).at(-1)).toBe(
      "Nothing is called G00X. There are G0001, G0002, G0003, G0004, G0005, G0006, G0007, G0008, G0009, G0010.",
    );
  });

  it("is nowhere in an empty store", async () => {
    const store = memoryPlace();
    const trace = await tracePerturbation(store, (await publishGroups(store, [])).catalog, "X");
    expect(traceSentences(trace)).toEqual(["The store has no group."]);
  });
});
