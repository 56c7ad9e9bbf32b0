import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { readRecipeConfig } from "./recipe-config.ts";
import { RecipeConfigError } from "./recipe-errors.ts";

const folder = new URL("../../shared/data/profiles/jump/", import.meta.url);
const present = existsSync(folder);

const config = `pipeline: test
normalize:
  perform: true
  method: mad_robustize
  features: infer
  mad_robustize_fudge_factor: 0
  image_features: false
feature_select:
  perform: true
  level: batch
  operations:
    - variance_threshold
    - correlation_threshold
options:
  float_format: "%.5g"
---
batch: 2020_11_04
plates:
  - name: 00117006
    process: yes
  - name: BR2
    process: false
process: true
---
batch: left out
plates:
  - BR3
process: false
`;

/** The problems of a changed configuration, as "line path: problem". */
function problems(change: (text: string) => string): string[] {
  try {
    readRecipeConfig(change(config), "c.yml");
  } catch (error) {
    if (error instanceof RecipeConfigError)
      return error.problems.map(({ line, path, problem }) => `${line} ${path}: ${problem}`);
    throw error;
  }
  return [];
}

describe("a recipe's configuration", () => {
  it("is read with the recipe's defaults, and bar codes keep their zeros", () => {
    const read = readRecipeConfig(config);
    expect(read.batches).toEqual([{ batch: "2020_11_04", plates: ["00117006"] }]);
    expect(read.outputDir).toBe("profiles");
    expect(read.normalize).toMatchObject({ perform: true, method: "mad_robustize", epsilon: 0, minimumCells: 1 });
    expect(read.featureSelect).toMatchObject({ level: "batch", gct: false, imageFeatures: false });
    expect(read.featureSelectNegcon).toBeUndefined();
    expect(read.floatDigits).toBe(5);
  });

  it("is refused with the line of a typo and the name that was meant", () => {
    expect(problems((text) => text.replace("  method:", "  mehtod:"))).toEqual([
      "3 normalize.method: is missing; the recipe needs it.",
      '4 normalize.mehtod: there is no such setting. Did you mean "method"?',
    ]);
    expect(problems((text) => text.replace("mad_robustize\n", "mad_robust\n"))).toEqual([
      '4 normalize.method: "mad_robust" is not known. Did you mean "mad_robustize"?',
    ]);
    expect(problems((text) => text.replace("- variance_threshold", "- varience_threshold"))).toEqual([
      '12 feature_select.operations[0]: "varience_threshold" is not known. Did you mean "variance_threshold"?',
    ]);
  });

  it("tells all problems at once, in order of lines", () => {
    const found = problems((text) =>
      text
        .replace("perform: true", "perform: maybe")
        .replace("level: batch", "level: 3")
        .replace("- name: BR2", "- nmae: BR2"),
    );
    expect(found.map((line) => line.split(" ")[0])).toEqual(["3", "10", "21", "21"]);
  });

  it("is refused when YAML itself is broken, when the pipeline is missing, when a plate comes twice", () => {
    expect(problems((text) => text.replace("features: infer", "features: [infer"))[0]).toMatch(/^\d+ YAML: /);
    expect(problems((text) => text.replace("pipeline: test\n", ""))[0]).toMatch(/there is no document with `pipeline/);
    expect(problems((text) => text.replace("BR2", "00117006"))[0]).toMatch(/plate 00117006 .* second time/);
    expect(problems((text) => text.replace("batch: left out", "batch: 2020_11_04"))[0]).toMatch(/first on line 17/);
    expect(problems(() => "")[0]).toMatch(/there is no document/);
  });

  it("does not let a name or an output folder lead outside of the project", () => {
    expect(problems((text) => text.replace("BR2", "../x"))[0]).toMatch(/cannot be a folder's name/);
    expect(problems((text) => text.replace("pipeline: test", "pipeline: test\noutput_dir: ../up"))[0]).toMatch(
      /inside the project/,
    );
  });

  it("needs what belongs together", () => {
    const text = (external: string) => (from: string) =>
      from.replace("normalize:", `annotate:\n  perform: true\n  external:\n${external}\nnormalize:`);
    expect(problems(text("    perform: true\n    file: a.tsv"))[0]).toMatch(/needs `file` and `merge_column`/);
    expect(problems(text("    perform: false"))).toEqual([]);
    expect(problems((from) => from.replace("method: mad", "subgroups: true\n  method: mad"))[0]).toMatch(
      /subgroup_col/,
    );
  });

  it("reads the older list of quality control operations", () => {
    const older = readRecipeConfig(
      config.replace(
        "options:",
        "quality_control:\n  perform: true\n  operations:\n    - summary\n    - heatmap\noptions:",
      ),
    );
    expect(older.qualityControl).toEqual({
      perform: true,
      summary: { row: "Metadata_Row", column: "Metadata_Col" },
      heatmap: true,
    });
  });
});

describe.skipIf(!present)(
  `published configurations ${present ? "" : "(SKIPPED: ../shared/data/profiles/jump is absent)"}`,
  () => {
    const files = present ? readdirSync(folder).filter((name) => name.endsWith(".yml")) : [];
    it("are four", () => {
      expect(files).toHaveLength(4);
    });
    it.each(files)("%s is accepted as it is", (name) => {
      const read = readRecipeConfig(readFileSync(new URL(name, folder), "utf8"), name);
      expect(read.batches.flatMap(({ plates }) => plates).length).toBeGreaterThan(3);
      expect(read.normalize?.method).toBe("mad_robustize");
      expect(read.normalizeNegcon?.minimumCells).toBe(1);
      expect(read.featureSelectNegcon?.operations).toHaveLength(4);
      expect(read.qualityControl?.summary).toEqual({ row: "Metadata_Row", column: "Metadata_Col" });
    });
  },
);
