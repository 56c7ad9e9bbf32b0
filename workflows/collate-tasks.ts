import { type ObjectStore, openPlace, type S3Environment } from "@artesian/data";
import type { TaskContext } from "@artesian/engine";
import { parseWell, wellName } from "@artesian/imaging";
import { collatePlate, type IngestReport, type MetadataCell, type Profiles } from "@artesian/profiling";
import { smallestFormat, type WellAnnotation } from "./experiment.ts";
import { getProfiles, putProfiles } from "./profile-tasks.ts";
import { type AnnotatedWells, knownPlateRecord, plateSourceRecord } from "./profiling.schemas.ts";
import { getJson, putJson } from "./vectors.ts";

/** Reads a plate's image sets and makes one profile a well. */
export async function collate(
  input: unknown,
  objects: ObjectStore,
  env: S3Environment,
  { signal, heartbeat, log }: Pick<TaskContext, "signal" | "heartbeat" | "log">,
) {
  const { plate, source } = plateSourceRecord.parse(input);
  const { profiles, report } = await collatePlate(
    openPlace(source.place, env),
    source.prefix,
    { ...source.options, plate },
    { signal, onProgress: () => heartbeat() },
  );
  const { complete, partial, skipped, duplicate } = report.counts;
  log(`${complete} image sets complete, ${partial} partial, ${skipped} skipped, ${duplicate} duplicate`);
  return {
    collated: await putProfiles(objects, {
      ...profiles,
      metadata: { ...profiles.metadata, Metadata_Plate: profiles.metadata.Metadata_Well?.map(() => plate) ?? [] },
    }),
    ingestReport: await putJson(objects, report),
  };
}

/** Adds what is known of each well; a well that the plate map does not name stays, as "other". */
export async function annotateWells(input: unknown, objects: ObjectStore) {
  const { plate, parts } = knownPlateRecord.parse(input);
  const layout = parts.find((part) => part.part === "layout");
  const found = parts.find((part) => part.part === "profiles");
  if (layout === undefined || found === undefined) throw new TypeError(`plate ${plate} came without both of its parts`);
  const report = (await getJson(objects, found.ingestReport)) as IngestReport;
  const profiles = await getProfiles(objects, found.collated);
  const wells = (profiles.metadata.Metadata_Well ?? []).map((cell) => canonical(String(cell ?? "")));
  const annotations = wells.map((well) => layout.annotations[well] ?? UNKNOWN);
  const known = withAnnotations(profiles, wells, annotations);
  return {
    rawProfiles: await putProfiles(objects, known),
    ingestReport: found.ingestReport,
    order: layout.order,
    design: layout.design,
    wells: await putJson(objects, describeWells(plate, profiles, wells, annotations, layout.annotations, report)),
  };
}

const UNKNOWN: WellAnnotation = { role: "other", name: null, dose: null, metadata: {} };

/** `a1`, `A01` and `A001` are one well; what is no well stays as it is. */
function canonical(text: string): string {
  try {
    const { row, column } = parseWell(text.trim());
    return wellName(row, column);
  } catch {
    return text.trim();
  }
}

/** Role, perturbation and dose under this product's names, then the sheet's own columns. */
function withAnnotations(
  profiles: Profiles,
  wells: readonly string[],
  annotations: readonly WellAnnotation[],
): Profiles {
  const column = (cell: (annotation: WellAnnotation) => MetadataCell): MetadataCell[] => annotations.map(cell);
  const metadata: Record<string, MetadataCell[]> = {
    ...profiles.metadata,
    Metadata_Well: [...wells],
    Metadata_Role: column(({ role }) => role),
    Metadata_Perturbation: column(({ name }) => name),
    Metadata_Dose: column(({ dose }) => dose),
  };
  for (const name of new Set(annotations.flatMap((annotation) => Object.keys(annotation.metadata)))) {
    const target = name.startsWith("Metadata_") ? name : `Metadata_${name}`;
    if (!Object.hasOwn(metadata, target)) metadata[target] = column((annotation) => annotation.metadata[name] ?? null);
  }
  return { ...profiles, metadata };
}

function describeWells(
  plate: string,
  profiles: Profiles,
  wells: readonly string[],
  annotations: readonly WellAnnotation[],
  sheet: Readonly<Record<string, WellAnnotation>>,
  report: IngestReport,
): AnnotatedWells {
  const cell = (name: string, row: number): number | null => {
    const value = profiles.metadata[name]?.[row];
    return typeof value === "number" ? value : null;
  };
  const lacking = new Map(
    report.incomplete.map(({ profile, missing }) => [canonical(String(profile.Metadata_Well ?? "")), missing]),
  );
  const dropped = new Map(
    report.dropped.map(({ profile, reason }) => [canonical(String(profile.Metadata_Well ?? "")), reason]),
  );
  const imaged = new Set(wells);
  const absent = [...new Set([...Object.keys(sheet), ...dropped.keys()])]
    .filter((well) => !imaged.has(well))
    .sort()
    .map((well) => ({ well, annotation: sheet[well] ?? UNKNOWN, reason: dropped.get(well) ?? "no image set" }));
  return {
    format: smallestFormat([...imaged, ...absent.map(({ well }) => well)].filter(isWell), plate),
    wells: wells.map((well, row) => ({
      well,
      cells: cell("Metadata_Count_Cells", row) ?? cell("Metadata_Object_Count", row),
      sites: cell("Metadata_Site_Count", row) ?? 0,
      missing: lacking.get(well) ?? [],
      annotation: annotations[row] ?? UNKNOWN,
    })),
    absent,
  };
}

const isWell = (text: string): boolean => /^[A-Z]{1,2}\d+$/.test(text);
