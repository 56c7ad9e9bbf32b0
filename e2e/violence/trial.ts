import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type Leftovers, leftovers } from "./leftovers.ts";
import { layDown, type SmallPlate, smallPlate } from "./plate.ts";
import { artesian, type Ended, type StartOptions } from "./product.ts";

/** One violence with what must hold after it. */
export interface Trial {
  /** A sentence of behaviour. */
  name: string;
  /** Also part of the short form. */
  short: boolean;
  /** @returns figures worth printing; throws when something does not hold, `NotHere` when the machine cannot do it */
  run(lab: Lab): Promise<string | undefined>;
}

/** The machine lacks what a trial needs; said loudly, counted apart. */
export class NotHere extends Error {}

/** Where trials work, and what they share. */
export interface Lab {
  short: boolean;
  seed: number;
  plate: SmallPlate;
  /** The plate's images as files, complete and sound. */
  images: string;
  /** The plate's metadata sheet as a file. */
  sheet: string;
  /** What an uninterrupted run over them leaves; made once. */
  reference(): Promise<Reference>;
  /** A new empty folder. */
  folder(name: string): string;
  /** Removes everything but the folders that were asked to be kept. */
  clear(): void;
  keep(): void;
}

export interface Reference {
  dir: string;
  left: Leftovers;
  ended: Ended;
}

export const EXPERIMENT = "SMALL";

/** The words of a run over the lab's plate. */
export function runWords(given: { images: string; metadata: string; out: string }, ...more: string[]): string[] {
  const { images, metadata, out } = given;
  const base = ["--images", images, "--metadata", metadata, "--out", out, "--experiment", EXPERIMENT];
  return ["run", "phenomics", ...base, "--json", ...more];
}

export function openLab(options: { short: boolean; seed: number }): Lab {
  const root = mkdtempSync(join(tmpdir(), "violence-"));
  const plate = smallPlate();
  const images = join(root, "images");
  layDown(images, plate.images);
  const sheet = join(root, "wells.csv");
  writeFileSync(sheet, plate.sheet);
  let reference: Promise<Reference> | undefined;
  let folders = 0;
  let kept = false;
  return {
    ...options,
    plate,
    images,
    sheet,
    reference() {
      reference ??= makeReference(join(root, "reference"), images, sheet);
      return reference;
    },
    folder(name) {
      const dir = join(root, `${String(++folders).padStart(3, "0")}-${name}`);
      mkdirSync(dir);
      return dir;
    },
    keep() {
      kept = true;
    },
    clear() {
      if (kept) console.log(`Kept to look at: ${root}`);
      else rmSync(root, { recursive: true, force: true });
    },
  };
}

async function makeReference(dir: string, images: string, sheet: string): Promise<Reference> {
  const ended = await artesian(runWords({ images, metadata: sheet, out: dir }));
  expectEnd(ended, 0);
  return { dir, left: await leftovers(dir), ended };
}

/** @throws with what was found when `holds` is false */
export function insist(holds: boolean, message: string): asserts holds {
  if (!holds) throw new Error(message);
}

/** @throws when lines differ, with the first of them */
export function insistNone(lines: readonly string[], what: string): void {
  insist(lines.length === 0, `${what}:\n${lines.map((line) => `      ${line}`).join("\n")}`);
}

/** A command ended with this code, and showed nobody a stack. */
export function expectEnd(ended: Ended, code: number): void {
  const said = `${ended.stdout}${ended.stderr}`.trim().slice(-2000);
  insist(ended.code === code, `expected exit code ${code}, found ${ended.code ?? ended.signal}; it said:\n${said}`);
  insist(!/^\s+at .+:\d+:\d+\)?$/m.test(ended.stderr), `a stack on stderr:\n${said}`);
}

const NOBODY = 65_534;

/** Makes a folder theirs and lets a command be run by a user without rights; by ourselves when we are not root anyhow. */
export function asNobody(lab: Lab, dir: string): StartOptions {
  if (process.getuid?.() !== 0) return {};
  chmodSync(dirname(lab.images), 0o755);
  chownSync(dir, NOBODY, NOBODY);
  return { uid: NOBODY };
}

/** Numbers in [0, 1) that a seed decides (mulberry32). */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let x = Math.imul(state ^ (state >>> 15), state | 1);
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
    return ((x ^ (x >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The items in an order that chance decides (Fisher and Yates). */
export function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const all = [...items];
  for (let i = all.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [all[i], all[j]] = [all[j] as T, all[i] as T];
  }
  return all;
}
