import type { Alignment, GateRules, MapRecipe, Transformation } from "@artesian/maps";
import { TRANSFORMATIONS } from "@artesian/maps/transform-rows.ts";
import { parse, YAMLParseError } from "yaml";
import { z } from "zod";
import { MapConfigError } from "./errors.ts";

const text = z.string().min(1);
const count = z.number().int().min(0);
const share = z.number().min(0).max(1);

const rowStep = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("centre-scale") }),
  z.strictObject({
    kind: z.literal("proximity-bias"),
    threshold: z.number().optional(),
    moreThan: count.optional(),
  }),
]);

const configSchema = z.strictObject({
  /** Names the map: its groups are this and the transformations' suffixes. */
  map: z.string().regex(/^[a-z0-9][a-z0-9_-]*$/, "use small letters, digits, - and _"),
  label: text.optional(),
  model: text.optional(),
  store: text,
  build: text,
  inputs: z
    .array(
      z.union([
        z.strictObject({ profiles: text, experiment: text.optional() }),
        z.strictObject({ data: text, experiment: text.optional() }),
      ]),
    )
    .min(1),
  columns: z
    .strictObject({
      perturbation: text.default("Metadata_Perturbation"),
      type: text.optional(),
      concentration: text.optional(),
      batch: text.default("Metadata_Plate"),
      experiment: text.optional(),
      well: text.default("Metadata_Well"),
      objects: text.optional(),
      flags: text.optional(),
      intensities: z.array(text).default([]),
    })
    .prefault({}),
  type: z.enum(["gene", "compound", "other"]).default("gene"),
  controls: z.strictObject({ column: text, values: z.array(text).min(1) }),
  features: z
    .union([z.literal("infer"), z.strictObject({ prefix: text }), z.strictObject({ names: z.array(text).min(1) })])
    .default("infer"),
  filter: z
    .strictObject({
      objects: z.tuple([count, count]).optional(),
      flags: z.union([z.literal("any"), z.array(text)]).optional(),
      intensityDeviations: z.number().positive().optional(),
      replicates: count.optional(),
      expressedAbove: z.number().optional(),
      missing: share.optional(),
    })
    .prefault({}),
  embed: z.strictObject({ components: count.min(1) }).optional(),
  align: z
    .union([
      z.enum(["none", "centre-scale", "tvn"]),
      z.strictObject({ kind: z.literal("tvn"), ridge: z.number().positive() }),
    ])
    .default("tvn"),
  aggregate: z
    .strictObject({
      method: z.enum(["mean", "median", "tukey-median"]).default("mean"),
      byExperiment: z.boolean().default(false),
    })
    .prefault({}),
  transformations: z
    .array(
      z.union([
        z.enum(Object.keys(TRANSFORMATIONS) as [string, ...string[]]),
        z.strictObject({ suffix: z.string().regex(/^[a-z0-9_-]*$/), label: text, steps: z.array(rowStep) }),
      ]),
    )
    .min(1)
    .default(["plain"]),
  default: z.string().default("last"),
  genes: z
    .strictObject({
      mapLocations: text.optional(),
      locations: text.optional(),
      centromeres: text.optional(),
      expression: z
        .strictObject({ file: text, symbol: text.default("symbol"), zFpkm: text.optional(), level: text.optional() })
        .optional(),
    })
    .prefault({}),
  /** Tables of further names of genes and compounds, by which their rows are found. */
  names: z.array(text).default([]),
  relations: z.record(text, text).default({}),
  clusters: z.record(text, text).default({}),
  gate: z.strictObject({ recallFall: share.optional(), countFall: share.optional() }).prefault({}),
  /** When `map watch` builds it; five fields of cron, or six with seconds in front. */
  schedule: z.strictObject({ cron: text.default("0 3 * * 0"), timeZone: text.default("UTC") }).prefault({}),
  /** Runs that the store remembers: so many of the newest, and none that is older; the last one that published stays. */
  history: z.strictObject({ runs: count.min(1).default(200), days: z.number().positive().default(400) }).prefault({}),
  int8: z.boolean().default(false),
  seed: z.number().int().default(1),
});

type Parsed = z.infer<typeof configSchema>;

/** A map's configuration, checked, with the recipe that it makes. */
export interface MapConfig extends Omit<Parsed, "filter" | "align" | "aggregate" | "transformations" | "gate"> {
  recipe: MapRecipe;
  gate: GateRules;
}

/**
 * Reads a map's configuration (YAML).
 * @throws MapConfigError (workflows/map-config) that names each setting which is wrong
 */
export function readMapConfig(source: string, file: string): MapConfig {
  let document: unknown;
  try {
    document = parse(source);
  } catch (error) {
    if (error instanceof YAMLParseError) throw new MapConfigError(file, `${error.message}`);
    throw error;
  }
  const parsed = configSchema.safeParse(document);
  if (!parsed.success) {
    const problems = parsed.error.issues.map(({ path, message }) => `${path.join(".") || "the file"}: ${message}`);
    throw new MapConfigError(file, `${problems.join("; ")}. docs/maps.md lists all settings.`);
  }
  const { filter, align, aggregate, transformations, gate, ...config } = parsed.data;
  const { objects, ...rules } = filter;
  const list = transformations.map(
    (one): Transformation => (typeof one === "string" ? TRANSFORMATIONS[one]! : defined(one)),
  );
  const suffixes = list.map(({ suffix }) => suffix);
  if (new Set(suffixes).size < suffixes.length)
    throw new MapConfigError(
      file,
      `transformations: two have the suffix "${suffixes.find((one, i) => suffixes.indexOf(one) < i)}".`,
    );
  if (config.default !== "last" && !suffixes.includes(config.default))
    throw new MapConfigError(
      file,
      `default: "${config.default}" is no suffix of a transformation; there are ${suffixes.map((one) => `"${one}"`).join(", ")}, or last.`,
    );
  if ((config.genes.locations === undefined) !== (config.genes.centromeres === undefined))
    throw new MapConfigError(file, `genes: locations and centromeres are given together, or mapLocations alone.`);
  const { expression } = config.genes;
  if (expression !== undefined && expression.zFpkm !== undefined && expression.level !== undefined)
    throw new MapConfigError(file, `genes.expression: give a column zFpkm, or one of levels to make it of, not both.`);
  if (config.genes.expression === undefined && filter.expressedAbove !== undefined)
    throw new MapConfigError(file, `filter.expressedAbove needs genes.expression.`);
  const alignment: Alignment = typeof align === "string" ? { kind: align } : align;
  return {
    ...config,
    gate: defined(gate),
    recipe: {
      filter: defined({
        ...rules,
        ...(objects === undefined ? {} : { objects: { least: objects[0], most: objects[1] } }),
      }),
      ...(config.embed === undefined ? {} : { embed: config.embed }),
      align: alignment,
      aggregate,
      transformations: list,
      default: config.default,
      seed: config.seed,
    },
  };
}

type Defined<T> = T extends readonly (infer U)[]
  ? Defined<U>[]
  : T extends object
    ? { [K in keyof T]: Defined<Exclude<T[K], undefined>> }
    : T;

/** The same value without members that are undefined. */
function defined<T>(value: T): Defined<T> {
  return JSON.parse(JSON.stringify(value)) as Defined<T>;
}
