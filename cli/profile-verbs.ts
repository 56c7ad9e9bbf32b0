import { columnOf, locate, readCsv } from "@artesian/data";
import { aggregate } from "@artesian/profiling/aggregate.ts";
import { annotate, annotationNotes, noWellMatches, strictlyWrong } from "@artesian/profiling/annotate.ts";
import { parseBlocklist } from "@artesian/profiling/blocklist-file.ts";
import { type ConsensusOperation, consensus } from "@artesian/profiling/consensus.ts";
import type { CorrelationMethod } from "@artesian/profiling/correlation.ts";
import { readExternalMetadata } from "@artesian/profiling/external-metadata.ts";
import type { FeatureChoice } from "@artesian/profiling/feature-columns.ts";
import {
  type FeatureSelectKeywords,
  featureOperationsOf,
  type VarianceSemantics,
} from "@artesian/profiling/feature-operations.ts";
import { featureSelect } from "@artesian/profiling/feature-select.ts";
import { type NormalizeMethod, type NormalizeOptions, normalize } from "@artesian/profiling/normalize.ts";
import { readPlatemap } from "@artesian/profiling/platemap.ts";
import { type MetadataCell, metadataColumn, type Profiles, takeWells } from "@artesian/profiling/profiles.ts";
import { PlateMetadataError, UnmatchedWellsError } from "@artesian/profiling/recipe-errors.ts";
import { readTextFile } from "@artesian/profiling/recipe-files.ts";
import { dropNotes } from "@artesian/profiling/recipe-select-step.ts";
import type { SpherizeVariant } from "@artesian/profiling/spherize.ts";
import { UsageError } from "./exit.ts";
import { explainDrop, explainUnmatched } from "./profile-explain.ts";
import { booleanOf, namesOf, numberOf, readChosenProfiles, readVerbProfiles } from "./profile-verb.ts";
import type { VerbFlags, VerbResult } from "./profile-verb-flags.ts";

type Environment = Record<string, string | undefined>;

interface FeatureFlags extends VerbFlags {
  features?: string;
  imageFeatures?: string | boolean;
}

const choiceOf = (flags: FeatureFlags): FeatureChoice => ({
  features: namesOf(flags.features),
  imageFeatures: booleanOf("--image-features", flags.imageFeatures, false),
});

/** What was neither metadata nor a feature. */
const leftOutLines = (leftOut: readonly string[]): string[] =>
  leftOut.map((name) => `left out ${name}: neither metadata nor a feature`);

export interface AggregateFlags extends FeatureFlags {
  strata?: string;
  operation?: string;
  computeObjectCount?: string | boolean;
  objectFeature?: string;
  subsetDataFile?: string;
}

/** pycytominer's aggregate: one profile for the rows of each stratum. */
export async function aggregateVerb(flags: AggregateFlags, env: Environment): Promise<VerbResult> {
  const strata = listOf(flags.strata ?? "Metadata_Plate,Metadata_Well");
  const operation = oneOf("--operation", flags.operation ?? "median", ["median", "mean"] as const);
  const whole = await readVerbProfiles(flags.profiles, choiceOf(flags), env);
  const rows = flags.subsetDataFile === undefined ? whole : await subsetOf(whole, flags.subsetDataFile, env);
  const { profiles, counts, ungrouped } = aggregate(rows, strata, operation);
  const metadata = Object.fromEntries(strata.map((name) => [name, metadataColumn(profiles, name)]));
  if (booleanOf("--compute-object-count", flags.computeObjectCount, false))
    metadata.Metadata_Object_Count = objectCounts(
      rows,
      profiles,
      strata,
      flags.objectFeature ?? "Metadata_ObjectNumber",
    );
  const notes = [`${rows.rowCount - ungrouped.length} rows become ${profiles.rowCount}`];
  if (ungrouped.length > 0) notes.push(`${ungrouped.length} rows are left out: ${strata.join(" or ")} is missing`);
  return {
    profiles: { ...profiles, metadata },
    notes,
    explained: ungrouped.map((row) => `left out row ${row + 1}: ${strata.join(" or ")} is missing`),
    details: { counts },
  };
}

/** Objects of each stratum: rows whose object number is there. */
function objectCounts(rows: Profiles, groups: Profiles, strata: readonly string[], feature: string): MetadataCell[] {
  const numbers = metadataColumn(rows, feature);
  const keyOf = (profiles: Profiles, row: number): string =>
    JSON.stringify(strata.map((name) => metadataColumn(profiles, name)[row] ?? null));
  const counts = new Map<string, number>();
  numbers.forEach((number, row) => {
    if (number !== null) counts.set(keyOf(rows, row), (counts.get(keyOf(rows, row)) ?? 0) + 1);
  });
  return Array.from({ length: groups.rowCount }, (_, row) => counts.get(keyOf(groups, row)) ?? 0);
}

/** Rows whose values a subset file names, in all of its columns. */
async function subsetOf(profiles: Profiles, file: string, env: Environment): Promise<Profiles> {
  const { place, key } = locate(file, env);
  const subset = readCsv(await readTextFile(place, key, {}), { source: file });
  const names = subset.columns.map(({ name }) => name);
  const cells = names.map((name) => metadataColumn(profiles, name));
  const wanted = new Set(
    Array.from({ length: subset.rowCount }, (_, row) =>
      JSON.stringify(names.map((name) => String(columnOf(subset, name)?.values[row] ?? ""))),
    ),
  );
  const rows = Array.from({ length: profiles.rowCount }, (_, row) => row).filter((row) =>
    wanted.has(JSON.stringify(cells.map((column) => String(column[row] ?? "")))),
  );
  return takeWells(profiles, rows);
}

export interface AnnotateFlags extends VerbFlags {
  platemap: string;
  joinOn?: string;
  addMetadataIdToPlatemap?: string | boolean;
  formatBroadCmap?: string | boolean;
  cleanCellprofiler?: string | boolean;
  externalMetadata?: string;
  externalJoinLeft?: string;
  externalJoinRight?: string;
  externalJoinOn?: string;
  cellId?: string;
  perturbationMode?: string;
  cellLine?: string;
  batch?: string;
  strict?: true;
}

/** pycytominer's annotate: plate map and external metadata beside the profiles. */
export async function annotateVerb(flags: AnnotateFlags, env: Environment): Promise<VerbResult> {
  const joinOn = listOf(flags.joinOn ?? "Metadata_well_position,Metadata_Well");
  const [mapColumn, wellColumn] = joinOn;
  if (mapColumn === undefined || wellColumn === undefined || joinOn.length !== 2)
    throw new UsageError(`--join-on ${flags.joinOn}: expected two columns, the plate map's and the profiles'.`);
  const profiles = await readVerbProfiles(flags.profiles, { features: "infer", imageFeatures: true }, env);
  const text = async (file: string): Promise<string> => {
    const { place, key } = locate(file, env);
    return readTextFile(place, key, {});
  };
  const map = readPlatemap(await text(flags.platemap), flags.platemap, mapColumn);
  const { externalMetadata, externalJoinOn } = flags;
  const externalJoinLeft = flags.externalJoinLeft ?? externalJoinOn;
  const externalJoinRight = flags.externalJoinRight ?? externalJoinOn;
  if (externalMetadata !== undefined && (externalJoinLeft === undefined || externalJoinRight === undefined))
    throw new UsageError(
      "--external-metadata needs --external-join-on, or --external-join-left and --external-join-right: the columns to match.",
    );
  const external =
    externalMetadata === undefined || externalJoinLeft === undefined || externalJoinRight === undefined
      ? undefined
      : {
          table: readExternalMetadata(await text(externalMetadata), externalMetadata, externalJoinRight),
          joinLeft: externalJoinLeft,
          joinRight: externalJoinRight,
        };
  const cmap = booleanOf("--format-broad-cmap", flags.formatBroadCmap, false)
    ? {
        ...(flags.cellId === undefined ? {} : { cellId: flags.cellId }),
        perturbationMode: oneOf("--perturbation-mode", flags.perturbationMode ?? "none", [
          "none",
          "chemical",
          "genetic",
        ] as const),
      }
    : undefined;
  if (cmap === undefined && (flags.cellId !== undefined || flags.perturbationMode !== undefined))
    throw new UsageError(
      "--cell-id and --perturbation-mode belong to --format-broad-cmap; --cell-line names the cells otherwise.",
    );
  const constants = {
    ...(flags.cellLine === undefined ? {} : { Metadata_cell_line: flags.cellLine }),
    ...(flags.batch === undefined ? {} : { Metadata_batch: flags.batch }),
  };
  const found = annotate(profiles, map, {
    joinOn: [mapColumn, wellColumn],
    addMetadataIdToPlatemap: booleanOf("--add-metadata-id-to-platemap", flags.addMetadataIdToPlatemap, true),
    cleanCellProfiler: booleanOf("--clean-cellprofiler", flags.cleanCellprofiler, true),
    constants,
    ...(external === undefined ? {} : { external }),
    ...(cmap === undefined ? {} : { cmap }),
  });
  if (found.profiles.rowCount === 0) throw new PlateMetadataError(flags.platemap, undefined, noWellMatches(found));
  const wrong = strictlyWrong(found);
  if (flags.strict && wrong.length > 0) throw new UnmatchedWellsError(flags.platemap, wrong);
  const { profiles: annotated, ...unmatched } = found;
  return {
    profiles: annotated,
    notes: annotationNotes(found),
    explained: explainUnmatched(unmatched),
    details: { unmatched },
  };
}

export interface NormalizeFlags extends FeatureFlags {
  metaFeatures?: string;
  samples?: string;
  method?: string;
  madRobustizeEpsilon?: string;
  spherizeCenter?: string | boolean;
  spherizeMethod?: string;
  spherizeEpsilon?: string;
  by?: string;
}

const METHODS = ["standardize", "robustize", "mad_robustize", "spherize", "inverse_normal"] as const;

/** pycytominer's normalize: features in units of chosen wells' spread. */
export async function normalizeVerb(flags: NormalizeFlags, env: Environment): Promise<VerbResult> {
  const { profiles, leftOut } = await readChosenProfiles(flags.profiles, choiceOf(flags), env);
  const wanted = namesOf(flags.metaFeatures);
  const metadata =
    wanted === "infer"
      ? profiles.metadata
      : Object.fromEntries(wanted.map((name) => [name, metadataColumn(profiles, name)]));
  const options = {
    ...normalizeMethod(flags),
    samples: flags.samples ?? "all",
    ...(flags.by === undefined ? {} : { by: listOf(flags.by) }),
  };
  const { profiles: normalized, groups, ungrouped } = normalize(profiles, options);
  const constant = [...new Set(groups.flatMap(({ constantFeatures }) => constantFeatures))];
  const notes = groups.map(
    ({ key, wells, sampleCount }) =>
      `${key.length === 0 ? "" : `${key.join(" ")}: `}${wells} wells by ${sampleCount} samples`,
  );
  if (constant.length > 0) notes.push(`${constant.length} features do not vary among the samples`);
  if (ungrouped.length > 0) notes.push(`${ungrouped.length} wells have no ${flags.by} and are missing values`);
  return {
    profiles: { ...normalized, metadata },
    notes,
    explained: [...constant.map((name) => `does not vary among the samples: ${name}`), ...leftOutLines(leftOut)],
    details: { constantFeatures: constant, leftOut },
  };
}

function normalizeMethod(flags: NormalizeFlags): NormalizeOptions {
  const method: NormalizeMethod = oneOf("--method", flags.method ?? "standardize", METHODS);
  if (method === "spherize") {
    const variants: readonly SpherizeVariant[] = ["PCA", "ZCA", "PCA-cor", "ZCA-cor"];
    const epsilon = numberOf("--spherize-epsilon", flags.spherizeEpsilon, 0);
    return {
      method,
      variant: oneOf("--spherize-method", flags.spherizeMethod ?? "ZCA-cor", variants),
      centre: booleanOf("--spherize-center", flags.spherizeCenter, true),
      ...(epsilon === undefined ? {} : { epsilon }),
    };
  }
  const epsilon = numberOf("--mad-robustize-epsilon", flags.madRobustizeEpsilon, 0);
  return method === "mad_robustize" && epsilon !== undefined ? { method, epsilon } : { method };
}

export interface FeatureSelectFlags extends FeatureFlags {
  samples?: string;
  operation?: string;
  naCutoff?: string;
  corrThreshold?: string;
  corrMethod?: string;
  freqCut?: string;
  uniqueCut?: string;
  minVariance?: string;
  blocklistFile?: string;
  blocklistName?: string;
  outlierCutoff?: string;
  noiseRemovalPerturbGroups?: string;
  noiseRemovalStdevCutoff?: string;
  pycytominer?: string;
}

/** pycytominer's feature_select: operations in order, each drop with its reason. */
export async function featureSelectVerb(flags: FeatureSelectFlags, env: Environment): Promise<VerbResult> {
  const { profiles, leftOut } = await readChosenProfiles(flags.profiles, choiceOf(flags), env);
  const version = oneOf("--pycytominer", flags.pycytominer ?? "1.6", ["1.6", "1.7"] as const);
  const semantics: VarianceSemantics = `pycytominer-${version}`;
  const operations = listOf(flags.operation ?? "variance_threshold");
  const numbers: [keyof FeatureSelectKeywords, string, string | undefined][] = [
    ["na_cutoff", "--na-cutoff", flags.naCutoff],
    ["corr_threshold", "--corr-threshold", flags.corrThreshold],
    ["freq_cut", "--freq-cut", flags.freqCut],
    ["unique_cut", "--unique-cut", flags.uniqueCut],
    ["min_variance", "--min-variance", flags.minVariance],
    ["outlier_cutoff", "--outlier-cutoff", flags.outlierCutoff],
    ["noise_removal_stdev_cutoff", "--noise-removal-stdev-cutoff", flags.noiseRemovalStdevCutoff],
  ];
  const keywords: FeatureSelectKeywords = Object.fromEntries(
    numbers.flatMap(([keyword, flag, text]) => (text === undefined ? [] : [[keyword, numberOf(flag, text, 0)]])),
  );
  if (flags.corrMethod !== undefined) keywords.corr_method = flags.corrMethod;
  if (flags.noiseRemovalPerturbGroups !== undefined)
    keywords.noise_removal_perturb_groups = flags.noiseRemovalPerturbGroups;
  if (flags.blocklistFile !== undefined) {
    const { place, key } = locate(flags.blocklistFile, env);
    keywords.blocklist = parseBlocklist(await readTextFile(place, key, {}), flags.blocklistFile, flags.blocklistName);
  } else if (flags.blocklistName !== undefined)
    throw new UsageError("--blocklist-name names a list of --blocklist-file; give that too.");
  const { profiles: selected, dropped } = featureSelect(
    profiles,
    featureOperationsOf(operations, keywords, semantics),
    {
      samples: flags.samples ?? "all",
    },
  );
  return {
    profiles: selected,
    notes: dropNotes(profiles.features.length, dropped),
    explained: [...dropped.map(explainDrop), ...leftOutLines(leftOut)],
    details: { dropped, leftOut },
  };
}

export interface ConsensusFlags extends FeatureFlags {
  replicateColumns?: string;
  operation?: string;
  modzMethod?: string;
  modzMinWeight?: string;
  modzPrecision?: string;
}

/** pycytominer's consensus: one profile for the replicates of each treatment. */
export async function consensusVerb(flags: ConsensusFlags, env: Environment): Promise<VerbResult> {
  const { profiles, leftOut } = await readChosenProfiles(flags.profiles, choiceOf(flags), env);
  const by = listOf(flags.replicateColumns ?? "Metadata_Plate,Metadata_Well");
  const operations: readonly ConsensusOperation[] = ["median", "mean", "modz"];
  const methods: readonly CorrelationMethod[] = ["pearson", "spearman", "kendall"];
  const minimumWeight = numberOf("--modz-min-weight", flags.modzMinWeight, 0);
  const precision = numberOf("--modz-precision", flags.modzPrecision, 0);
  const made = consensus(profiles, {
    by,
    operation: oneOf("--operation", flags.operation ?? "median", operations),
    method: oneOf("--modz-method", flags.modzMethod ?? "spearman", methods),
    ...(minimumWeight === undefined ? {} : { minimumWeight }),
    ...(precision === undefined ? {} : { precision }),
  });
  const columns = by.map((name) => metadataColumn(made.profiles, name));
  return {
    profiles: made.profiles,
    notes: [`${profiles.rowCount} profiles become ${made.profiles.rowCount}`],
    explained: [
      ...made.counts.map(
        (count, row) => `${columns.map((cells) => cells[row] ?? "(none)").join(" ")}: ${count} replicates`,
      ),
      ...leftOutLines(leftOut),
    ],
    details: { counts: made.counts, leftOut },
  };
}

const listOf = (text: string): string[] => {
  const names = namesOf(text);
  return names === "infer" ? [text] : names;
};

function oneOf<T extends string>(flag: string, text: string, known: readonly T[]): T {
  const found = known.find((one) => one.toLowerCase() === text.toLowerCase());
  if (found === undefined) throw new UsageError(`${flag} ${text}: expected one of ${known.join(", ")}.`);
  return found;
}
