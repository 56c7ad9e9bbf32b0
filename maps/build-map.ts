import { type Aggregation, aggregateUnits } from "./aggregate-units.ts";
import { type Alignment, alignUnits } from "./align-units.ts";
import { embedUnits } from "./embed-units.ts";
import { NoRowsError } from "./errors.ts";
import { type DropReason, type FilterRules, filterUnits } from "./filter-units.ts";
import type { BuildCall, MapUnits } from "./map-units.ts";
import type { GroupRow, PerturbationGroup } from "./perturbation-group.ts";
import { relateRows } from "./relate-rows.ts";
import { replicateAgreement } from "./replicate-agreement.ts";
import { type GeneFacts, type Transformation, type TransformedRows, transformRows } from "./transform-rows.ts";

/** How a map is built: a value, and all that a build depends on besides its units and what is known of genes. */
export interface MapRecipe {
  filter: Omit<FilterRules, "expressed"> & {
    /** Leave out genes with a zFPKM below this; genes whose expression is not known stay out too. */
    expressedAbove?: number;
  };
  /** Principal components of all units before alignment; absent: features as they are. */
  embed?: { components: number };
  align: Alignment;
  aggregate: Aggregation;
  /** In order; each is one group. */
  transformations: readonly Transformation[];
  /** Suffix of the group that people see first; "last": that of the last transformation. */
  default: string;
  /** Of all that is sampled. */
  seed: number;
}

/** One group as it was built. */
export interface BuiltGroup extends Omit<TransformedRows, "vectors"> {
  transformation: Transformation;
  isDefault: boolean;
  group: PerturbationGroup;
}

export interface BuiltMap {
  groups: BuiltGroup[];
  /** Units that are in, aligned; rows of `members` point into them. */
  units: MapUnits;
  /** Units of each row; equal for all groups. */
  members: number[][];
  /** Index into the units given, with the first rule that dropped it. */
  dropped: { unit: number; reason: DropReason }[];
  droppedFeatures: string[];
}

/**
 * Embed, filter, align, aggregate, relate (EFAAR, Celik et al. 2024): from units to groups of comparable vectors. Equal inputs give
 * equal bits.
 * @throws NoRowsError (maps/no-rows) when nothing is left after filtering; TooFewControlsError (maps/too-few-controls);
 *   ArmCorrectionError (maps/arm-correction)
 */
export function buildMap(given: MapUnits, recipe: MapRecipe, facts: GeneFacts = {}, call: BuildCall = {}): BuiltMap {
  const { expressedAbove, ...rules } = recipe.filter;
  const expressed =
    expressedAbove === undefined
      ? undefined
      : new Set([...(facts.zFpkm ?? [])].flatMap(([symbol, z]) => (z >= expressedAbove ? [symbol] : [])));
  const filtered = filterUnits(given, { ...rules, ...(expressed === undefined ? {} : { expressed }) });
  const { kept, dropped, droppedFeatures } = filtered;
  if (!kept.units.some(({ control }) => !control) || kept.features.length === 0) throw noRows(given, filtered);
  const embedded = recipe.embed === undefined ? kept : embedUnits(kept, recipe.embed.components, call);
  const units = alignUnits(embedded, recipe.align, call);
  const aggregated = aggregateUnits(units, { seed: recipe.seed, ...recipe.aggregate }, call);
  const { p } = replicateAgreement(
    units.values,
    units.features.length,
    aggregated.members,
    { seed: recipe.seed },
    call,
  );
  const rows = aggregated.rows.map(
    (row, i): GroupRow => ({
      ...row,
      arm: row.type === "gene" ? (facts.arms?.get(row.symbol) ?? null) : null,
      consistencyP: Number.isNaN(p[i]!) ? null : p[i]!,
    }),
  );
  const last = recipe.transformations.at(-1)?.suffix;
  const groups = recipe.transformations.map((transformation): BuiltGroup => {
    call.signal?.throwIfAborted();
    const { vectors, ...made } = transformRows({ ...aggregated, rows }, transformation.steps, facts);
    const isDefault = transformation.suffix === (recipe.default === "last" ? last : recipe.default);
    return { transformation, isDefault, group: relateRows({ rows, dims: aggregated.dims, vectors }), ...made };
  });
  return { groups, units, members: aggregated.members, dropped, droppedFeatures };
}

function noRows(given: MapUnits, { dropped, droppedFeatures }: ReturnType<typeof filterUnits>): NoRowsError {
  const counts = new Map<string, number>();
  for (const { reason } of dropped) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  const reasons = [...counts].map(([reason, count]) => `${count} ${reason}`);
  if (droppedFeatures.length > 0) reasons.push(`${droppedFeatures.length} features with missing values`);
  return new NoRowsError(given.units.length, reasons);
}
