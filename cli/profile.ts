import type { Command } from "commander";
import type { CommandContext } from "./command.ts";
import { registerCollate } from "./profile-collate.ts";
import type { ProfileRunFlags } from "./profile-run.ts";
import { flagsOf, profileVerb, type VerbFlags, type VerbResult, withOutputFlags } from "./profile-verb-flags.ts";
import type {
  AggregateFlags,
  AnnotateFlags,
  ConsensusFlags,
  FeatureSelectFlags,
  NormalizeFlags,
} from "./profile-verbs.ts";
import { registerProfileWatch } from "./profile-watch.ts";

const examples = `
Examples:
  $ artesian profile run --config config_files/compounds.yml
  $ artesian profile run --config config_files/compounds.yml --dir s3://bucket/project --explain

Exit code 0 when every step is done or unchanged, 1 when one failed (the rest is done), 2 when the configuration is wrong, 3 when stopped.`;

/** Commands that make profiles of CellProfiler's output, with the verbs of the profiling handbook. */
export function registerProfile(program: Command, context: CommandContext): void {
  const profile = program
    .command("profile")
    .description(
      "From CellProfiler's output to profiles: the profiling handbook's chapter, with pycytominer's numbers.",
    );
  profile
    .command("run")
    .description("Carry out a profiling-recipe configuration as it is. Running it again does only what changed.")
    .requiredOption("--config <file>", "configuration (YAML), here or in the project")
    .option("--dir <project>", "project: metadata/, profiles/, …; a folder or s3://bucket/prefix", ".")
    .option(
      "--workspace <place>",
      "where analysis/ and backend/ are (default: the project, or ../.. when they are there)",
    )
    .option("--workers <n>", "plates at once (default: the machine's processors)")
    .option("--tmp-dir <dir>", "where SQLite backends of a bucket are copied to (default: the system's)")
    .option("--force", "compute everything again")
    .option("--strict", "fail where wells have no metadata, or metadata no wells")
    .option("--compat-rounding", "round between steps as float_format says, as the recipe does")
    .option("--explain", "say of every feature and well why it was dropped")
    .option("--dry-run", "print the plan as JSON and do nothing")
    .option("--json", "one JSON document on stdout")
    .addHelpText("after", examples)
    .action(async (flags: ProfileRunFlags) => {
      const { profileRun } = await import("./profile-run.ts");
      await profileRun(flags, context);
    });
  registerProfileWatch(profile, context);
  registerCollate(profile, context);
  registerVerbs(profile, context);
  profile
    .command("compare")
    .description("Tell two profile files apart: columns, rows, the worst cell. Exit code 1 when they differ.")
    .argument("<a>", "profiles")
    .argument("<b>", "profiles")
    .option("--tolerance <number>", "relative differences up to this are equal", "1e-9")
    .option("--by <columns>", "metadata columns that name a row (default: Metadata_Plate,Metadata_Well)")
    .option("--image-features", "also compare columns that begin with Image")
    .option("--json", "one JSON document on stdout")
    .action(
      async (a: string, b: string, flags: { tolerance: string; by?: string; imageFeatures?: true; json?: true }) => {
        const { profileCompare } = await import("./profile-compare.ts");
        await profileCompare(a, b, flags, context);
      },
    );
}

/** The verbs that read profiles and write profiles; what they do is loaded when one is called. */
function registerVerbs(profile: Command, context: CommandContext): void {
  const act =
    <T extends VerbFlags>(
      verb: string,
      run: (flags: T, env: Record<string, string | undefined>) => Promise<VerbResult>,
    ) =>
    async (given: T): Promise<void> => {
      const flags = flagsOf(given);
      const [{ finishVerb }, { storeEnvironment }] = await Promise.all([
        import("./profile-verb.ts"),
        import("./store-environment.ts"),
      ]);
      const env = storeEnvironment();
      await finishVerb(verb, flags, await run(flags, env), env, context);
    };
  const verbs = () => import("./profile-verbs.ts");

  const aggregate = profileVerb(profile, "aggregate", "One profile for the rows of each stratum.")
    .option("--strata <columns>", "metadata columns that name a profile", "Metadata_Plate,Metadata_Well")
    .option("--features <names>", "infer, or names separated by commas", "infer")
    .option("--image-features", "columns that begin with Image are features too")
    .option("--operation <name>", "median or mean", "median")
    .option("--compute-object-count [boolean]", "add Metadata_Object_Count")
    .option("--object-feature <column>", "column with objects' numbers", "Metadata_ObjectNumber")
    .option("--subset-data-file <file>", "CSV of metadata values: only rows that it names");
  withOutputFlags(aggregate).action(
    act<AggregateFlags>("aggregate", async (flags, env) => (await verbs()).aggregateVerb(flags, env)),
  );

  const annotate = profileVerb(
    profile,
    "annotate",
    "Add plate map and external metadata; says which wells find no partner.",
  )
    .requiredOption("--platemap <file>", "plate map, separated by tabs or commas")
    .option("--join-on <columns>", "the plate map's and the profiles' column", "Metadata_well_position,Metadata_Well")
    .option("--add-metadata-id-to-platemap [boolean]", "put Metadata_ before the plate map's columns", "true")
    .option("--format-broad-cmap [boolean]", "add the Connectivity Map's columns")
    .option("--clean-cellprofiler [boolean]", "take over Image_Metadata_Plate and Image_Metadata_Well", "true")
    .option("--external-metadata <file>", "what is known of the perturbations")
    .option("--external-join-on <column>", "column that profiles and external metadata both have")
    .option("--external-join-left <column>", "column of the profiles to match")
    .option("--external-join-right <column>", "column of the external metadata to match")
    .option("--cell-id <name>", "cells, for --format-broad-cmap")
    .option("--perturbation-mode <mode>", "none, chemical or genetic, for --format-broad-cmap")
    .option("--cell-line <name>", "adds Metadata_cell_line")
    .option("--batch <name>", "adds Metadata_batch")
    .option("--strict", "fail where wells have no metadata, or metadata no wells");
  withOutputFlags(annotate).action(
    act<AnnotateFlags>("annotate", async (flags, env) => (await verbs()).annotateVerb(flags, env)),
  );

  const normalize = profileVerb(profile, "normalize", "Features in units of the spread of chosen wells.")
    .option("--features <names>", "infer, or names separated by commas", "infer")
    .option("--image-features", "columns that begin with Image are features too")
    .option("--meta-features <names>", "infer, or metadata columns to keep", "infer")
    .option("--samples <query>", "wells to learn from, such as \"Metadata_control_type == 'negcon'\"", "all")
    .option("--method <name>", "standardize, robustize, mad_robustize, spherize, inverse_normal", "standardize")
    .option("--mad-robustize-epsilon <number>", "added to the scale of mad_robustize", "1e-18")
    .option("--spherize-center [boolean]", "subtract the mean first", "true")
    .option("--spherize-method <name>", "PCA, ZCA, PCA-cor, ZCA-cor", "ZCA-cor")
    .option("--spherize-epsilon <number>", "added to singular values", "1e-6")
    .option("--by <columns>", "metadata columns whose groups are normalized each by itself");
  withOutputFlags(normalize).action(
    act<NormalizeFlags>("normalize", async (flags, env) => (await verbs()).normalizeVerb(flags, env)),
  );

  const select = profileVerb(profile, "feature-select", "Keep the features that say something; each drop has a reason.")
    .option("--features <names>", "infer, or names separated by commas", "infer")
    .option("--image-features", "columns that begin with Image are features too")
    .option("--samples <query>", "wells that thresholds are computed on", "all")
    .option("--operation <names>", "operations in order, separated by commas", "variance_threshold")
    .option("--na-cutoff <share>", "missing values that a feature may have (default: 0.05)")
    .option("--corr-threshold <number>", "correlation above which a feature is dropped (default: 0.9)")
    .option("--corr-method <name>", "pearson, spearman or kendall (default: pearson)")
    .option("--freq-cut <ratio>", "second most common to most common value (default: 0.05)")
    .option("--unique-cut <ratio>", "distinct values to wells (default: 0.01)")
    .option("--min-variance <number>", "with --pycytominer 1.7 (default: 1e-6)")
    .option("--outlier-cutoff <number>", "largest absolute value (default: 500)")
    .option("--blocklist-file <file>", "CSV with a column blocklist, or YAML (default: the known noisy features)")
    .option("--blocklist-name <name>", "which list of a YAML file")
    .option("--noise-removal-perturb-groups <column>", "metadata column of replicates, for noise_removal")
    .option("--noise-removal-stdev-cutoff <number>", "for noise_removal")
    .option("--pycytominer <version>", "whose variance_threshold: 1.6 (frequency) or 1.7 (variance)", "1.6");
  withOutputFlags(select).action(
    act<FeatureSelectFlags>("feature-select", async (flags, env) => (await verbs()).featureSelectVerb(flags, env)),
  );

  const consensus = profileVerb(profile, "consensus", "One profile for the replicates of each treatment.")
    .option("--replicate-columns <columns>", "metadata columns that make replicates", "Metadata_Plate,Metadata_Well")
    .option("--operation <name>", "median, mean or modz", "median")
    .option("--features <names>", "infer, or names separated by commas", "infer")
    .option("--image-features", "columns that begin with Image are features too")
    .option("--modz-method <name>", "pearson, spearman or kendall", "spearman")
    .option("--modz-min-weight <number>", "least weight of a replicate", "0.01")
    .option("--modz-precision <digits>", "decimals of weights", "4");
  withOutputFlags(consensus).action(
    act<ConsensusFlags>("consensus", async (flags, env) => (await verbs()).consensusVerb(flags, env)),
  );
}
