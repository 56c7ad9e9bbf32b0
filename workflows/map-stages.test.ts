import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { folderPlace } from "@artesian/data";
import { simulatedFiles, simulateMap } from "@artesian/maps";
import { expect, it, onTestFinished } from "vitest";
import { type BuildStep, buildStages } from "./map-stages.ts";

const newDir = (): string => {
  const dir = mkdtempSync(join(tmpdir(), "artesian-stages-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
};
const now = (): number => 0;

it("computes a step once for a key, and gives back what it was: numbers, typed arrays, maps", async () => {
  const folder = folderPlace(newDir());
  const made = { values: Float64Array.of(1, Number.NaN, -0), files: new Map([["a", Uint8Array.of(1, 2)]]), none: null };
  let computed = 0;
  const compute = () => {
    computed++;
    return made;
  };
  const first = buildStages({ folder, key: "k1", now });
  expect(await first.keep("aligned units", compute)).toBe(made);
  const second = buildStages({ folder, key: "k1", now });
  const told: [string, BuildStep | undefined][] = [];
  const third = buildStages({ folder, key: "k1", now, onStep: (...step) => void told.push(step) });
  expect(await second.keep("aligned units", compute)).toEqual(made);
  expect(await third.keep("aligned units", compute)).toEqual(made);
  expect(computed).toBe(1);
  expect(second.steps).toEqual([{ name: "aligned units", seconds: 0, reused: true }]);
  expect(told).toEqual([
    ["aligned units", undefined],
    ["aligned units", { name: "aligned units", seconds: 0, reused: true }],
  ]);
  await buildStages({ folder, key: "k2", now }).keep("aligned units", compute);
  expect(computed).toBe(2);
});

it("computes again what is damaged, cut off or of another Node, and keeps nothing without a folder", async () => {
  const dir = newDir();
  const folder = folderPlace(dir);
  let computed = 0;
  const keep = async (isKept = true) =>
    buildStages({ folder: isKept ? folder : undefined, key: "k", now }).keep("m", () => ++computed);
  expect(await keep()).toBe(1);
  expect(await keep()).toBe(1);
  const [bytes, record] = [join(dir, "stages/k/m.bin"), join(dir, "stages/k/m.json")];
  writeFileSync(bytes, Buffer.concat([readFileSync(bytes), Buffer.of(0)]));
  expect(await keep()).toBe(2);
  writeFileSync(record, JSON.stringify({ ...JSON.parse(readFileSync(record, "utf8")), node: "v1.0.0" }));
  expect(await keep()).toBe(3);
  rmSync(bytes);
  expect(await keep()).toBe(4);
  expect(await keep(false)).toBe(5);
  await buildStages({ folder, key: "other", now }).clear();
  expect(readdirSync(dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())).toEqual([]);
});

it("a build killed after a step goes on after it, and makes the same versions as one that was not", async () => {
  const dir = newDir();
  const design = { seed: 5, genes: 60, genesPerPathway: 6, batches: 2, controlsPerBatch: 20, features: 12 };
  for (const [key, content] of simulatedFiles(simulateMap(design))) {
    mkdirSync(dirname(join(dir, key)), { recursive: true });
    writeFileSync(join(dir, key), content);
  }
  const run = (build: string) => {
    const child = spawn(process.execPath, [join(import.meta.dirname, "fixtures/map-build-process.ts"), dir, build], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let text = "";
    child.stdout.on("data", (part) => {
      text += String(part);
    });
    return { child, ended: once(child, "close").then(() => text) };
  };
  const whole = JSON.parse(await run("whole").ended) as { groups: object[]; steps: BuildStep[] };
  const killed = run("killed");
  const stages = join(dir, "killed/stages");
  const isThere = (name: string): boolean =>
    existsSync(stages) && readdirSync(stages).some((key) => existsSync(join(stages, key, `${name}.json`)));
  for (let looks = 0; looks < 20_000 && !isThere("replicates"); looks++) await setTimeout(1);
  killed.child.kill("SIGKILL");
  expect(await killed.ended).toBe("");
  const resumed = JSON.parse(await run("killed").ended) as typeof whole;
  expect(resumed.steps.filter(({ reused }) => reused).map(({ name }) => name)).toEqual(
    expect.arrayContaining(["aligned units", "replicates"]),
  );
  expect(resumed.steps.map(({ name }) => name)).toEqual(whole.steps.map(({ name }) => name));
  expect(whole.steps.some(({ reused }) => reused)).toBe(false);
  expect(resumed.groups).toEqual(whole.groups);
  expect(
    existsSync(stages) ? readdirSync(stages, { recursive: true }).filter((name) => /\./.test(String(name))) : [],
  ).toEqual([]);
}, 60_000);
