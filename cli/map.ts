import type { Command } from "commander";
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
    .requiredOption("--out <file>", "ends in .csv, .parquet or .npy (with a .rows.csv beside it)")
    .option("--rows <perturbation...>", "symbols or identities (default: all)")
    .action(async (group: string, flags) => (await import("./map-store.ts")).mapExport(group, flags, context));
}

const examples = `
Examples:
  $ artesian map build --config map.yml --dry-run
  $ artesian map build --config map.yml
  $ artesian map publish --config map.yml
  $ artesian map why TSC2 --store s3://maps/prod`;
