import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { folderPlace } from "@artesian/data";
import { openKafka } from "@artesian/engine";
import { openCatalog, openMapService, publishGroups, simulatedFiles, simulateMap } from "@artesian/maps";
import { preparedMap } from "@artesian/maps/prepared-map.test-support.ts";
import { GROUP_CREATED } from "@artesian/workflows/created-groups.ts";
import { expect, it, onTestFinished, vi } from "vitest";
import { followOnKafka } from "./map-announce.ts";

const given = process.env.ARTESIAN_KAFKA;
const trials = process.env.ARTESIAN_SLOW === "1" ? 20 : 2;

/** How often each version has an event on Kafka. */
async function eventsOn(brokers: string[]): Promise<Map<string, number>> {
  const runtime = await openKafka({ brokers, plans: [] });
  try {
    const counts = new Map<string, number>();
    for (const { partition, first, next } of await runtime.partitions(GROUP_CREATED)) {
      for (const { key } of await runtime.readTopic(GROUP_CREATED, partition, first, next))
        counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    return counts;
  } finally {
    await runtime.stop(0);
  }
}

/** A simulated screen in a folder with its configuration, already built. */
async function built(seed: number): Promise<{ dir: string; config: string }> {
  const dir = mkdtempSync(join(tmpdir(), "artesian-announce-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  const design = { seed, genes: 40, genesPerPathway: 5, batches: 2, controlsPerBatch: 15, features: 8 };
  for (const [key, content] of simulatedFiles(simulateMap(design))) {
    mkdirSync(dirname(join(dir, key)), { recursive: true });
    writeFileSync(join(dir, key), content);
  }
  const config = join(dir, "map.yml");
  writeFileSync(
    config,
    `map: announced-${process.pid}-${seed}
store: ${dir}/maps
build: ${dir}/build
inputs: [{ profiles: "${dir}/profiles/*.parquet" }]
columns: { perturbation: Metadata_Gene, type: Metadata_Type, experiment: Metadata_Batch }
controls: { column: Metadata_Gene, values: [non-targeting] }
features: { prefix: Feature_ }
`,
  );
  await ended(artesian("build", "--config", config));
  return { dir, config };
}

function artesian(...words: string[]): ChildProcess {
  return spawn(process.execPath, [join(import.meta.dirname, "main.ts"), "map", ...words], {
    stdio: "ignore",
    env: { ...process.env, ARTESIAN_REDIS: "" },
  });
}

async function ended(child: ChildProcess): Promise<void> {
  expect(await once(child, "close")).toEqual([0, null]);
}

if (given === undefined || given === "") {
  it.skip("2 tests of events on Kafka need it: scripts/services up kafka, then set ARTESIAN_KAFKA", () => {});
} else {
  const brokers = given.split(",");

  it("a publisher killed about the time of the swap leaves no version untold, and none told twice", async () => {
    let untold = 0;
    for (let trial = 0; trial < trials; trial++) {
      const { dir, config } = await built(Date.now() % 100_000);
      const publisher = artesian("publish", "--config", config);
      for (let looks = 0; looks < 2000 && !existsSync(join(dir, "maps/catalog.json")); looks++) await setTimeout(2);
      await setTimeout(20 * trial);
      publisher.kill("SIGKILL");
      await once(publisher, "close");
      const { catalog } = await openCatalog(folderPlace(join(dir, "maps")));
      const names = catalog.groups.map(({ id, current }) => `${id}@${current}`);
      expect(names).toHaveLength(1);
      const after = await eventsOn(brokers).catch(() => new Map<string, number>());
      if (!after.has(names[0]!)) untold++;
      await ended(artesian("publish", "--config", config));
      await ended(artesian("publish", "--config", config));
      expect((await eventsOn(brokers)).get(names[0]!)).toBe(1);
    }
    expect(untold).toBeGreaterThan(0);
  }, 240_000);

  it("a server tells of what others published, also of what it finds when it starts", async () => {
    const dir = mkdtempSync(join(tmpdir(), "artesian-announce-"));
    onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
    const store = folderPlace(dir);
    const id = `served-${process.pid}-${Date.now()}`;
    const first = await publishGroups(store, preparedMap({ id }).groups);
    vi.stubEnv("ARTESIAN_KAFKA", given);
    const servers = await Promise.all([0, 1].map(() => openMapService({ store, followMs: 50 })));
    const stops = servers.map((service) => followOnKafka(service, () => {}));
    onTestFinished(async () => {
      vi.unstubAllEnvs();
      for (const stop of stops) await stop?.();
      for (const service of servers) await service.close();
    });
    const second = await publishGroups(store, preparedMap({ id, label: "second" }).groups, { force: true });
    const names = [...first.created, ...second.created];
    expect(names).toHaveLength(4);
    await expect
      .poll(
        async () => {
          const counts = await eventsOn(brokers);
          return names.map((name) => counts.get(name) ?? 0);
        },
        { timeout: 30_000 },
      )
      .toEqual([1, 1, 1, 1]);
    await setTimeout(1000);
    const counts = await eventsOn(brokers);
    expect(names.map((name) => counts.get(name))).toEqual([1, 1, 1, 1]);
  }, 60_000);
}
