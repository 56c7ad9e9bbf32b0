import { digestOf, openPlace } from "@artesian/data";
import { buildMap, type MapBenchmark, openCatalog } from "@artesian/maps";
import type { CommandContext } from "./command.ts";
import { EXIT, UsageError } from "./exit.ts";
import { type MapConfig, readMapConfig } from "./map-config.ts";
import { inputFiles, readFacts, readUnits } from "./map-inputs.ts";
import { droppedBy, prepareGroups, type Standing, standingOf } from "./map-prepare.ts";
import { unchangedBuild, writeBuild } from "./map-staging.ts";
import { duration, type Output } from "./output.ts";
import { locate } from "./profile-verb.ts";
import { storeEnvironment } from "./store-environment.ts";
import { version } from "./version.ts";

export interface MapBuildFlags {
  config: string;
  dryRun?: true;
  force?: true;
  json?: true;
}

/** Reads the configuration that a command names. @throws UsageError */
export async function mapConfigOf(file: string): Promise<MapConfig> {
  const { place, key } = locate(file, storeEnvironment());
  if ((await place.stat(key)) === undefined) throw new UsageError(`--config ${file}: there is no such file.`);
  return readMapConfig(new TextDecoder().decode(await place.read(key)), file);
}

/** `artesian map build`: from profiles to group versions in the build's folder; or what that would make. */
export async function mapBuild(flags: MapBuildFlags, { output, exit }: CommandContext): Promise<void> {
  const started = Date.now();
  const env = storeEnvironment();
  const config = await mapConfigOf(flags.config);
  const [folder, store] = [openPlace(config.build, env), openPlace(config.store, env)];
  const files = await inputFiles(config, env);
  const known = await readFacts(config, env);
  const inputs = [...files.map(({ uri, sha256 }) => ({ uri, sha256 })), ...known.files];
  const key = digestOf({ version, config: { ...config, store: null, build: null }, inputs });
  const before = flags.dryRun || flags.force ? undefined : await unchangedBuild(folder, key);
  if (before !== undefined) {
    if (flags.json) output.json({ dryRun: false, unchanged: true, groups: before.groups });
    for (const { id, version: of } of before.groups) output.say(`${id}@${of}: unchanged`);
    output.say(`Nothing changed since ${config.build} was built. --force builds it again.`);
    return exit(EXIT.done);
  }
  const call = { progress: progressTo(output) };
  const { units, partialFeatures, unnamed } = await readUnits(files, config, (done) =>
    call.progress("read inputs", done, files.length),
  );
  const built = buildMap(units, config.recipe, known.facts, call);
  const created = new Date(started).toISOString();
  const made = prepareGroups(
    config,
    { built, units, inputs, relations: known.relations, clusters: known.clusters, created },
    call,
  );
  if (!flags.dryRun) await writeBuild(folder, { key, map: config.map }, made, call);
  output.settle();
  const { catalog } = await openCatalog(store);
  const groups: GroupSummary[] = [];
  for (const one of made) {
    const { manifest, content } = one.prepared;
    groups.push({
      id: manifest.id,
      version: manifest.version,
      isDefault: one.isDefault,
      rows: manifest.rows,
      dims: manifest.dims,
      bytes: [...content.values()].reduce((sum, bytes) => sum + bytes.byteLength, 0),
      benchmark: manifest.benchmark,
      ...(await standingOf(store, catalog, one, config)),
    });
  }
  const summary: BuildSummary = {
    inputs,
    units: { read: units.units.length, unnamed, kept: built.units.units.length, dropped: droppedBy(built) },
    features: {
      used: units.features.length - built.droppedFeatures.length,
      dropped: built.droppedFeatures,
      partialFeatures,
    },
    groups,
  };
  if (flags.json) output.json({ dryRun: flags.dryRun === true, unchanged: false, ...summary });
  else for (const line of summaryLines(summary)) output.data(line);
  const took = duration((Date.now() - started) / 1000);
  if (flags.dryRun) output.say(`Dry run of ${config.map} (${took}): nothing was written.`);
  else output.say(`Built ${config.map} in ${took}. Next: artesian map publish --config ${flags.config}`);
  exit(EXIT.done);
}

interface GroupSummary extends Standing {
  id: string;
  version: string;
  isDefault: boolean;
  rows: number;
  dims: number;
  bytes: number;
  benchmark: MapBenchmark;
}

interface BuildSummary {
  inputs: { uri: string; sha256: string }[];
  units: { read: number; unnamed: number; kept: number; dropped: Record<string, number> };
  features: { used: number; dropped: string[]; partialFeatures: number };
  groups: GroupSummary[];
}

/** A build in lines: what went in, what was left out, each group with its benchmark and how it stands against the store. */
function summaryLines({ inputs, units, features, groups }: BuildSummary): string[] {
  const lines = inputs.map(({ uri, sha256 }) => `input   ${uri} (${sha256.slice(0, 12)})`);
  const reasons = Object.entries(units.dropped).map(([reason, count]) => `${count} ${reason}`);
  if (units.unnamed > 0) reasons.push(`${units.unnamed} without perturbation`);
  lines.push(
    `units   ${units.kept} of ${units.read + units.unnamed}${reasons.length > 0 ? `; left out: ${reasons.join(", ")}` : ""}`,
  );
  const partial = features.partialFeatures > 0 ? `; ${features.partialFeatures} not in every file` : "";
  const missing = features.dropped.length > 0 ? `; ${features.dropped.length} with missing values` : "";
  lines.push(`features ${features.used}${partial}${missing}`);
  for (const group of groups) {
    const { benchmark, difference } = group;
    lines.push(
      `${group.change.padEnd(9)} ${group.id}@${group.version}${group.isDefault ? " (default)" : ""}: ${group.rows} rows × ${group.dims}, ${(group.bytes / 2 ** 20).toFixed(1)} MiB`,
      ...benchmark.recall.map(({ source, recall, relations }) => {
        const was = difference?.recall.find((one) => one.source === source)?.before;
        return `  recall ${source}: ${recall === null ? "–" : recall.toFixed(3)} of ${relations}${was === null || was === undefined ? "" : ` (${was.toFixed(3)} before)`}`;
      }),
      ...benchmark.clusters.map(
        ({ source, significant, tested }) => `  clusters ${source}: ${significant} of ${tested} lie together`,
      ),
      `  consistent ${share(benchmark.consistency)}, apart from controls ${share(benchmark.magnitude)}, retrieved ${share(benchmark.retrieval)}`,
    );
    if (difference !== null) {
      const { gained, lost } = difference;
      lines.push(`  against ${difference.with}: ${listed("gained", gained)}, ${listed("lost", lost)}`);
    }
    for (const reason of group.gate) lines.push(`  gate: ${reason}`);
  }
  return lines;
}

const share = ({ significant, tested }: { significant: number; tested: number }): string =>
  `${significant} of ${tested}`;

function listed(word: string, all: readonly string[]): string {
  const some = all.slice(0, 5).join(", ");
  return `${all.length} ${word}${all.length === 0 ? "" : ` (${some}${all.length > 5 ? ", …" : ""})`}`;
}

/** Progress with the time left of the step under way. */
export function progressTo(
  output: Output,
  now: () => number = Date.now,
): (step: string, done: number, total: number) => void {
  let [current, since] = ["", now()];
  return (step, done, total) => {
    if (step !== current) [current, since] = [step, now()];
    const seconds = (now() - since) / 1000;
    const left =
      done > 0 && done < total && seconds > 1 ? `, about ${duration((seconds / done) * (total - done))} left` : "";
    output.progress(`${step}: ${done} of ${total}${left}`);
  };
}
