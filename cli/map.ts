import { type Command, Option } from "commander";
import type { CommandContext } from "./command.ts";

/** Commands that build, publish and look at maps. */
export function registerMap(program: Command, context: CommandContext): void {
  const map = program
    .command("map")
    .description("Maps of perturbations: build, judge and publish them (docs/maps.md).");
  const fromStore = (command: Command): Command =>
    command
      .requiredOption("--store <place>", "where groups are published: a folder or s3://bucket/prefix")
      .option("--json", "one JSON document on stdout");
  map
    .command("build")
    .description(
      "Make group versions of profiles: filter, align, aggregate, relate, judge. Building again does only what changed.",
    )
    .requiredOption("--config <file>", "what to build (YAML): a path or s3://bucket/key")
    .option("--dry-run", "print inputs, groups, bytes, what is gained and lost; write nothing")
    .option("--force", "build although nothing changed")
    .option("--json", "one JSON document on stdout")
    .addHelpText("after", examples)
    .action(async (flags) => (await import("./map-build.ts")).mapBuild(flags, context));
  map
    .command("publish")
    .description("Publish what was built: readers see all of it or nothing. Exit code 3 when the gate refuses.")
    .requiredOption("--config <file>", "what was built (YAML)")
    .option("--force", "publish although recall or counts fall; the catalogue says so")
    .option("--json", "one JSON document on stdout")
    .action(async (flags) => (await import("./map-store.ts")).mapPublish(flags, context));
  map
    .command("run")
    .description("Build and publish once, with a record in the store. Exit code 3 when the gate refuses.")
    .requiredOption("--config <file>", "what to build (YAML): a path or s3://bucket/key")
    .option("--force", "build although nothing changed, publish although the gate refuses")
    .option("--json", "the record as one JSON document on stdout")
    .action(async (flags) => (await import("./map-run.ts")).mapRun(flags, context));
  map
    .command("watch")
    .description("Build maps on their schedules, with pages; what was missed while nothing ran is made up for once.")
    .requiredOption("--config <files...>", "what to build (YAML), each with its schedule; all publish into one store")
    .option("--now", "ask for a run of each at once")
    .option("--data <dir>", "data folder with the engine", "artesian-data")
    .option("--host <address>", "address to listen on; others than loopback need an identity provider", "127.0.0.1")
    .option("--port <n>", "port; default: 8080, or the next free one")
    .action(async (flags) => (await import("./map-watch.ts")).mapWatch(flags, context));
  fromStore(
    map.command("runs").description("Runs that built the maps of a store, newest first; or one of them with its log."),
  )
    .argument("[run]", "the run's id")
    .option("--map <name>", "of one map only")
    .option("--limit <n>", "most runs listed", "20")
    .action(async (run: string | undefined, flags) => (await import("./map-run.ts")).mapRuns(run, flags, context));
  fromStore(map.command("list").description("Groups of a store with their versions.")).action(async (flags) =>
    (await import("./map-store.ts")).mapList(flags, context),
  );
  fromStore(
    map.command("diff").description("What differs between two group versions: perturbations, recall, settings."),
  )
    .argument("<before>", "ID or ID@VERSION")
    .argument("<after>", "ID or ID@VERSION")
    .action(async (before: string, after: string, flags) =>
      (await import("./map-store.ts")).mapDiff(before, after, flags, context),
    );
  fromStore(
    map.command("why").description("Where a perturbation is, and why it is missing. Exit code 1 when it is nowhere."),
  )
    .argument("<perturbation>", "symbol or identity: TSC2, gene:TSC2, compound:C4")
    .action(async (name: string, flags) => (await import("./map-store.ts")).mapWhy(name, flags, context));
  fromStore(
    map.command("export").description("Rows of a group with their vectors. Exit code 3 when some were not found."),
  )
    .argument("<group>", "ID or ID@VERSION")
    .requiredOption("--out <file>", "ends in .csv, .parquet, .gct or .npy (with a .rows.csv beside it)")
    .option("--rows <perturbation...>", "symbols or identities (default: all)")
    .action(async (group: string, flags) => (await import("./map-store.ts")).mapExport(group, flags, context));
  registerQuery(map, context);
  registerCache(map, context);
}

/** Questions to a store without a server. */
function registerQuery(map: Command, context: CommandContext): void {
  const queries = map
    .command("query")
    .description(
      "Ask a group of a store: CSV on stdout, or JSON. Rows are symbols, identities, numbers, or all, genes, compounds.",
    );
  const question = (name: string, description: string): Command =>
    queries
      .command(name)
      .description(description)
      .requiredOption("--store <place>", "where groups are published: a folder or s3://bucket/prefix")
      .option("--group <name>", "ID or ID@VERSION (default: the store's default group)")
      .option("--json", "one JSON document on stdout");
  const run = () => import("./map-query.ts");
  question("neighbours", "Nearest rows in both tails.")
    .argument("<row>", 'symbol, identity or "C4 @ 3"')
    .option("--count <n>", "rows a tail", "20")
    .addOption(new Option("--type <kind>", "of one kind only").choices(["gene", "compound", "other"]))
    .action(async (of: string, flags) => (await run()).queryNeighbours(of, flags, context));
  question("similarity", "Cosines of rows with columns.")
    .argument("<rows...>", "rows, a compound with all of its doses")
    .option("--columns <rows...>", "columns (default: the rows)")
    .addOption(new Option("--variant <name>", "how they are shown").choices(["raw", "z", "percentile"]).default("raw"))
    .action(async (rows: string[], flags) => (await run()).querySimilarity(rows, flags, context));
  question("project", "Projection and rejection of rows along a target.")
    .argument("<target>", "the target; in rescue mode the disease")
    .argument("<rows...>", "rows, a compound with all of its doses")
    .addOption(new Option("--mode <name>", "geometry").choices(["unit", "magnitude", "rescue"]).default("unit"))
    .option("--healthy <row>", "rescue mode: the healthy state (default: the controls)")
    .action(async (target: string, rows: string[], flags) => (await run()).queryProject(target, rows, flags, context));
  question("replicates", "A row split by experiment and into its wells, with their pairwise cosines.")
    .argument("<row>", "symbol or identity")
    .action(async (of: string, flags) => (await run()).queryReplicates(of, flags, context));
  question("cluster", "Rows in the order of their dendrogram.")
    .argument("<rows...>", "at least two")
    .addOption(new Option("--method <name>", "linkage").choices(["average", "ward"]).default("average"))
    .option("--clusters <n>", "cut the tree into so many")
    .action(async (rows: string[], flags) => (await run()).queryCluster(rows, flags, context));
  question("enrich", "Gene sets over-represented among genes, against the genes of the group.")
    .argument("<rows...>", "genes")
    .option("--source <name>", "gene sets of one source (default: all that the group was published with)")
    .action(async (rows: string[], flags) => (await run()).queryEnrich(rows, flags, context));
  question("funnel", "From all pairs to hypotheses, with the pairs left after each step.")
    .addOption(
      new Option("--between <kinds>", "kinds of ends")
        .choices(["all", "genes", "compounds", "gene-compound"])
        .default("all"),
    )
    .option("--percent <n>", "percent of all pairs in each tail", "5")
    .option("--fdr <q>", "tails by false discovery rate instead")
    .option("--arms", "keep pairs of genes on one chromosome arm")
    .option("--known", "keep published relations")
    .option("--experiments <n>", "fewest experiments that show a pair; 0: not looked at", "2")
    .option("--limit <n>", "most pairs given", "1000")
    .action(async (flags) => (await run()).queryFunnel(flags, context));
}

/** Copies of groups that a server of a data folder keeps of a bucket. */
function registerCache(map: Command, context: CommandContext): void {
  const cache = map
    .command("cache")
    .description("Copies of groups that `artesian serve --maps` keeps on this machine.");
  const verb = (name: string, description: string): Command =>
    cache
      .command(name)
      .description(description)
      .requiredOption("--maps <place>", "where groups are published, as given to `artesian serve`")
      .option("--data <dir>", "data folder that is served", "artesian-data")
      .option("--json", "one JSON document on stdout");
  const run = () => import("./map-cache.ts");
  verb("status", "Which groups have a copy, and what they take.").action(async (flags) =>
    (await run()).cacheStatus(flags, context),
  );
  verb("refresh", "Fetch groups, each file checked by its digest (default: the default group).")
    .argument("[groups...]", "ID or ID@VERSION")
    .action(async (groups: string[], flags) => (await run()).cacheRefresh(groups, flags, context));
  verb("evict", "Give copies back; each is written down. The default group and the last good copy stay (exit code 3).")
    .argument("<groups...>", "ID or ID@VERSION")
    .option("--dry-run", "say what would be given back; remove nothing")
    .action(async (groups: string[], flags) => (await run()).cacheEvict(groups, flags, context));
}

const examples = `
Examples:
  $ artesian map build --config map.yml --dry-run
  $ artesian map build --config map.yml
  $ artesian map publish --config map.yml
  $ artesian map why TSC2 --store s3://maps/prod
  $ artesian map query neighbours TSC2 --store s3://maps/prod`;
