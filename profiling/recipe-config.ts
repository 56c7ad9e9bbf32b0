import { isMap, isScalar, LineCounter, type Node, parseAllDocuments, type YAMLMap } from "yaml";
import type { FeatureSelectLevel } from "./layout.ts";
import type { NormalizeMethod } from "./normalize.ts";
import { RecipeConfigError, type RecipeProblem } from "./recipe-errors.ts";
import { type Checker, lineOf, type Rule, readSection, readSetting, type Values } from "./recipe-yaml.ts";

export interface AggregateSettings {
  perform: boolean;
  plateColumn: string;
  wellColumn: string;
  siteColumn: string | undefined;
  method: "mean" | "median";
  fields: "all" | number[];
  /** Categories of whole-image features to add; empty for none. */
  imageFeatureCategories: string[];
  objectFeature: string;
}

export interface AnnotateSettings {
  perform: boolean;
  wellColumn: string;
  /** File in metadata/external_metadata and the column that it shares with the plate map. */
  external: { file: string; mergeColumn: string } | undefined;
}

export interface NormalizeSettings {
  perform: boolean;
  method: NormalizeMethod;
  features: "infer" | string[];
  imageFeatures: boolean;
  /** Added to the scale of mad_robustize; undefined: pycytominer's 1e-18. */
  epsilon: number | undefined;
  /** Wells with fewer cells do not take part in fitting. */
  minimumCells: number;
  /** Metadata column whose groups are normalized each by itself, as an addition. */
  subgroupColumn: string | undefined;
}

export interface FeatureSelectSettings {
  perform: boolean;
  features: "infer" | string[];
  imageFeatures: boolean;
  level: FeatureSelectLevel;
  gct: boolean;
  operations: string[];
  minimumCells: number;
  subgroups: boolean;
}

export interface QualityControlSettings {
  perform: boolean;
  summary: { row: string; column: string } | undefined;
  heatmap: boolean;
}

/** A profiling-recipe configuration, checked. Sections that the file does not have are undefined and not performed. */
export interface RecipeConfig {
  pipeline: string;
  outputDir: string;
  platemapWellColumn: string;
  compartments: string[];
  aggregate: AggregateSettings | undefined;
  annotate: AnnotateSettings | undefined;
  normalize: NormalizeSettings | undefined;
  normalizeNegcon: NormalizeSettings | undefined;
  featureSelect: FeatureSelectSettings | undefined;
  featureSelectNegcon: FeatureSelectSettings | undefined;
  qualityControl: QualityControlSettings | undefined;
  /** Digits that `--compat-rounding` rounds to between steps, such as 5 for `%.5g`; undefined: no rounding. */
  floatDigits: number | undefined;
  /** Which variance_threshold is meant; undefined when the file does not say. */
  pycytominer: "1.6" | "1.7" | undefined;
  /** Batches and plates to process, in the file's order. */
  batches: { batch: string; plates: string[] }[];
}

/** Normalization methods that a recipe may name. */
export const RECIPE_METHODS = ["standardize", "robustize", "mad_robustize", "spherize", "inverse_normal"] as const;

/** Feature selection operations that a recipe may name; noise_removal needs parameters that a recipe cannot give. */
export const RECIPE_OPERATIONS = [
  "variance_threshold",
  "frequency_threshold",
  "correlation_threshold",
  "drop_na_columns",
  "blocklist",
  "drop_outliers",
] as const;

const flag: Rule = { kind: "boolean" };
const text: Rule = { kind: "text" };
const features: Rule = { kind: "texts", also: "infer" };
const minimumCells: Rule = { kind: "number", minimum: 1, whole: true };

const normalize: Rule = {
  kind: "section",
  required: ["perform", "method"],
  members: {
    perform: flag,
    method: { kind: "text", oneOf: RECIPE_METHODS },
    features,
    mad_robustize_fudge_factor: { kind: "number", minimum: 0 },
    image_features: flag,
    min_cells: minimumCells,
    subgroups: flag,
    subgroup_col: text,
  },
};

const featureSelect: Rule = {
  kind: "section",
  required: ["perform", "operations"],
  members: {
    perform: flag,
    features,
    level: { kind: "text", oneOf: ["plate", "batch", "all"] },
    gct: flag,
    image_features: flag,
    operations: { kind: "texts", oneOf: RECIPE_OPERATIONS },
    min_cells: minimumCells,
    subgroups: flag,
  },
};

const pipelineRules: Extract<Rule, { kind: "section" }> = {
  kind: "section",
  required: ["pipeline"],
  members: {
    pipeline: { kind: "name" },
    output_dir: {
      kind: "text",
      matches: /^(?!\/)(?!.*(?:^|\/)\.\.(?:\/|$))[^\\]+$/,
      says: "expected a folder inside the project",
    },
    platemap_well_column: text,
    compartments: { kind: "texts" },
    aggregate: {
      kind: "section",
      required: ["perform"],
      members: {
        perform: flag,
        plate_column: text,
        well_column: text,
        site_column: text,
        method: { kind: "text", oneOf: ["median", "mean"] },
        fields: { kind: "numbers", also: "all" },
        image_feature_categories: { kind: "texts" },
        object_feature: text,
      },
    },
    annotate: {
      kind: "section",
      required: ["perform"],
      members: {
        perform: flag,
        well_column: text,
        external: { kind: "section", members: { perform: flag, file: text, merge_column: text } },
      },
    },
    normalize,
    normalize_negcon: normalize,
    feature_select: featureSelect,
    feature_select_negcon: featureSelect,
    quality_control: {
      kind: "section",
      required: ["perform"],
      members: {
        perform: flag,
        summary: { kind: "section", members: { perform: flag, row: text, column: text } },
        heatmap: { kind: "section", members: { perform: flag } },
        operations: { kind: "texts", oneOf: ["summary", "heatmap"] },
      },
    },
    options: {
      kind: "section",
      members: {
        compression: { kind: "text", oneOf: ["gzip"] },
        float_format: { kind: "text", matches: /^%\.\d{1,2}g$/, says: "expected a form like %.5g" },
        samples: { kind: "text", oneOf: ["all"] },
        pycytominer: { kind: "text", oneOf: ["1.6", "1.7"] },
      },
    },
  },
};

/** Documents like `- name: BR00117006, process: true`; older files list the names alone. */
function readPlate(node: Node, path: string, check: Checker): { name: string; process: boolean } | undefined {
  if (isScalar(node)) {
    const name = readSetting(node, { kind: "name" }, path, check);
    return name === undefined ? undefined : { name: String(name), process: true };
  }
  const rule: Extract<Rule, { kind: "section" }> = {
    kind: "section",
    required: ["name"],
    members: { name: { kind: "name" }, process: flag },
  };
  const values = readSection(node, rule, path, check);
  return typeof values?.name === "string" ? { name: values.name, process: values.process !== false } : undefined;
}

const batchRules: Extract<Rule, { kind: "section" }> = {
  kind: "section",
  required: ["batch", "plates"],
  members: { batch: { kind: "name" }, plates: { kind: "list", of: readPlate }, process: flag },
};

/**
 * Reads a profiling-recipe configuration (a pipeline document and one document a batch) as the recipe wrote it; settings that older
 * recipes did not have may be absent. Unknown settings are refused, where the recipe ignores them silently.
 * https://github.com/cytomining/profiling-recipe
 * @param source the file's text
 * @param file its name in messages
 * @throws RecipeConfigError (profiling/recipe-config) with every problem, its line and the name that was probably meant
 */
export function readRecipeConfig(source: string, file = "config"): RecipeConfig {
  const lines = new LineCounter();
  const check: Checker = { problems: [], lines };
  const documents = parseAllDocuments(source, { version: "1.1", lineCounter: lines });
  const roots: YAMLMap[] = [];
  for (const document of "empty" in documents ? [] : documents) {
    for (const error of document.errors)
      check.problems.push({
        line: error.linePos?.[0].line ?? 1,
        path: "YAML",
        problem: error.message.split(/ at line |\n/)[0] ?? error.message,
      });
    if (isMap(document.contents)) roots.push(document.contents);
    else if (document.contents !== null && !(isScalar(document.contents) && document.contents.value === null))
      check.problems.push({ line: lineOf(document.contents, check), path: "document", problem: "expected settings." });
  }
  const isPipeline = (root: YAMLMap): boolean => root.has("pipeline");
  const pipelines = check.problems.length > 0 ? [] : roots.filter(isPipeline);
  if (check.problems.length === 0 && pipelines.length !== 1)
    check.problems.push({
      line: pipelines[1] === undefined ? 1 : lineOf(pipelines[1], check),
      path: "pipeline",
      problem:
        pipelines.length === 0
          ? "there is no document with `pipeline: NAME`; the first document holds the pipeline's settings."
          : "a second document has `pipeline`; a configuration has one.",
    });
  const values = pipelines[0] === undefined ? {} : (readSection(pipelines[0], pipelineRules, "", check) ?? {});
  const batches =
    check.problems.length > 0 && pipelines.length === 0
      ? []
      : readBatches(
          roots.filter((root) => !isPipeline(root)),
          check,
        );
  const config = toConfig(values, batches);
  if (pipelines[0] !== undefined) checkTogether(config, pipelines[0], values, check);
  if (check.problems.length > 0)
    throw new RecipeConfigError(
      file,
      check.problems.toSorted((a, b) => a.line - b.line),
    );
  return config;
}

function readBatches(roots: readonly YAMLMap[], check: Checker): RecipeConfig["batches"] {
  const batches: RecipeConfig["batches"] = [];
  const firstLine = new Map<string, number>();
  const again = (line: number, path: string, what: string, first: number): RecipeProblem => ({
    line,
    path,
    problem: `${what} is named a second time, first on line ${first}. Remove one of them.`,
  });
  roots.forEach((root, index) => {
    const values = readSection(root, batchRules, "", check);
    if (values?.batch === undefined) return;
    const batch = String(values.batch);
    const line = lineOf(root, check);
    const path = `batch[${index}]`;
    const first = firstLine.get(batch);
    if (first !== undefined) check.problems.push(again(line, path, `batch ${batch}`, first));
    else firstLine.set(batch, line);
    const plates = ((values.plates ?? []) as ({ name: string; process: boolean } | undefined)[]).filter(
      (plate) => plate !== undefined,
    );
    const seen = new Set<string>();
    for (const { name } of plates) {
      if (seen.has(name)) check.problems.push(again(line, `${path}.plates`, `plate ${name} of batch ${batch}`, line));
      seen.add(name);
    }
    for (const [what, name] of [["batch", batch], ...plates.map((plate) => ["plate", plate.name])])
      if (/[\\/]|^\.\.?$/.test(name ?? ""))
        check.problems.push({ line, path, problem: `${what} "${name}" cannot be a folder's name.` });
    if (values.process === false) return;
    batches.push({ batch, plates: plates.filter(({ process }) => process).map(({ name }) => name) });
  });
  return batches;
}

/** Settings that only make sense together. */
function checkTogether(config: RecipeConfig, root: YAMLMap, values: Values, check: Checker): void {
  const section = (name: string): Values | undefined => values[name] as Values | undefined;
  const refuse = (path: string, problem: string): void => {
    const node = root.getIn(path.split("."), true);
    check.problems.push({ line: lineOf((node ?? root) as Node, check), path, problem });
  };
  const external = section("annotate")?.external as Values | undefined;
  if (external?.perform === true && (external.file === undefined || external.merge_column === undefined))
    refuse("annotate.external", "needs `file` and `merge_column`, or `perform: false`.");
  for (const name of ["normalize", "normalize_negcon"])
    if (section(name)?.subgroups === true && section(name)?.subgroup_col === undefined)
      refuse(name, "`subgroups: true` needs `subgroup_col`, the metadata column of the groups.");
  for (const [name, of] of [
    ["feature_select", "normalize"],
    ["feature_select_negcon", "normalize_negcon"],
  ] as const)
    if (section(name)?.subgroups === true && section(of)?.subgroups !== true)
      refuse(name, `\`subgroups: true\` needs \`subgroups: true\` in ${of}.`);
  if (config.compartments.length === 0) refuse("compartments", "names no compartment.");
}

function toConfig(values: Values, batches: RecipeConfig["batches"]): RecipeConfig {
  const section = (name: string): Values | undefined => values[name] as Values | undefined;
  const options = section("options") ?? {};
  return {
    pipeline: String(values.pipeline ?? ""),
    outputDir: String(values.output_dir ?? "profiles").replace(/\/+$/, ""),
    platemapWellColumn: String(values.platemap_well_column ?? "Metadata_well_position"),
    compartments: (values.compartments as string[] | undefined) ?? ["cells", "cytoplasm", "nuclei"],
    aggregate: ofSection(section("aggregate"), toAggregate),
    annotate: ofSection(section("annotate"), toAnnotate),
    normalize: ofSection(section("normalize"), toNormalize),
    normalizeNegcon: ofSection(section("normalize_negcon"), toNormalize),
    featureSelect: ofSection(section("feature_select"), toFeatureSelect),
    featureSelectNegcon: ofSection(section("feature_select_negcon"), toFeatureSelect),
    qualityControl: ofSection(section("quality_control"), toQualityControl),
    floatDigits: options.float_format === undefined ? undefined : Number(/\d+/.exec(String(options.float_format))?.[0]),
    pycytominer: options.pycytominer as "1.6" | "1.7" | undefined,
    batches,
  };
}

function ofSection<T>(values: Values | undefined, make: (values: Values) => T): T | undefined {
  return values === undefined ? undefined : make(values);
}

const toAggregate = (values: Values): AggregateSettings => ({
  perform: values.perform === true,
  plateColumn: String(values.plate_column ?? "Metadata_Plate"),
  wellColumn: String(values.well_column ?? "Metadata_Well"),
  siteColumn: values.site_column as string | undefined,
  method: values.method === "mean" ? "mean" : "median",
  fields: (values.fields as "all" | number[] | undefined) ?? "all",
  imageFeatureCategories: (values.image_feature_categories as string[] | undefined) ?? [],
  objectFeature: String(values.object_feature ?? "Metadata_ObjectNumber"),
});

const toAnnotate = (values: Values): AnnotateSettings => {
  const external = values.external as Values | undefined;
  return {
    perform: values.perform === true,
    wellColumn: String(values.well_column ?? "Metadata_Well"),
    external:
      external?.perform === true
        ? { file: String(external.file), mergeColumn: String(external.merge_column) }
        : undefined,
  };
};

const toNormalize = (values: Values): NormalizeSettings => ({
  perform: values.perform === true,
  method: values.method as NormalizeMethod,
  features: (values.features as "infer" | string[] | undefined) ?? "infer",
  imageFeatures: values.image_features === true,
  epsilon: values.mad_robustize_fudge_factor as number | undefined,
  minimumCells: Number(values.min_cells ?? 1),
  subgroupColumn: values.subgroups === true ? (values.subgroup_col as string | undefined) : undefined,
});

const toFeatureSelect = (values: Values): FeatureSelectSettings => ({
  perform: values.perform === true,
  features: (values.features as "infer" | string[] | undefined) ?? "infer",
  imageFeatures: values.image_features === true,
  level: (values.level as FeatureSelectLevel | undefined) ?? "batch",
  gct: values.gct === true,
  operations: (values.operations as string[] | undefined) ?? [],
  minimumCells: Number(values.min_cells ?? 1),
  subgroups: values.subgroups === true,
});

const toQualityControl = (values: Values): QualityControlSettings => {
  const summary = values.summary as Values | undefined;
  const heatmap = values.heatmap as Values | undefined;
  const listed = (values.operations as string[] | undefined) ?? [];
  return {
    perform: values.perform === true,
    summary:
      summary?.perform === true || listed.includes("summary")
        ? { row: String(summary?.row ?? "Metadata_Row"), column: String(summary?.column ?? "Metadata_Col") }
        : undefined,
    heatmap: heatmap?.perform === true || listed.includes("heatmap"),
  };
};
