import type { ObjectStore } from "@artesian/data";
import {
  detectFaults,
  type Finding,
  type IntensityWindow,
  paintComposite,
  parseWell,
  plateSprite,
  type SiteEvidence,
  sharedWindow,
} from "@artesian/imaging";
import { axisEnds, PhenoprintRefusedError, phenoprint, type ScreenWell, usableFeatures } from "@artesian/maps";
import {
  assayWindow,
  coefficientOfVariation,
  featureColumn,
  type MetadataCell,
  type Profiles,
  positionEffect,
  profilesOf,
  replicateCorrelation,
} from "@artesian/profiling";
import { z } from "zod";
import {
  type FaultRecord,
  normalizedPlateRecord,
  type PlateDesignRecord,
  plateDesignRecord,
  plateSitesRecord,
  wellRecord,
} from "./phenomics.schemas.ts";
import { getProfiles, putProfiles } from "./profile-tasks.ts";
import { type ReadoutDesign, readoutFeature } from "./readout.ts";
import type { SmallSite } from "./site-tasks.ts";
import { getJson, getVector, type NamedVector, putVector, weightedMean } from "./vectors.ts";

const TILE_PX = 64;

/** The well's profile: the mean over all of its cells, sites that failed left out. */
export async function averageWell(input: unknown, objects: ObjectStore) {
  const well = wellRecord.parse(input);
  const cells = well.sites.reduce((sum, site) => sum + site.cells, 0);
  const first = well.sites[0];
  if (first === undefined) return { cells: 0, measuredSites: 0, vector: null };
  const vectors = await Promise.all(well.sites.map((site) => getVector(objects, site.vector)));
  const values = weightedMean(
    vectors,
    well.sites.map((site) => site.cells),
  );
  const vector = await putVector(objects, { names: vectors[0]?.names ?? [], values });
  return { cells, measuredSites: well.sites.length, vector };
}

/** Faults of a plate's sites, each with the number and the threshold that say so. */
export async function judgePlate(input: unknown, objects: ObjectStore) {
  const plate = plateSitesRecord.parse(input);
  const sites = await Promise.all(
    plate.sites.map(async ({ well, site, evidence }): Promise<SiteEvidence> => {
      const measured = (await getJson(objects, evidence)) as Pick<
        SiteEvidence,
        "quality" | "artefacts" | "objectCount"
      >;
      return { plate: plate.plate, well, site, ...measured };
    }),
  );
  const nuclearChannel = z.string().optional().parse(plate.sites[0]?.nucleiChannel);
  const faults = detectFaults(sites, nuclearChannel === undefined ? {} : { nuclearChannel });
  return {
    faults: faults.map(faultRow),
  };
}

/** A detector's finding as the workflow passes it on. */
export function faultRow({ well, site, channel, label, score, threshold, reason }: Finding): FaultRecord {
  return { well, site, channel: channel ?? null, label, score, threshold, reason };
}

/** All sites of a plate on one sheet, with contrast shared across the plate. */
export async function layOutPlate(input: unknown, objects: ObjectStore) {
  const plate = z
    .object({ sites: z.array(z.object({ well: z.string(), site: z.number(), small: z.string() })) })
    .parse(input);
  const sites = await Promise.all(
    plate.sites.map(async ({ well, site, small }) => ({
      well,
      site,
      small: (await getJson(objects, small)) as SmallSite,
    })),
  );
  const channels = sites[0]?.small.channels ?? [];
  const windows = channels.map((_, channel) =>
    sharedWindow(
      sites.flatMap(({ small }): IntensityWindow[] => (small.planes[channel] ? [small.planes[channel].window] : [])),
    ),
  );
  const tiles = sites.map(({ well, site, small }) => ({
    well,
    site,
    image: paintComposite(small.planes.map(smallPlane), { windows, sizePx: TILE_PX }),
  }));
  const sprite =
    tiles.length === 0 ? null : (await objects.put((await plateSprite(tiles, { tilePx: TILE_PX })).bytes)).uri;
  const shared = Object.fromEntries(
    channels.flatMap((channel, index) =>
      windows[index] ? [[channel, { lo: windows[index].low, hi: windows[index].high }]] : [],
    ),
  );
  return { sprite, windows: shared };
}

function smallPlane({ width, height, data }: SmallSite["planes"][number]) {
  const bytes = Buffer.from(data, "base64");
  const values = new Uint16Array(width * height);
  for (let i = 0; i < values.length; i++) values[i] = bytes.readUInt16LE(2 * i);
  return { data: values, width, height, bitDepth: 16 as const };
}

/** The wells of a plate with what is known of them, as one table; which wells are missing or at fault. */
export async function tabulatePlate(input: unknown, objects: ObjectStore) {
  const plate = plateDesignRecord.parse(input);
  const wellsPart = plate.parts.find((part) => part.part === "wells");
  const faults = plate.parts.flatMap((part) => (part.part === "quality" ? part.faults : []));
  const measured = await Promise.all(
    (wellsPart?.wells ?? []).flatMap(({ well, cells, vector }) =>
      vector === null ? [] : [getVector(objects, vector).then((found) => ({ well, cells, vector: found }))],
    ),
  );
  const excluded = excludedWells(faults);
  return {
    rawProfiles: await putProfiles(objects, rawProfiles(plate, measured, excluded)),
    incomplete: incompleteWells(plate),
    flagged: [...excluded.keys()].sort(),
    faults,
  };
}

/** Plate metrics, and how well the plate's controls are told apart. */
export async function judgeProfiles(input: unknown, objects: ObjectStore) {
  const plate = normalizedPlateRecord.parse(input);
  const [raw, normalised] = await Promise.all([
    getProfiles(objects, plate.rawProfiles),
    getProfiles(objects, plate.profiles),
  ]);
  const window = controlWindow(raw, normalised, plate.design);
  const counts = screenWells(raw).map(({ well, cellCount }) => ({
    ...parseWell(well),
    value: cellCount ?? Number.NaN,
  }));
  const position = positionEffect(counts);
  const replicates = replicateCorrelation(normalised.values, normalised.features.length, treatments(normalised));
  return {
    metrics: finiteOnly({
      zPrime: window.zPrime,
      robustZPrime: window.robustZPrime,
      ssmd: window.ssmd,
      signalWindow: window.signalWindow,
      replicateCorrelation: replicates.replicates,
      otherCorrelation: replicates.others,
      cellCountCv: coefficientOfVariation(counts.map(({ value }) => value)),
      edgeEffect: position.edge,
      rowEffect: position.row.size,
      columnEffect: position.column.size,
    }),
    zPrimeOf: window.of,
    zPrimeMissing: window.missing,
  };
}

/** Wells without a profile: nothing of them came, or every site failed. */
function incompleteWells(plate: PlateDesignRecord): string[] {
  const part = plate.parts.find((one) => one.part === "wells");
  if (part === undefined) return [...plate.layout.wells].sort();
  const unmeasured = part.wells.filter(({ vector }) => vector === null).map(({ well }) => well);
  return [...new Set([...part.missing, ...part.failed.map(({ member }) => member), ...unmeasured])].sort();
}

/** Wells that a fault keeps out of the analysis, with its label; a well is out when any of its sites is. */
function excludedWells(faults: readonly FaultRecord[]): Map<string, string> {
  const excluded = new Map<string, string>();
  for (const { well, label } of faults) if (!excluded.has(well)) excluded.set(well, label);
  return excluded;
}

function rawProfiles(
  plate: PlateDesignRecord,
  measured: readonly { well: string; cells: number; vector: NamedVector }[],
  excluded: ReadonlyMap<string, string>,
): Profiles {
  const features = measured[0]?.vector.names ?? [];
  const values = new Float64Array(measured.length * features.length);
  measured.forEach(({ vector }, row) => {
    values.set(vector.values, row * features.length);
  });
  const annotation = (well: string) => plate.layout.annotations[well];
  const column = (cell: (well: (typeof measured)[number]) => MetadataCell): MetadataCell[] => measured.map(cell);
  const sheetColumns = new Set(measured.flatMap(({ well }) => Object.keys(annotation(well)?.metadata ?? {})));
  const metadata: Record<string, MetadataCell[]> = {
    Metadata_Plate: column(() => plate.plate),
    Metadata_Well: column(({ well }) => well),
    Metadata_Role: column(({ well }) => annotation(well)?.role ?? "other"),
    Metadata_Perturbation: column(({ well }) => annotation(well)?.name ?? null),
    Metadata_Dose: column(({ well }) => annotation(well)?.dose ?? null),
    Metadata_Count_Cells: column(({ cells }) => cells),
    Metadata_Excluded: column(({ well }) => excluded.get(well) ?? ""),
  };
  for (const name of sheetColumns) {
    const target = name.startsWith("Metadata_") ? name : `Metadata_${name}`;
    if (!(target in metadata)) metadata[target] = column(({ well }) => annotation(well)?.metadata[name] ?? null);
  }
  return profilesOf(metadata, features, values);
}

interface ControlWindow {
  zPrime: number;
  robustZPrime: number;
  ssmd: number;
  signalWindow: number;
  /** What the window is measured on. */
  of: string;
  missing: string | null;
}

/** How well the plate's two kinds of controls are told apart: on the readout, else on the plate's own phenoprint. */
function controlWindow(raw: Profiles, normalised: Profiles, design: ReadoutDesign): ControlWindow {
  const wells = screenWells(normalised);
  const none = (missing: string, of = "phenoprint"): ControlWindow => ({
    zPrime: Number.NaN,
    robustZPrime: Number.NaN,
    ssmd: Number.NaN,
    signalWindow: Number.NaN,
    of,
    missing,
  });
  const ends = axisEnds(wells);
  if (ends === undefined) return none("The plate has no two kinds of control wells: name them in the metadata.");
  const readout = readoutFeature(raw.features, design);
  if (readout === undefined && design.readout !== null) {
    const wanted = design.readout.toLowerCase();
    const near = raw.features.filter((name) => wanted.split("_").every((word) => name.toLowerCase().includes(word)));
    return none(
      `There is no feature "${design.readout}"${near.length === 0 ? "" : `; there is ${near.slice(0, 3).join(", ")}`}. The tables of profiles name all.`,
      design.readout,
    );
  }
  if (readout !== undefined) {
    const values = featureColumn(raw, raw.features.indexOf(readout));
    const of = (role: string): number[] =>
      wells.flatMap((well, row) =>
        well.role === role && well.excluded === undefined ? [values[row] ?? Number.NaN] : [],
      );
    const window = assayWindow(of(ends.start), of(ends.goal));
    if (Number.isNaN(window.zPrime)) return none("Fewer than two control wells of a kind have a value.", readout);
    return { ...window, of: readout, missing: null };
  }
  try {
    const usable = usableFeatures({ features: normalised.features, values: normalised.values }, wells);
    const print = phenoprint(usable, wells, ends, { onePlate: "within-plate" });
    const scores = (role: string): number[] =>
      wells.flatMap((well, row) =>
        well.role === role && well.excluded === undefined ? [print.scores[row] ?? Number.NaN] : [],
      );
    return { ...assayWindow(scores(ends.start), scores(ends.goal)), of: "phenoprint", missing: null };
  } catch (error) {
    if (error instanceof PhenoprintRefusedError) return none(`${error.reason}. ${error.remedy}`);
    throw error;
  }
}

/** What the analysis needs to know of each row of a plate's profiles. */
export function screenWells(profiles: Profiles): ScreenWell[] {
  const text = (name: string, row: number): string => String(profiles.metadata[name]?.[row] ?? "");
  const number = (name: string, row: number): number | null => {
    const cell = profiles.metadata[name]?.[row];
    return typeof cell === "number" ? cell : null;
  };
  return Array.from({ length: profiles.rowCount }, (_, row): ScreenWell => {
    const excluded = text("Metadata_Excluded", row);
    const name = profiles.metadata.Metadata_Perturbation?.[row];
    return {
      plate: text("Metadata_Plate", row),
      well: text("Metadata_Well", row),
      role: text("Metadata_Role", row) as ScreenWell["role"],
      name: name === null || name === undefined ? null : String(name),
      doseUm: number("Metadata_Dose", row),
      cellCount: number("Metadata_Count_Cells", row),
      ...(excluded === "" ? {} : { excluded }),
    };
  });
}

/** What each well got; untreated controls are left out: normalised to themselves they are noise and agree by chance only. */
function treatments(profiles: Profiles): (string | undefined)[] {
  return screenWells(profiles).map(({ role, name, doseUm, excluded }) =>
    excluded !== undefined || ["other", "healthy", "negative"].includes(role)
      ? undefined
      : `${role}/${name ?? ""}/${doseUm ?? ""}`,
  );
}

function finiteOnly(numbers: Record<string, number>): Record<string, number | null> {
  return Object.fromEntries(
    Object.entries(numbers).map(([name, value]) => [name, Number.isFinite(value) ? value : null]),
  );
}
