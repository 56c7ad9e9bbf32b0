import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test, vi } from "vitest";
import { differences, type Leftovers, reachableObjects, reported, storeRows } from "../e2e/violence/leftovers.ts";
import { imageName, smallPlate } from "../e2e/violence/plate.ts";
import { killStragglers, type Started, start, until } from "../e2e/violence/product.ts";

const brokers = process.env.ARTESIAN_KAFKA;
const root = mkdtempSync(join(tmpdir(), "artesian-watch-kafka-"));
afterAll(() => {
  killStragglers();
  rmSync(root, { recursive: true, force: true });
});

const instrument = join(root, "instrument");
const sheet = join(root, "wells.csv");
const plate = smallPlate();
const broken = imageName(plate.wells[7] ?? "", plate.channels[0] ?? "");

/** Puts images into the instrument's folder: one of them is cut off, which is found out when it is measured. */
function image(names: readonly string[]): void {
  for (const name of names) {
    const bytes = plate.images.get(name) ?? new Uint8Array();
    writeFileSync(join(instrument, name), name === broken ? bytes.subarray(0, 500) : bytes);
  }
}

async function watch(data: string, ...more: string[]): Promise<Started> {
  const given = ["--data", data, "--metadata", sheet, "--experiment", "SMALL", "--sites", "1", "--port", "0"];
  const watching = start(["watch", instrument, ...given, "--channels", plate.channels.join(","), ...more]);
  await until("an address is printed", 60_000, () => /^https?:/m.test(watching.stdout()) || !watching.alive());
  return watching;
}

/** What it has made of the images so far. */
const rows = (data: string, table: string): string[] => storeRows(data).get(`store ${table}`) ?? [];

/**
 * The content of all tables of results, and every object that they lead to; without clocks, and without the names of tasks, of which the code
 * is a part in one process only: on Kafka others may carry them out.
 */
async function results(data: string): Promise<Leftovers> {
  const found = storeRows(data, ["task_id"]);
  return new Map([...found, ["objects", await reachableObjects(data, found)]]);
}

/** What its pages say of the run, of every node, and of the task behind the image that failed. */
async function told(watching: Started, data: string): Promise<unknown> {
  const ask = async (path: string): Promise<unknown> =>
    (await fetch(`${watching.stdout().trim()}/api/v1/${path}`)).json();
  const { runs } = (await ask("runs")) as { runs: { id: string; state: string; tasks: object }[] };
  const failures = rows(data, "failure").map((row) => JSON.parse(row) as { task_id: string });
  return Promise.all(
    runs.map(async ({ id, state, tasks }) => ({
      state,
      tasks,
      nodes: ((await ask(`runs/${id}`)) as { graph: { nodes: Record<string, unknown>[] } }).graph.nodes.map(
        ({ id: node, state: how, done, total, failed }) => ({ node, how, done, total, failed }),
      ),
      failed: await Promise.all(
        failures.map(async ({ task_id }) => {
          const task = (await ask(`runs/${id}/tasks/${task_id}`)) as Record<string, unknown>;
          return [task.node, task.key, task.state];
        }),
      ),
    })),
  );
}

async function stopped(watching: Started): Promise<void> {
  watching.signal("SIGTERM");
  const { code, stderr } = await watching.ended;
  expect(code, stderr).toBe(0);
  expect(stderr).not.toContain("trouble");
}

if (brokers === undefined) {
  test.skip("1 test of watching on Kafka needs one: scripts/services up kafka, then set ARTESIAN_KAFKA", () => {});
} else {
  test("watch on Kafka, killed with SIGKILL while images come, fills the tables that watch fills in one process", {
    timeout: 180_000,
  }, async () => {
    mkdirSync(instrument);
    writeFileSync(sheet, plate.sheet);
    const names = [...plate.images.keys()];
    const [one, other] = [join(root, "kafka"), join(root, "embedded")];
    const onKafka = ["--engine", "kafka", "--brokers", brokers, "--prefix", `watch${process.pid}-`];
    const first = await watch(one, ...onKafka);
    image(names.slice(0, 24));
    await until("some images are measured", 60_000, () => rows(one, "image_quality").length >= 6);
    first.killAll();
    await first.ended;
    expect(reported(one)).toBe(false);
    image(names.slice(24));
    const second = await watch(one, ...onKafka);
    await until("the report is there", 90_000, () => reported(one));
    const embedded = await watch(other);
    await until("the report is there, in one process", 60_000, () => reported(other));
    expect(rows(other, "failure")).toEqual([expect.stringContaining(broken)]);
    expect(differences(await results(one), await results(other))).toEqual([]);
    const expected = await told(embedded, other);
    expect(expected).toMatchObject([{ state: "running", failed: [["image-metrics", "SMALL/P1/B04/1/DNA", "failed"]] }]);
    await vi.waitFor(async () => expect(await told(second, one)).toEqual(await told(embedded, other)), 10_000);
    await Promise.all([stopped(second), stopped(embedded)]);
  });
}
