import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { folderPlace } from "@artesian/data";
import { openEmbedded, type Runtime } from "@artesian/engine";
import { publishGroups } from "@artesian/maps";
import { preparedMap } from "@artesian/maps/prepared-map.test-support.ts";
import { GROUP_CREATED } from "@artesian/workflows/created-groups.ts";
import { MAP_BUILDS } from "@artesian/workflows/maps.tasks.ts";
import { mapsPlan } from "@artesian/workflows/maps-runtime.ts";
import { expect, it, onTestFinished, vi } from "vitest";
import { connectBuilds, watchedMaps } from "./map-builds.ts";

vi.setConfig({ testTimeout: 60_000 });

const hour = 3_600_000;
const wait = { timeout: 30_000 };
/** A Saturday. */
const saturday = Date.UTC(2026, 0, 3, 12);

function newDir(): string {
  const dir = mkdtempSync(join(tmpdir(), "artesian-builds-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

function configIn(dir: string, map: string, more = ""): string {
  const file = join(dir, `${map}.yml`);
  writeFileSync(
    file,
    `map: ${map}\nstore: ${dir}/maps\nbuild: ${dir}/build-${map}\ninputs: [{ profiles: p.csv }]\ncontrols: { column: a, values: [b] }\n${more}`,
  );
  return file;
}

/** Watches for as long as it takes to look once, at a time of the clock. */
async function watchedAt(runtime: Runtime, files: readonly string[], nowMs: number) {
  const stop = new AbortController();
  const said: string[] = [];
  const maps = await watchedMaps(files);
  const builds = connectBuilds({
    runtime,
    maps,
    say: (line) => said.push(line),
    signal: stop.signal,
    now: () => nowMs,
  });
  await expect.poll(() => builds.control.schedules().every(({ nextMs }) => nextMs !== null), wait).toBe(true);
  return {
    ...builds,
    said,
    async end() {
      stop.abort();
      await Promise.all(builds.connections);
    },
  };
}

const asked = (runtime: Runtime) =>
  runtime.readTopic(MAP_BUILDS, 0, 0, 100).map(({ value }) => ({ map: value.map, because: value.because }));

async function openLog(): Promise<Runtime> {
  const runtime = await openEmbedded({ dir: join(newDir(), "engine"), plans: [mapsPlan()] });
  onTestFinished(() => runtime.stop());
  return runtime;
}

it("asks for a run at each due time, and once for all that were missed while nothing ran", async () => {
  const [dir, runtime] = [newDir(), await openLog()];
  const files = [configIn(dir, "u2os"), configIn(dir, "a549", 'schedule: { cron: "30 2 * * *" }')];
  const first = await watchedAt(runtime, files, saturday);
  expect(first.control.schedules()).toEqual([
    { map: "u2os", config: files[0], cron: "0 3 * * 0", timeZone: "UTC", nextMs: Date.UTC(2026, 0, 4, 3) },
    { map: "a549", config: files[1], cron: "30 2 * * *", timeZone: "UTC", nextMs: Date.UTC(2026, 0, 4, 2, 30) },
  ]);
  await first.end();
  expect(asked(runtime)).toEqual([]);
  const later = await watchedAt(runtime, files, saturday + 5 * 7 * 24 * hour);
  await expect.poll(() => asked(runtime).length, wait).toBe(2);
  await later.end();
  const again = await watchedAt(runtime, files, saturday + 5 * 7 * 24 * hour + 1);
  await again.end();
  expect(asked(runtime).sort((a, b) => (String(a.map) < String(b.map) ? -1 : 1))).toEqual([
    { map: "a549", because: "schedule 2026-02-07T02:30:00.000Z" },
    { map: "u2os", because: "schedule 2026-02-01T03:00:00.000Z" },
  ]);
});

it("asks for a run when somebody does, of maps that are watched alone", async () => {
  const [dir, runtime] = [newDir(), await openLog()];
  const { control, end } = await watchedAt(runtime, [configIn(dir, "u2os")], saturday);
  const run = await control.ask("u2os");
  expect(await control.ask("other")).toBeUndefined();
  await end();
  expect(runtime.readTopic(MAP_BUILDS, 0, 0, 10).map(({ key, value }) => [key, value])).toEqual([
    ["u2os", { map: "u2os", config: join(dir, "u2os.yml"), run, because: "asked for" }],
  ]);
});

it("takes what anybody publishes into the log, and says so", async () => {
  const [dir, runtime] = [newDir(), await openLog()];
  const { said, end } = await watchedAt(runtime, [configIn(dir, "u2os")], saturday);
  const { created } = await publishGroups(folderPlace(join(dir, "maps")), preparedMap().groups);
  await expect.poll(() => said.length, wait).toBe(1);
  await end();
  const names = runtime.readTopic(GROUP_CREATED, 0, 0, 10).map(({ key }) => key);
  expect(names.sort()).toEqual(created.toSorted());
});

it("refuses maps of two stores, one map twice, and a schedule that never comes", async () => {
  const [one, other] = [newDir(), newDir()];
  const file = configIn(one, "u2os");
  await expect(watchedMaps([file, configIn(other, "a549")])).rejects.toThrow("Watch the maps of one store together.");
  await expect(watchedMaps([file, file])).rejects.toThrow("are both of u2os");
  const never = configIn(one, "never", 'schedule: { cron: "0 0 30 2 *" }');
  await expect(watchedMaps([never])).rejects.toMatchObject({ code: "engine/bad-schedule" });
  await expect(watchedMaps([join(one, "none.yml")])).rejects.toMatchObject({ code: "workflows/map-input" });
});
