import { describe, expect, it } from "vitest";
import { compareVersions } from "./compare-versions.ts";
import { preparedMap } from "./prepared-map.test-support.ts";

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
