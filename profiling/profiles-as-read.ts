import { type IsFeature, isCompartmentFeature, metadataOf } from "./profile-csv.ts";
import { metadataTexts } from "./profile-csv-bytes.ts";
import { featureColumn, type MetadataCell, type Profiles, profilesOf } from "./profiles.ts";

/**
 * What reading a CSV file gives back of the profiles that were written to it at full precision, without the file: numbers are the same
 * to the last bit; metadata are numbers, texts or missing as they look in the file; columns that are no features by their name stand
 * with the metadata.
 * @returns undefined when only reading tells: there is nothing to read, or metadata would be features
 */
export function profilesAsRead(written: Profiles, isFeature: IsFeature = isCompartmentFeature): Profiles | undefined {
  const { features, values, rowCount } = written;
  const names = Object.keys(written.metadata);
  const kept = features.flatMap((name, j) => (isFeature(name) ? [j] : []));
  if (rowCount === 0 || kept.length === 0 || names.some(isFeature)) return undefined;
  if (new Set([...names, ...features]).size < names.length + features.length) return undefined;
  const metadata: Record<string, MetadataCell[]> = {};
  metadataTexts(written).forEach((texts, column) => {
    metadata[names[column]!] = metadataOf(texts);
  });
  features.forEach((name, j) => {
    if (!isFeature(name))
      metadata[name] = Array.from(featureColumn(written, j), (value) => (Number.isNaN(value) ? null : value));
  });
  if (kept.length === features.length) return profilesOf(metadata, [...features], values);
  const own = new Float64Array(rowCount * kept.length);
  for (let i = 0; i < rowCount; i++)
    for (let k = 0; k < kept.length; k++) own[i * kept.length + k] = values[i * features.length + kept[k]!]!;
  return profilesOf(
    metadata,
    kept.map((j) => features[j]!),
    own,
  );
}
