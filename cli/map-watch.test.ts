import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { folderPlace } from "@artesian/data";
import { openReader } from "@artesian/engine";
import { openCatalog, readRuns, simulatedFiles, simulateMap } from "@artesian/maps";
import type * as api from "@artesian/server/api.ts";
import { dataFolder } from "@artesian/workflows";
import { GROUP_CREATED } from "@artesian/workflows/created-groups.ts";
import { MAPS } from "@artesian/workflows/maps.tasks.ts";
import { afterAll, afterEach, expect, it, vi } from "vitest";

const root = mkdtempSync(join(tmpdir(), "artesian-map-watch-"));
const store = folderPlace(join(root, "maps"));
const config = join(root, "map.yml");
const running: { kill(): void }[] = [];
afterEach(() => {
  for (const one of running.splice(0)) one.kill();
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const design = { seed: 5, genes: 80, genesPerPathway: 8, batches: 2, controlsPerBatch: 20, features: 16 };
for (const [key, content] of simulatedFiles(simulateMap(design))) {
  mkdirSync(dirname(join(root, key)), { recursive: true });
  writeFileSync(join(root, key), content);
}
writeFileSync(
  config,
  `map: m
store: ${root}/maps
build: ${root}/build
inputs: [{ profiles: "${root}/profiles/*.parquet" }]
columns: { perturbation: Metadata_Gene, type: Metadata_Type, experiment: Metadata_Batch }
controls: { column: Metadata_Gene, values: [non-targeting] }
features: { prefix: Feature_ }
transformations: [plain, centre-scaled]
`,
);

function artesian(...words: string[]) {
  const child = spawn(process.execPath, [join(import.meta.dirname, "main.ts"), "map", ...words], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ARTESIAN_KAFKA: "", ARTESIAN_REDIS: "" },
  });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (text += String(chunk)));
  running.push({ kill: () => void child.kill("SIGKILL") });
  const ended = new Promise<number | null>((resolve) => child.on("exit", resolve));
  return { child, ended, text: () => text };
}

const wait = { timeout: 60_000, interval: 100 };
const watch = (data: string, ...more: string[]) =>
  artesian("watch", "--config", config, "--data", join(root, data), "--port", "0", ...more);

it("goes on with a run that was killed in the middle, tells of its versions once, and takes orders", async () => {
  const first = watch("data", "--now");
  const stages = join(root, "build/stages");
  const isAligned = (): boolean =>
    existsSync(stages) && readdirSync(stages, { recursive: true }).some((name) => String(name).endsWith("units.json"));
  await vi.waitFor(() => expect(isAligned(), first.text()).toBe(true), { ...wait, interval: 2 });
  first.child.kill("SIGKILL");
  await first.ended;
  const [cutOff] = await readRuns(store);
  expect(cutOff).toMatchObject({ state: "running", created: [] });

  const second = watch("data");
  await vi.waitFor(async () => {
    expect(
      (await readRuns(store)).map(({ state }) => state),
      second.text(),
    ).toEqual(["published"]);
  }, wait);
  const [run] = await readRuns(store);
  expect(run!.id).toBe(cutOff!.id);
  expect(run!.steps[0]).toMatchObject({ name: "aligned units", reused: true });

  const url = await vi.waitFor(() => {
    const found = /http:\/\/\S+/.exec(second.text())?.[0];
    expect(found, second.text()).toBeDefined();
    return found!;
  }, wait);
  const answer = await fetch(new URL("/api/v1/maps/runs", url), {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ map: "m" }),
  });
  const { run: asked } = (await answer.json()) as api.AskMapRunAnswer;
  await vi.waitFor(async () => {
    const list = (await (await fetch(new URL("/api/v1/maps/runs", url))).json()) as api.MapRunList;
    expect(list.runs.map(({ id, state }) => [id, state])).toEqual([
      [asked, "unchanged"],
      [run!.id, "published"],
    ]);
    expect(list.schedules).toMatchObject([{ map: "m", cron: "0 3 * * 0" }]);
  }, wait);

  const locked = watch("data");
  expect(await locked.ended, locked.text()).toBe(3);
  const told = (): string[] => {
    using reader = openReader(dataFolder(join(root, "data"), MAPS).engine);
    return (reader?.inspector.readTopic(GROUP_CREATED, 0, 0, 10) ?? []).map(({ key }) => key).sort();
  };
  await vi.waitFor(() => expect(told(), second.text()).toEqual(run!.created.toSorted()), wait);
  second.child.kill("SIGTERM");
  expect(await second.ended, second.text()).toBe(0);
  expect(told()).toEqual(run!.created.toSorted());

  const runs = artesian("runs", "--store", join(root, "maps"));
  expect(await runs.ended).toBe(0);
  expect(runs.text()).toMatch(/unchanged[\s\S]*published/);
  const one = artesian("runs", run!.id, "--store", join(root, "maps"));
  expect(await one.ended).toBe(0);
  expect(one.text()).toContain("aligned units: finished before");
}, 180_000);

it("run once says what it published, and exits with 3 when the gate refuses", async () => {
  const before = await openCatalog(store);
  const unchanged = artesian("run", "--config", config, "--json");
  expect(await unchanged.ended).toBe(0);
  expect(unchanged.text()).toContain('"state":"unchanged"');
  for (const [key, content] of simulatedFiles(simulateMap({ ...design, genes: 40 })))
    writeFileSync(join(root, key), content);
  const refused = artesian("run", "--config", config);
  expect(await refused.ended, refused.text()).toBe(3);
  expect(refused.text()).toContain("refused by the gate: m: perturbations fall from");
  expect((await openCatalog(store)).catalog).toEqual(before.catalog);
}, 120_000);
