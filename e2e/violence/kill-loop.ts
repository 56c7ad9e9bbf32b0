import { differences, leftovers } from "./leftovers.ts";
import { start, until } from "./product.ts";
import { expectEnd, insist, insistNone, type Lab, randomNumbers, runWords, type Trial } from "./trial.ts";

const MOST_IN_A_ROW = 6;
const GONE_MS = 10_000;

/** Launcher and child are killed together at random moments of a run, several times before it may end; then everything is compared. */
export const killLoop: Trial = {
  name: "a run killed with SIGKILL at random moments, again and again, ends with what an uninterrupted run leaves",
  short: true,
  async run(lab) {
    const kills = lab.short ? 8 : 100;
    const random = randomNumbers(lab.seed);
    const { ended } = await lab.reference();
    let done = 0;
    let lives = 0;
    while (done < kills) {
      const wanted = Math.min(kills - done, 1 + Math.floor(random() * MOST_IN_A_ROW));
      done += await oneLife(lab, wanted, ended.spanMs, random);
      insist(++lives < kills * 2, `after ${lives} runs only ${done} of ${kills} kills hit one that was at work`);
    }
    return `${done} kills in ${lives} runs`;
  },
};

/** Kills a run `wanted` times unless it ends before, lets it end, compares. Returns how many kills hit. */
async function oneLife(lab: Lab, wanted: number, spanMs: number, random: () => number): Promise<number> {
  const { left } = await lab.reference();
  const out = lab.folder("killed");
  const words = runWords({ images: lab.images, metadata: lab.sheet, out });
  const moments: string[] = [];
  for (let kill = 0; kill < wanted; kill++) {
    const wait = Math.round(spanMs * (0.05 + 0.95 * random()));
    const run = start(words);
    const timer = setTimeout(() => run.killAll(), wait);
    const { signal, code, stderr } = await run.ended;
    clearTimeout(timer);
    if (signal !== "SIGKILL") {
      insist(code === 0, `after kills at ${moments.join(", ")} ms a run ended with ${code}:\n${stderr.slice(-2000)}`);
      break;
    }
    moments.push(String(wait));
    await until("the killed processes are gone", GONE_MS, () => !run.alive());
  }
  const story = `killed after ${moments.join(", ") || "no"} ms (seed ${lab.seed}, ${out})`;
  console.log(`    ${story}`);
  const last = await start(words).ended;
  expectEnd(last, 0);
  insistNone(differences(await leftovers(out), left), story);
  return moments.length;
}
