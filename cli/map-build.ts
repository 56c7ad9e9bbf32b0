import { makeMap } from "@artesian/workflows/map-make.ts";
import { mapConfigAt } from "@artesian/workflows/maps.tasks.ts";
import type { CommandContext } from "./command.ts";
import { EXIT } from "./exit.ts";
import { summaryLines } from "./map-summary.ts";
import { duration, type Output } from "./output.ts";
import { storeEnvironment } from "./store-environment.ts";
import { version } from "./version.ts";

export interface MapBuildFlags {
  config: string;
  dryRun?: true;
  force?: true;
  json?: true;
}

/** `artesian map build`: from profiles to group versions in the build's folder; or what that would make. */
export async function mapBuild(flags: MapBuildFlags, { output, exit }: CommandContext): Promise<void> {
  const started = Date.now();
  const config = await mapConfigAt(flags.config, storeEnvironment());
  const dryRun = flags.dryRun === true;
  const options = { env: storeEnvironment(), dryRun, force: flags.force === true, codeVersion: version };
  const done = await makeMap(config, options, { progress: progressTo(output) });
  output.settle();
  if ("unchanged" in done) {
    const { groups } = done.unchanged;
    if (flags.json) output.json({ dryRun, unchanged: true, groups });
    else for (const { id, version } of groups) output.data(`unchanged ${id}@${version}`);
    output.say(`Nothing changed since ${config.build} was built. --force builds it again.`);
    return exit(EXIT.done);
  }
  if (flags.json) output.json({ dryRun, unchanged: false, ...done.made });
  else for (const line of summaryLines(done.made)) output.data(line);
  const took = duration((Date.now() - started) / 1000);
  if (dryRun) output.say(`Dry run of ${config.map} (${took}): nothing was written.`);
  else output.say(`Built ${config.map} in ${took}. Next: artesian map publish --config ${flags.config}`);
  exit(EXIT.done);
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
