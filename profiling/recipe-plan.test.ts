import { describe, expect, it } from "vitest";
import { readRecipeConfig } from "./recipe-config.ts";
import { MissingInputError } from "./recipe-errors.ts";
import { type PlanOptions, planRecipe, samplesOf } from "./recipe-plan.ts";
import type { RecipeStep } from "./recipe-step.ts";
import type { PlateSurvey } from "./recipe-survey.ts";

const nothing: PlateSurvey = {
  profiles: false,
  profilesTakenOver: false,
  backend: [],
  analysis: null,
  loadData: null,
  selectedNegcon: [],
  platemap: { name: "map" },
  sourceProblem: (plate) => new MissingInputError(plate, ["here"], "Look."),
};

const sections = {
  aggregate: "aggregate:\n  perform: true\n  method: median\n",
  given: "aggregate:\n  perform: false\n  method: median\n",
  annotate: "annotate:\n  perform: true\n",
  normalize: "normalize_negcon:\n  perform: true\n  method: mad_robustize\n  mad_robustize_fudge_factor: 0\n",
  select: (level: string) =>
    `feature_select_negcon:\n  perform: true\n  level: ${level}\n  gct: true\n  operations:\n    - drop_outliers\n`,
};

function plan(config: string, found: Partial<PlateSurvey> = {}, options: PlanOptions = {}): RecipeStep[] {
  const batches = "---\nbatch: B1\nplates:\n  - name: P1\n  - name: P2\n---\nbatch: B2\nplates:\n  - name: P3\n";
  const read = readRecipeConfig(`pipeline: x\n${config}${batches}`);
  const survey = { ...nothing, ...found };
  const plates = { "B1/P1": survey, "B1/P2": survey, "B2/P3": survey };
  return planRecipe(read, { plates, notes: [] }, options).steps;
}

const step = (steps: readonly RecipeStep[], id: string): RecipeStep => {
  const found = steps.find((one) => one.id === id);
  if (found === undefined) throw new Error(`there is no ${id} among ${steps.map((one) => one.id).join(", ")}`);
  return found;
};

describe("where profiles come from", () => {
  const source = (config: string, found: Partial<PlateSurvey>): unknown =>
    plan(config, found).find(({ id }) => id === "B1/P1/aggregate")?.parameters;

  it("when the recipe aggregates: the database, else Parquet, else CellProfiler's tables, by its method", () => {
    const everything: Partial<PlateSurvey> = { backend: ["sqlite", "csv", "parquet"], analysis: "analysis/B1/P1/" };
    expect(source(sections.aggregate, everything)).toMatchObject({ source: "sqlite", operation: "median" });
    expect(source(sections.aggregate, { ...everything, backend: ["csv"] })).toMatchObject({ source: "analysis" });
    expect(source(sections.aggregate, { backend: ["csv"] })).toMatchObject({ source: "csv" });
  });

  it("when it does not: the profiles that are there, and no step; else what the handbook's collate would have made", () => {
    expect(source(sections.given, { profiles: true, backend: ["sqlite"] })).toBeUndefined();
    expect(source(sections.given, { backend: ["sqlite", "csv"] })).toMatchObject({ source: "csv", takenOver: true });
    expect(source(sections.given, { analysis: "analysis/B1/P1/" })).toMatchObject({
      source: "analysis",
      operation: "mean",
      imageFeatures: expect.arrayContaining(["Granularity"]),
    });
    const followed = { profiles: true, profilesTakenOver: true, backend: ["csv" as const] };
    expect(source(sections.given, followed)).toMatchObject({ source: "csv" });
  });

  it("is a problem of the plate when there is nothing, but only if a step needs it", () => {
    expect(step(plan(sections.given + sections.annotate), "B1/P1/aggregate").problem?.code).toBe(
      "profiling/missing-input",
    );
    expect(plan(sections.given + sections.normalize).map(({ id }) => id)).not.toContain("B1/P1/aggregate");
  });
});

describe("a plan", () => {
  const config = sections.aggregate + sections.annotate + sections.normalize;

  it("is a JSON value whose steps wait for those that make their inputs", () => {
    const steps = plan(config + sections.select("batch"), { backend: ["sqlite"] });
    expect(JSON.parse(JSON.stringify(steps))).toEqual(steps);
    expect(step(steps, "B1/P1/annotate").after).toEqual(["B1/P1/aggregate"]);
    expect(step(steps, "B1/feature_select_negcon_batch").after).toEqual([
      "B1/P1/normalize_negcon",
      "B1/P2/normalize_negcon",
    ]);
  });

  it.each([
    [
      "plate",
      ["B1/P1/feature_select_negcon_plate", "B1/P2/feature_select_negcon_plate", "B2/P3/feature_select_negcon_plate"],
    ],
    ["batch", ["B1/feature_select_negcon_batch", "B2/feature_select_negcon_batch"]],
    ["all", ["feature_select_negcon_all"]],
  ])("selects features by %s, with the recipe's names", (level, ids) => {
    const steps = plan(config + sections.select(level)).filter(({ kind }) => kind === "feature_select");
    expect(steps.map(({ id }) => id)).toEqual(ids);
    const keys = steps.flatMap(({ outputs }) => outputs.map(({ key }) => key));
    expect(keys).toContain(`profiles/B1/P2/P2_normalized_feature_select_negcon_${level}.csv.gz`);
    expect(keys.includes(`gct/B2/B2_normalized_feature_select_negcon_${level}.gct`)).toBe(level !== "plate");
  });

  it("learns from wells with enough cells, of the negative controls where asked", () => {
    expect(samplesOf("all", 1)).toBe("all");
    expect(samplesOf("all", 20)).toBe("Metadata_Object_Count >= 20");
    expect(samplesOf("negcon", 20)).toBe("Metadata_control_type == 'negcon' and Metadata_Object_Count >= 20");
  });

  it("adds profiles normalized by subgroup beside the others", () => {
    const by = sections.normalize.replace(
      "perform: true",
      "perform: true\n  subgroups: true\n  subgroup_col: Metadata_column",
    );
    const added = step(plan(sections.annotate + by, { profiles: true }), "B1/P1/subgroup_normalize_negcon");
    expect(added.outputs[0]?.key).toBe("profiles/B1/P1/P1_subgroup_normalized_negcon.csv.gz");
    expect(added.parameters).toMatchObject({ by: ["Metadata_column"], epsilon: 0 });
  });

  it("rounds only when asked, and draws heat maps from what is selected in it or was before", () => {
    expect(step(plan(config, {}, {}), "B1/P1/annotate").parameters).not.toHaveProperty("digits");
    const rounded = `${config}options:\n  float_format: "%.4g"\n`;
    expect(step(plan(rounded, {}, { compatRounding: true }), "B1/P1/annotate").parameters).toMatchObject({ digits: 4 });
    const quality = `${config}quality_control:\n  perform: true\n  heatmap:\n    perform: true\n`;
    expect(step(plan(quality), "B1/P1/heatmaps").outputs).toHaveLength(3);
    const before = step(plan(quality, { selectedNegcon: ["batch", "plate"] }), "B1/P1/heatmaps");
    expect(before.inputs[1]?.key).toMatch(/_negcon_batch\.csv\.gz$/);
  });
});
