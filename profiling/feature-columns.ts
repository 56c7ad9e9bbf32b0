import { UnknownColumnError } from "./errors.ts";
import { type MetadataCell, metadataColumn, type Profiles, takeFeatures } from "./profiles.ts";

/** Which columns are features. */
export interface FeatureChoice {
  /** Names, or "infer": columns that begin with a compartment. */
  features: "infer" | readonly string[];
  /** Also columns that begin with Image. Default false. */
  imageFeatures?: boolean;
  /** Default cells, cytoplasm, nuclei; compared with a capital first letter, as CellProfiler writes them. */
  compartments?: readonly string[];
}

/** Whether a column is a feature by its name, as pycytominer infers it. */
export function isFeatureOf({
  features,
  imageFeatures = false,
  compartments,
}: FeatureChoice): (name: string) => boolean {
  if (features !== "infer") {
    const chosen = new Set(features);
    return (name) => chosen.has(name);
  }
  const names = (compartments ?? ["cells", "cytoplasm", "nuclei"]).map(
    (name) => name.charAt(0).toUpperCase() + name.slice(1).toLowerCase(),
  );
  const starts = imageFeatures ? [...names, "Image"] : names;
  return (name) => !name.startsWith("Metadata_") && starts.some((start) => name.startsWith(start));
}

/**
 * Profiles with the chosen features and the Metadata_ columns alone, in their order; other columns are left out, as pycytominer's
 * normalize does.
 * @returns the profiles and the names of columns left out
 * @throws UnknownColumnError (profiling/unknown-column) when a named feature is missing, or no column is a feature
 */
export function chooseFeatures(profiles: Profiles, choice: FeatureChoice): { profiles: Profiles; leftOut: string[] } {
  const isFeature = isFeatureOf(choice);
  const named = choice.features === "infer" ? undefined : choice.features;
  const indices =
    named === undefined
      ? profiles.features.flatMap((name, index) => (isFeature(name) ? [index] : []))
      : named.map((name) => {
          const index = profiles.features.indexOf(name);
          if (index < 0) throw new UnknownColumnError(name, profiles.features);
          return index;
        });
  if (indices.length === 0)
    throw new UnknownColumnError(
      named === undefined
        ? `${(choice.compartments ?? ["Cells", "Cytoplasm", "Nuclei"]).join("…, ")}…`
        : "(no feature is named)",
      [...Object.keys(profiles.metadata), ...profiles.features],
    );
  const kept = new Set(indices);
  const whole = indices.length === profiles.features.length && named === undefined;
  const metadata: Record<string, MetadataCell[]> = {};
  const leftOut = profiles.features.filter((_, index) => !kept.has(index));
  for (const [name, cells] of Object.entries(profiles.metadata)) {
    if (name.startsWith("Metadata_")) metadata[name] = cells;
    else leftOut.push(name);
  }
  return { profiles: { ...(whole ? profiles : takeFeatures(profiles, indices)), metadata }, leftOut };
}

/**
 * Profiles of several plates one under the other. Metadata and features are the union in order of first appearance; what a plate lacks
 * is missing.
 */
export function stackProfiles(plates: readonly Profiles[]): Profiles {
  const features = [...new Set(plates.flatMap((plate) => plate.features))];
  const names = [...new Set(plates.flatMap((plate) => Object.keys(plate.metadata)))];
  const rowCount = plates.reduce((sum, plate) => sum + plate.rowCount, 0);
  const values = new Float64Array(rowCount * features.length).fill(Number.NaN);
  const metadata: Record<string, MetadataCell[]> = Object.fromEntries(names.map((name) => [name, []]));
  let start = 0;
  for (const plate of plates) {
    const index = new Map(plate.features.map((name, j) => [name, j]));
    const from = features.map((name) => index.get(name) ?? -1);
    for (let i = 0; i < plate.rowCount; i++)
      from.forEach((j, k) => {
        if (j >= 0) values[(start + i) * features.length + k] = plate.values[i * plate.features.length + j]!;
      });
    for (const name of names) {
      const cells = Object.hasOwn(plate.metadata, name) ? metadataColumn(plate, name) : undefined;
      for (let i = 0; i < plate.rowCount; i++) metadata[name]!.push(cells?.[i] ?? null);
    }
    start += plate.rowCount;
  }
  return { metadata, features, values, rowCount };
}
