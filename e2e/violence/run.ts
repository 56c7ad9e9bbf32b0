/**
 * Violence against the whole product: it is killed, starved, fed with rubbish, told things twice and in any order, and must lose nothing.
 * `node e2e/violence/run.ts [--short] [--seed N] [word …]` runs the trials whose names hold a word; the last line counts them.
 */
import { parseArgs } from "node:util";
import { badImages } from "./bad-images.ts";
import { badMetadata } from "./bad-metadata.ts";
import { badPlaces } from "./bad-places.ts";
import { fullDisk } from "./full-disk.ts";
import { kafka } from "./kafka.ts";
import { kafkaScreen } from "./kafka-screen.ts";
import { killLoop } from "./kill-loop.ts";
import { order } from "./order.ts";
import { killStragglers } from "./product.ts";
import { signals } from "./signals.ts";
import { NotHere, openLab, type Trial } from "./trial.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { short: { type: "boolean", default: false }, seed: { type: "string" } },
});
const seed = Number(values.seed ?? Date.now() % 1_000_000);
if (!Number.isSafeInteger(seed)) {
  console.error(`--seed ${values.seed}: expected a whole number.`);
  process.exit(2);
}
const all: Trial[] = [
  ...badMetadata,
  ...badPlaces,
  ...badImages,
  ...signals,
  ...order,
  fullDisk,
  killLoop,
  ...kafka,
  ...kafkaScreen,
];
const trials = all.filter(
  ({ name, short }) =>
    (short || !values.short) && (positionals.length === 0 || positionals.some((word) => name.includes(word))),
);
const lab = openLab({ short: values.short, seed });
console.log(`Violence: ${trials.length} trials, seed ${seed} (--seed ${seed} repeats it)`);
let failed = 0;
let absent = 0;
process.on("exit", killStragglers);
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => process.exit(130));
for (const trial of trials) {
  const began = performance.now();
  const took = (): string => `${((performance.now() - began) / 1000).toFixed(1)} s`;
  try {
    const figures = await trial.run(lab);
    console.log(`✓ ${trial.name} (${took()}${figures === undefined ? "" : `; ${figures}`})`);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    if (error instanceof NotHere) {
      absent++;
      console.log(`SKIPPED ${trial.name}: ${message}`);
    } else {
      failed++;
      lab.keep();
      console.log(`✗ ${trial.name} (${took()})\n    ${message}`);
    }
  }
}
killStragglers();
lab.clear();
if (absent > 0) console.log(`${absent} SKIPPED: this machine cannot do them`);
console.log(`${trials.length - failed - absent} passed, ${failed} failed`);
process.exit(failed === 0 && trials.length > 0 ? 0 : 1);
