import {
  analysisPrefix,
  backendKey,
  barcodePlatemapKey,
  externalMetadataKey,
  type FeatureSelectLevel,
  gctKeys,
  heatmapKey,
  type NormalizeReference,
  platemapKey,
  profileKeys,
  profilesPrefix,
  recordKey,
  SUMMARY_KEY,
} from "./layout.ts";
import type { FeatureSelectSettings, NormalizeSettings, RecipeConfig } from "./recipe-config.ts";
import { describeProblem } from "./recipe-errors.ts";
import type {
  AggregateParameters,
  FeatureSelectStep,
  RecipeInput,
  RecipeStep,
  TakeOverParameters,
} from "./recipe-step.ts";
import type { PlateSurvey, RecipeSurvey } from "./recipe-survey.ts";

/** What a recipe does, before anything is done. A JSON value. */
export interface RecipePlan {
  pipeline: string;
  steps: RecipeStep[];
  /** What a person should know of how the configuration was understood. */
  notes: string[];
}

export interface PlanOptions {
  /** Round to the digits of `float_format` between steps, as the recipe does. Default false: steps hand over at full precision. */
  compatRounding?: boolean;
  /** Fail where wells would be left out. Default false. */
  strict?: boolean;
}

const COLLATE_IMAGE_FEATURES = ["Granularity", "Texture", "ImageQuality", "Count", "Threshold"];
const NEGCON = "Metadata_control_type == 'negcon'";
/** Of these files the first is the one that heat maps show, as in the recipe. */
const HEATMAP_LEVELS: readonly FeatureSelectLevel[] = ["all", "batch", "plate"];

/** Which wells a step learns from: controls or all, without wells of too few cells. */
export function samplesOf(reference: NormalizeReference, minimumCells: number): string {
  const enough = `Metadata_Object_Count >= ${minimumCells}`;
  if (reference === "negcon") return minimumCells > 1 ? `${NEGCON} and ${enough}` : NEGCON;
  return minimumCells > 1 ? enough : "all";
}

/**
 * Plans a recipe: which step makes which file from which, with which parameters. Pure; what the project holds comes in as a survey.
 * @example planRecipe(readRecipeConfig(text), await surveyRecipe(config, places)).steps.map(({ id }) => id)
 */
export function planRecipe(config: RecipeConfig, survey: RecipeSurvey, options: PlanOptions = {}): RecipePlan {
  const steps: RecipeStep[] = [];
  const rounding: Rounding = options.compatRounding === true ? { digits: config.floatDigits ?? null } : {};
  for (const { batch, plates } of config.batches)
    for (const plate of plates)
      steps.push(...planPlate({ config, batch, plate, found: survey.plates[`${batch}/${plate}`]!, rounding, options }));
  for (const [settings, reference] of [
    [config.featureSelect, "all"],
    [config.featureSelectNegcon, "negcon"],
  ] as const)
    if (settings?.perform) steps.push(...planSelection(config, settings, reference, rounding));
  if (config.qualityControl?.perform) steps.push(...planQualityControl(config, survey));
  const made = new Map(steps.flatMap((step) => step.outputs.map(({ key }) => [key, step.id] as const)));
  for (const step of steps)
    step.after = [
      ...new Set(
        step.inputs.flatMap(({ place, key }) => {
          const maker = place === "project" ? made.get(key) : undefined;
          return maker === undefined || maker === step.id ? [] : [maker];
        }),
      ),
    ];
  return { pipeline: config.pipeline, steps, notes: [...notesOf(config, options), ...survey.notes] };
}

function notesOf(config: RecipeConfig, options: PlanOptions): string[] {
  const notes: string[] = [];
  const selects = [config.featureSelect, config.featureSelectNegcon].filter((one) => one?.perform);
  if (config.pycytominer === undefined && selects.some((one) => one?.operations.includes("variance_threshold")))
    notes.push(
      "variance_threshold is understood as pycytominer 1.6 does (frequency of values); write `pycytominer: 1.7` under `options` for the variance itself.",
    );
  if (config.floatDigits !== undefined && options.compatRounding !== true)
    notes.push(
      `float_format %.${config.floatDigits}g is not applied: steps hand over at full precision. --compat-rounding rounds as the recipe does.`,
    );
  if (selects.some((one) => one?.gct && one.level === "plate"))
    notes.push("gct: stacked profiles are made at level batch or all only; level plate has none.");
  if (config.batches.every(({ plates }) => plates.length === 0))
    notes.push("no plate has `process: true`: there is nothing to do.");
  return notes;
}

type Rounding = { digits?: number | null };

interface PlateContext {
  config: RecipeConfig;
  batch: string;
  plate: string;
  found: PlateSurvey;
  rounding: Rounding;
  options: PlanOptions;
}

function planPlate({ config, batch, plate, found, rounding, options }: PlateContext): RecipeStep[] {
  const keys = profileKeys(config.outputDir, batch, plate);
  const steps: RecipeStep[] = [];
  const frame = (name: string, problem?: Error) => ({
    id: `${batch}/${plate}/${name}`,
    batch,
    plate,
    after: [],
    record: recordKey(profilesPrefix(config.outputDir, batch, plate), name),
    ...(problem === undefined ? {} : { problem: describeProblem(problem) }),
  });
  const source = aggregateSource(config, batch, plate, found);
  if (source !== undefined)
    steps.push({
      ...frame("aggregate", source.problem),
      kind: "aggregate",
      title: `${plate}: ${source.title}`,
      inputs: source.inputs,
      outputs: [{ name: "profiles", key: keys.aggregated }],
      parameters: { ...source.parameters, ...rounding },
    });
  if (config.annotate?.perform) {
    const { external, wellColumn } = config.annotate;
    const { name: platemap, problem } = found.platemap;
    steps.push({
      ...frame("annotate", problem ?? (external === undefined ? undefined : found.externalProblem)),
      kind: "annotate",
      title: `${plate}: annotate`,
      inputs: [
        { name: "profiles", place: "project", key: keys.aggregated },
        platemap === undefined
          ? { name: "barcode_platemap", place: "project", key: barcodePlatemapKey(batch) }
          : { name: "platemap", place: "project", key: platemapKey(batch, platemap) },
        ...(external === undefined
          ? []
          : [{ name: "external_metadata", place: "project" as const, key: externalMetadataKey(external.file) }]),
      ],
      outputs: [{ name: "profiles", key: keys.augmented }],
      parameters: {
        plate,
        platemapWellColumn: config.platemapWellColumn,
        wellColumn,
        ...(external === undefined ? {} : { mergeColumn: external.mergeColumn }),
        compartments: config.compartments,
        strict: options.strict === true,
        ...rounding,
      },
    });
  }
  const normalizations: [NormalizeSettings | undefined, NormalizeReference, string][] = [
    [config.normalize, "all", "normalize"],
    [config.normalizeNegcon, "negcon", "normalize_negcon"],
  ];
  for (const [settings, reference, name] of normalizations) {
    if (!settings?.perform) continue;
    for (const by of settings.subgroupColumn === undefined ? [undefined] : [undefined, settings.subgroupColumn])
      steps.push({
        ...frame(by === undefined ? name : `subgroup_${name}`),
        kind: "normalize",
        title: `${plate}: normalize${reference === "negcon" ? " to negative controls" : ""}${by === undefined ? "" : ` by ${by}`}`,
        inputs: [{ name: "profiles", place: "project", key: keys.augmented }],
        outputs: [{ name: "profiles", key: keys.normalized(reference, by !== undefined) }],
        parameters: {
          plate,
          method: settings.method,
          samples: samplesOf(reference, settings.minimumCells),
          features: settings.features,
          imageFeatures: settings.imageFeatures,
          compartments: config.compartments,
          ...(settings.method !== "mad_robustize" || settings.epsilon === undefined
            ? {}
            : { epsilon: settings.epsilon }),
          ...(by === undefined ? {} : { by: [by] }),
          ...rounding,
        },
      });
  }
  return steps;
}

/** Where the profiles of a plate come from; undefined when they are there already and are not to be made. */
function aggregateSource(
  config: RecipeConfig,
  batch: string,
  plate: string,
  found: PlateSurvey,
):
  | {
      title: string;
      inputs: RecipeInput[];
      parameters: AggregateParameters | TakeOverParameters;
      problem?: Error | undefined;
    }
  | undefined {
  const settings = config.aggregate;
  const perform = settings?.perform === true;
  if (!perform && found.profiles && !found.profilesTakenOver) return undefined;
  const compartments = config.compartments.map((name) => name.charAt(0).toUpperCase() + name.slice(1));
  const asked: Omit<AggregateParameters, "source"> = {
    plate,
    takenOver: !perform,
    operation: perform ? settings.method : "mean",
    strata: perform
      ? [settings.plateColumn, settings.wellColumn, ...(settings.siteColumn === undefined ? [] : [settings.siteColumn])]
      : ["Metadata_Plate", "Metadata_Well"],
    compartments,
    imageFeatures: perform ? settings.imageFeatureCategories : COLLATE_IMAGE_FEATURES,
    fields: perform ? settings.fields : "all",
  };
  const from = (extension: "sqlite" | "csv" | "parquet"): RecipeInput => ({
    name: "backend",
    place: "workspace",
    key: backendKey(batch, plate, extension),
  });
  const [verb, sources] = perform
    ? ([`aggregate (${settings.method})`, ["sqlite", "parquet", "analysis", "csv"]] as const)
    : (["collate", ["csv", "sqlite", "parquet", "analysis"]] as const);
  for (const source of sources) {
    if (source === "analysis") {
      if (found.analysis === null) continue;
      return {
        title: `${verb} from ${found.analysis}`,
        inputs: [{ name: "analysis", place: "workspace", key: found.analysis, folder: true }],
        parameters: { source, ...asked },
      };
    }
    if (!found.backend.includes(source)) continue;
    if (source === "csv")
      return {
        title: "take over the backend's profiles",
        inputs: [from("csv")],
        parameters: { source, plate, compartments, takenOver: !perform },
      };
    return { title: `${verb} from the ${source} backend`, inputs: [from(source)], parameters: { source, ...asked } };
  }
  if (!perform && !needsAggregated(config)) return undefined;
  return {
    title: perform ? verb : "find profiles",
    inputs: [
      from("sqlite"),
      from("csv"),
      { name: "analysis", place: "workspace", key: analysisPrefix(batch, plate), folder: true },
    ],
    parameters: { source: "none", plate, compartments, takenOver: !perform },
    problem: found.sourceProblem(plate),
  };
}

const needsAggregated = (config: RecipeConfig): boolean => config.annotate?.perform === true;

function planSelection(
  config: RecipeConfig,
  settings: FeatureSelectSettings,
  reference: NormalizeReference,
  rounding: Rounding,
): FeatureSelectStep[] {
  const name = `feature_select${reference === "negcon" ? "_negcon" : ""}_${settings.level}`;
  const plates = config.batches.flatMap(({ batch, plates: names }) => names.map((plate) => ({ batch, plate })));
  const groups =
    settings.level === "all"
      ? [{ batch: null, plate: null, members: plates }]
      : settings.level === "batch"
        ? config.batches.map(({ batch }) => ({
            batch,
            plate: null,
            members: plates.filter((one) => one.batch === batch),
          }))
        : plates.map((one) => ({ ...one, members: [one] }));
  return groups
    .filter(({ members }) => members.length > 0)
    .flatMap(({ batch, plate, members }) =>
      (settings.subgroups ? [false, true] : [false]).map((subgroups): FeatureSelectStep => {
        const stepName = subgroups ? `subgroup_${name}` : name;
        const prefix = [config.outputDir, batch, plate].filter((part) => part !== null).join("/");
        const stacked = settings.gct && settings.level !== "plate" ? [...new Set(members.map((one) => one.batch))] : [];
        return {
          id: [batch, plate, stepName].filter((part) => part !== null).join("/"),
          kind: "feature_select",
          title: `${plate ?? batch ?? "all plates"}: select features${reference === "negcon" ? " of profiles normalized to negative controls" : ""}${subgroups ? ", subgroups" : ""}`,
          batch,
          plate,
          inputs: members.map((one) => ({
            name: `${one.batch}/${one.plate}`,
            place: "project" as const,
            key: profileKeys(config.outputDir, one.batch, one.plate).normalized(reference, subgroups),
          })),
          outputs: [
            ...members.map((one) => ({
              name: `${one.batch}/${one.plate}`,
              key: profileKeys(config.outputDir, one.batch, one.plate).selected(reference, settings.level, subgroups),
            })),
            ...stacked.flatMap((one) => {
              const keys = gctKeys(one, reference, settings.level, subgroups);
              return [
                { name: `${one}/csv`, key: keys.csv },
                { name: `${one}/gct`, key: keys.gct },
              ];
            }),
          ],
          parameters: {
            members: members.map((one): [string, string] => [one.batch, one.plate]),
            level: settings.level,
            operations: settings.operations,
            samples: samplesOf("all", settings.minimumCells),
            features: settings.features,
            imageFeatures: settings.imageFeatures,
            compartments: config.compartments,
            varianceThreshold: `pycytominer-${config.pycytominer ?? "1.6"}` as const,
            ...rounding,
          },
          after: [],
          record: recordKey(`${prefix}/`, stepName),
        };
      }),
    );
}

function planQualityControl(config: RecipeConfig, survey: RecipeSurvey): RecipeStep[] {
  const steps: RecipeStep[] = [];
  const settings = config.qualityControl;
  const plates = config.batches.flatMap(({ batch, plates: names }) => names.map((plate) => ({ batch, plate })));
  if (plates.length === 0) return [];
  if (settings?.summary !== undefined)
    steps.push({
      id: "summary",
      kind: "summary",
      title: "summary of plates",
      batch: null,
      plate: null,
      inputs: plates.map(({ batch, plate }): RecipeInput => {
        const found = survey.plates[`${batch}/${plate}`]?.loadData ?? null;
        return found === null
          ? { name: `${batch}/${plate}`, place: "project", key: profileKeys(config.outputDir, batch, plate).aggregated }
          : { name: `${batch}/${plate}`, ...found };
      }),
      outputs: [{ name: "summary", key: SUMMARY_KEY }],
      parameters: {
        ...settings.summary,
        plates: plates.map(({ batch, plate }): [string, string] => [batch, plate]),
      },
      after: [],
      record: recordKey("quality_control/summary/", `summary_${config.pipeline.replaceAll(/[^\p{L}\p{N}._-]/gu, "_")}`),
    });
  if (settings?.heatmap)
    for (const { batch, plate } of plates) {
      const keys = profileKeys(config.outputDir, batch, plate);
      const made = config.featureSelectNegcon?.perform ? config.featureSelectNegcon.level : undefined;
      const level =
        made ?? HEATMAP_LEVELS.find((one) => survey.plates[`${batch}/${plate}`]?.selectedNegcon.includes(one));
      const figures =
        level === undefined ? ["cell_count" as const] : (["cell_count", "correlation", "position_effect"] as const);
      steps.push({
        id: `${batch}/${plate}/heatmaps`,
        kind: "heatmaps",
        title: `${plate}: heat maps`,
        batch,
        plate,
        inputs: [
          { name: "augmented", place: "project", key: keys.augmented },
          ...(level === undefined
            ? []
            : [{ name: "selected", place: "project" as const, key: keys.selected("negcon", level) }]),
        ],
        outputs: figures.flatMap((figure) =>
          (["png", "svg", "csv"] as const).map((extension) => ({
            name: `${figure}.${extension}`,
            key: heatmapKey(batch, plate, figure, extension),
          })),
        ),
        parameters: { plate },
        after: [],
        record: recordKey(`quality_control/heatmap/${batch}/${plate}/`, "heatmaps"),
      });
    }
  return steps;
}
