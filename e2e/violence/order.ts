import { closeSync, fsyncSync, openSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { differences, reported, storeRows } from "./leftovers.ts";
import { start, until } from "./product.ts";
import {
  EXPERIMENT,
  expectEnd,
  insist,
  insistNone,
  type Lab,
  randomNumbers,
  runWords,
  shuffled,
  type Trial,
} from "./trial.ts";

/** As an instrument writes: a piece, a pause, the rest, under the final name from the start. */
async function writeSlowly(path: string, bytes: Uint8Array): Promise<void> {
  const file = openSync(path, "w");
  writeSync(file, bytes.subarray(0, bytes.length >> 1));
  fsyncSync(file);
  await setTimeout(150);
  writeSync(file, bytes.subarray(bytes.length >> 1));
  closeSync(file);
}

async function watched(lab: Lab, sheetAt: number, random: () => number): Promise<string> {
  const dir = lab.folder("watched");
  const [folder, data, metadata] = [join(dir, "in"), join(dir, "data"), join(dir, "wells.csv")];
  const channels = lab.plate.channels.join(",");
  let doubled = 0;
  const watching = start([
    "watch",
    folder,
    "--data",
    data,
    "--metadata",
    metadata,
    "--experiment",
    EXPERIMENT,
    "--channels",
    channels,
    "--sites",
    "1",
  ]);
  try {
    await until("watch prints its address", 120_000, () => /^https?:/m.test(watching.stdout()));
    const files = shuffled([...lab.plate.images], random);

    for (const [index, [name, bytes]] of files.entries()) {
      if (index === Math.floor(sheetAt * files.length)) writeFileSync(metadata, lab.plate.sheet);
      if (random() < 0.1) await writeSlowly(join(folder, name), bytes);
      else writeFileSync(join(folder, name), bytes);
      if (random() < 0.2) {
        const [again, content] = files[Math.floor(random() * (index + 1))] ?? [name, bytes];
        if (random() < 0.5) await setTimeout(700);
        writeFileSync(join(folder, again), content);
        doubled++;
      }
    }
    if (sheetAt >= 1) {
      await setTimeout(3000);
      writeFileSync(metadata, lab.plate.sheet);
    }
    await until("the report is there", 180_000, () => reported(data));
    await setTimeout(2000);
    insist(!/trouble/.test(watching.stderr()), watching.stderr());
  } finally {
    watching.signal("SIGTERM");
  }
  expectEnd(await watching.ended, 0);
  const whole = lab.folder("ordered");
  const ran = start(runWords({ images: folder, metadata, out: whole }, "--channels", channels, "--sites", "1"));
  expectEnd(await ran.ended, 0);
  insistNone(differences(storeRows(data), storeRows(whole)), "watched in any order, the store differs from a run's");
  return `${doubled} of ${lab.plate.images.size} files written again`;
}

export const order: Trial[] = [
  {
    name: "images in any order, some written twice or slowly, and the sheet in their middle: watch gives what run gives",
    short: true,
    run: (lab) => watched(lab, 0.5, randomNumbers(lab.seed)),
  },
  {
    name: "images in any order and the sheet long after the last of them: watch gives what run gives",
    short: false,
    run: (lab) => watched(lab, 1, randomNumbers(lab.seed + 1)),
  },
];
