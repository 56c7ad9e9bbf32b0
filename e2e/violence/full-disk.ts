import { execFileSync } from "node:child_process";
import { mkdirSync, statfsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { differences, leftovers } from "./leftovers.ts";
import { start } from "./product.ts";
import { expectEnd, insist, insistNone, type Lab, NotHere, runWords, type Trial } from "./trial.ts";

const MANY_LINES = 25;

function mount(folder: string, sizeKb: number, again = false): void {
  const option = again ? `remount,size=${sizeKb}k` : `size=${sizeKb}k`;
  execFileSync("mount", ["-t", "tmpfs", "-o", option, "tmpfs", folder], { stdio: "pipe" });
}

async function starve(lab: Lab, sizeKb: number): Promise<string> {
  const { left } = await lab.reference();
  const folder = lab.folder("small-disk");
  mount(folder, sizeKb);
  try {
    const out = join(folder, "out");
    mkdirSync(out);
    const words = runWords({ images: lab.images, metadata: lab.sheet, out });
    const run = start(words);
    const gaveUp = await Promise.race([run.ended, setTimeout(90_000, undefined, { ref: false })]);
    if (gaveUp === undefined) run.killAll();
    insist(gaveUp !== undefined, `with a full disk the run neither went on nor ended; it said:\n${run.stderr()}`);
    insist(gaveUp.code !== 0, `a run with ${sizeKb} kB of disk ended with 0`);
    expectEnd(gaveUp, gaveUp.code ?? -1);
    const told = gaveUp.stderr.split("\n").filter((line) => /full|space|ENOSPC/i.test(line));
    insist(told.length >= 1, `nothing says that the disk is full:\n${gaveUp.stderr}`);
    insist(
      gaveUp.stderr.split("\n").length < MANY_LINES,
      `a flood of ${gaveUp.stderr.split("\n").length} lines:\n${gaveUp.stderr.slice(0, 3000)}`,
    );
    const { bfree, bsize } = statfsSync(folder);
    mount(folder, 200_000, true);
    const ended = await start(words).ended;
    expectEnd(ended, 0);
    insistNone(differences(await leftovers(out), left), `${sizeKb} kB, then enough`);
    return `${sizeKb} kB: exit code ${gaveUp.code}, ${told.length} lines about it, ${Math.round((bfree * bsize) / 1024)} kB were left`;
  } finally {
    execFileSync("umount", ["-l", folder], { stdio: "pipe" });
  }
}

export const fullDisk: Trial = {
  name: "a disk that fills up stops the run, told once; with more space the same command ends as an undisturbed run",
  short: true,
  async run(lab) {
    if (process.getuid?.() !== 0) throw new NotHere("only root may mount a small disk");
    try {
      const probe = lab.folder("probe");
      mount(probe, 64);
      execFileSync("umount", [probe], { stdio: "pipe" });
    } catch (error) {
      throw new NotHere(`this machine lets nobody mount: ${error instanceof Error ? error.message : error}`);
    }
    const notes: string[] = [];
    for (const sizeKb of lab.short ? [3000] : [300, 1200, 4000, 5000]) notes.push(await starve(lab, sizeKb));
    return notes.join("; ");
  },
};
