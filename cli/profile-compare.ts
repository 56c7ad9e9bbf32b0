import { compareProfiles, comparisonLines } from "@artesian/profiling/compare.ts";
import type { CommandContext } from "./command.ts";
import { EXIT } from "./exit.ts";
import { namesOf, numberOf, readVerbProfiles } from "./profile-verb.ts";
import { storeEnvironment } from "./store-environment.ts";

/** `artesian profile compare`: exit code 1 when two files differ beyond the tolerance. */
export async function profileCompare(
  a: string,
  b: string,
  flags: { tolerance: string; by?: string; imageFeatures?: true; json?: true },
  { output, exit }: CommandContext,
): Promise<void> {
  const env = storeEnvironment();
  const choice = { features: "infer" as const, imageFeatures: flags.imageFeatures === true };
  const [left, right] = await Promise.all([readVerbProfiles(a, choice, env), readVerbProfiles(b, choice, env)]);
  const tolerance = numberOf("--tolerance", flags.tolerance, 0) ?? 0;
  const by = namesOf(flags.by);
  const found = compareProfiles(left, right, { tolerance, ...(by === "infer" ? {} : { by }) });
  if (flags.json) output.json(found);
  else for (const line of comparisonLines(found)) output.data(line);
  exit(found.equal ? EXIT.done : EXIT.failed);
}
