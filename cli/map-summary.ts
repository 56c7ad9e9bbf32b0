import type { BuildSummary, GroupSummary } from "@artesian/workflows/map-make.ts";

/** A build in lines: what went in, what was left out, each group with its benchmark and how it stands against the store. */
export function summaryLines({ inputs, units, features, groups, others }: BuildSummary): string[] {
  const reasons = Object.entries(units.dropped).map(([reason, count]) => `${count} ${reason}`);
  if (units.unnamed > 0) reasons.push(`${units.unnamed} without perturbation`);
  const leftOut = reasons.length > 0 ? `; left out: ${reasons.join(", ")}` : "";
  const partial = features.partialFeatures > 0 ? `; ${features.partialFeatures} not in every file` : "";
  const missing = features.dropped.length > 0 ? `; ${features.dropped.length} with missing values` : "";
  return [
    ...inputs.map(({ uri, sha256 }) => `input     ${uri} (${sha256.slice(0, 12)})`),
    `units     ${units.kept} of ${units.read + units.unnamed}${leftOut}`,
    `features  ${features.used}${partial}${missing}`,
    ...groups.flatMap(groupLines),
    ...(others.length > 0 ? [`kept      ${others.join(", ")}: current in the store, not of this build`] : []),
  ];
}

function groupLines(group: GroupSummary): string[] {
  const { benchmark, bytes, difference, proximityBias } = group;
  const testBefore = (name: "consistency" | "magnitude" | "retrieval"): string => {
    const was = difference?.tests.find((test) => test.name === name)?.before;
    return was === undefined ? "" : ` (${share(was)} before)`;
  };
  return [
    `${group.change.padEnd(9)} ${group.id}@${group.version}${group.isDefault ? " (default)" : ""}: ${group.rows} rows × ${group.dims}`,
    `  bytes: ${mebi(bytes.store)} in the store (${mebi(bytes.upload)} to upload), ${mebi(bytes.local)} on a server's disk, ${mebi(bytes.memory)} in memory`,
    ...benchmark.recall.map(({ source, recall, relations }) => {
      const was = difference?.recall.find((one) => one.source === source)?.before;
      return `  recall ${source}: ${recall === null ? "–" : recall.toFixed(3)} of ${relations}${was === null || was === undefined ? "" : ` (${was.toFixed(3)} before)`}`;
    }),
    ...benchmark.clusters.map(
      ({ source, significant, tested }) => `  clusters ${source}: ${significant} of ${tested} lie together`,
    ),
    `  consistent ${share(benchmark.consistency)}${testBefore("consistency")}, apart from controls ${share(benchmark.magnitude)}${testBefore("magnitude")}, retrieved ${share(benchmark.retrieval)}${testBefore("retrieval")}`,
    ...(proximityBias === null
      ? []
      : [
          `  genes of one arm alike: ${proximityBias.before.probability.toFixed(3)} → ${proximityBias.after.probability.toFixed(3)} (0.5: no bias); ${Object.keys(proximityBias.corrected).length} arms corrected, ${proximityBias.uncorrected} rows left as they were`,
        ]),
    ...(difference === null ? [] : differenceLines(difference)),
    ...(group.change === "replaced" && difference !== null
      ? [`  no longer current: ${difference.with} (kept in the store; servers may evict their copies)`]
      : []),
    ...group.gate.map((reason) => `  gate: ${reason}`),
  ];
}

function differenceLines({ with: other, gained, lost, settings }: NonNullable<GroupSummary["difference"]>): string[] {
  const inputs = settings.filter(({ name }) => name.startsWith("inputs."));
  const parameters = settings.filter(({ name }) => !name.startsWith("inputs."));
  return [
    `  against ${other}: ${listed("gained", gained)}, ${listed("lost", lost)}`,
    parameters.length === 0
      ? "  settings: as there"
      : `  settings: ${parameters.map(({ name, before, after }) => `${name} ${before} → ${after}`).join("; ")}`,
    inputs.length === 0
      ? "  inputs: the same files"
      : `  inputs: ${inputs.filter(({ before }) => before === "absent").length} new, ${inputs.filter(({ after }) => after === "absent").length} gone, ${inputs.filter(({ before, after }) => before !== "absent" && after !== "absent").length} changed`,
  ];
}

const mebi = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;

const share = ({ significant, tested }: { significant: number; tested: number }): string =>
  `${significant} of ${tested}`;

function listed(word: string, all: readonly string[]): string {
  const some = all.slice(0, 5).join(", ");
  return `${all.length} ${word}${all.length === 0 ? "" : ` (${some}${all.length > 5 ? ", …" : ""})`}`;
}
