import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { type EmbeddedOptions, openEmbedded, type Runtime } from "./embedded.ts";
import { replayedImages, replayedPlan, type Version } from "./fixtures/replayed-plan.ts";
import { openReader } from "./reader.ts";
import { replayShadow, type ShadowOptions, shadowFolder } from "./shadow.ts";
import { switchToShadow } from "./shadow-switch.ts";

const root = mkdtempSync(join(tmpdir(), "artesian-shadow-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const tasks = { module: new URL("./fixtures/counted-tasks.ts", import.meta.url).href, threads: 1 };
const wells = 12;
let folders = 0;

interface Place {
  dir: string;
  log: string;
}

const place = (): Place => {
  const dir = join(root, `engine-${folders++}`);
  return { dir, log: `${dir}.log` };
};
const linesOf = ({ log }: Place): string[] => (existsSync(log) ? readFileSync(log, "utf8").trimEnd().split("\n") : []);
const planOf = ({ log }: Place, version: Omit<Version, "log"> = { version: "1" }) => replayedPlan({ ...version, log });

async function open(at: Place, more: Partial<EmbeddedOptions> = {}): Promise<Runtime> {
  return openEmbedded({ dir: at.dir, plans: [planOf(at)], tasks, ...more });
}

/** An engine that has taken all images and done all work. */
async function worked(more: Partial<EmbeddedOptions> = {}): Promise<Place> {
  const at = place();
  const runtime = await open(at, more);
  await runtime.append("images", replayedImages(wells));
  await runtime.drain();
  await runtime.stop();
  return at;
}

const replay = (at: Place, version: Omit<Version, "log">, more: Partial<ShadowOptions> = {}) =>
  replayShadow({ dir: at.dir, plan: planOf(at, version), tasks, ...more });

function published(dir: string): Map<string, unknown> {
  using reader = openReader(dir);
  const { inspector } = reader as NonNullable<typeof reader>;
  const records = inspector.partitions("scores").flatMap(({ partition }) => inspector.readTopic("scores", partition));
  return new Map(records.map(({ key, value }) => [key, value]));
}

describe("a replay into a shadow", () => {
  test("of an unchanged graph publishes what the live one has, and runs no task again", async () => {
    const at = await worked();
    const report = await replay(at, { version: "1b" });
    expect(report).toMatchObject({
      equal: true,
      old: { version: "1" },
      new: { version: "1b" },
      topics: [{ topic: "scores", equal: wells, changed: 0, onlyOld: 0, onlyNew: 0, examples: [] }],
      tasks: { reused: 2 * wells, ran: 0, failed: 0, waiting: 0 },
      behind: 0,
    });
    expect(linesOf(at)).toHaveLength(2 * wells);
    expect(published(at.dir).size).toBe(wells);
  });

  test("of a changed graph says which keys are equal, changed, only old and only new, and shows some", async () => {
    const at = place();
    const live = await open(at, { plans: [planOf(at, { version: "1", without: "W002" })] });
    await live.append("images", replayedImages(wells));
    await live.drain();
    await live.stop();
    const report = await replay(at, { version: "2", score: "2", without: "W001" }, { examples: 2 });
    expect(report.equal).toBe(false);
    expect(report.topics).toMatchObject([
      { equal: 0, changed: wells - 2, onlyOld: 1, onlyNew: 1, earlier: 0, changedFields: { by: wells - 2 } },
    ]);
    expect(report.topics[0]?.examples).toEqual([
      { kind: "only-old", key: "W001", old: { well: "W001", score: 60, by: "1" } },
      { kind: "only-new", key: "W002", new: { well: "W002", score: 60, by: "2" } },
      ...["W003", "W004"].map((well) => ({
        kind: "changed",
        key: well,
        old: { well, score: 60, by: "1" },
        new: { well, score: 60, by: "2" },
      })),
    ]);
    // what was measured is not measured again, except the well that was left out; the changed task runs for all
    expect(report.tasks).toEqual({ reused: wells - 2, ran: 1 + wells - 1, failed: 0, waiting: 0 });
    expect(linesOf(at).filter((line) => line.startsWith("measure"))).toHaveLength(wells);
  });

  test("beside a live engine that goes on takes what came meanwhile", async () => {
    const at = place();
    const images = replayedImages(wells);
    const live = await open(at);
    await live.append("images", images.slice(0, 10));
    await live.drain();
    let late: Promise<unknown> | undefined;
    const report = await replay(
      at,
      { version: "2" },
      {
        onProgress: ({ phase }) => {
          if (phase === "work") late ??= live.append("images", images.slice(10)).then(() => live.drain());
        },
      },
    );
    await late;
    expect((await replay(at, { version: "2" })).equal).toBe(true);
    expect(report.behind).toBe(0);
    await expect(switchToShadow({ dir: at.dir, plan: planOf(at, { version: "2" }), tasks })).rejects.toMatchObject({
      code: "engine/locked",
    });
    await live.stop();
  });

  test("from an offset leaves out what cannot come of it, and refuses one that retention has removed", async () => {
    const at = place();
    const version = { version: "1", partitions: 1 };
    const plans = [planOf(at, version)];
    const first = await open(at, { plans, clock: () => 1000 });
    await first.append("images", replayedImages(wells));
    await first.drain();
    await first.stop();
    const second = await open(at, { plans, clock: () => 2000 });
    const later = ["DNA", "ER"].map((channel) => ({ value: { well: "W999", channel } }));
    await second.append("images", later);
    await second.drain();
    await second.stop();
    const shadow = { ...version, version: "1b" };
    const whole = { changed: 0, onlyOld: 0, onlyNew: 0 };
    expect((await replay(at, shadow, { from: 2 * wells })).topics[0]).toMatchObject({
      ...whole,
      equal: 1,
      earlier: wells,
    });
    expect((await replay(at, shadow)).topics[0]).toMatchObject({ ...whole, equal: wells + 1, earlier: 0 });
    // half a well lies before the offset: the new version cannot complete it
    expect((await replay(at, shadow, { from: 2 * wells + 1 })).topics[0]).toMatchObject({ ...whole, onlyOld: 1 });

    const day = 24 * 3600 * 1000;
    const third = await open(at, { plans, clock: () => 100 * day, retention: { topicsMs: day } });
    await third.append("images", [{ value: { well: "W998", channel: "DNA" } }]);
    await third.drain();
    await third.stop();
    await expect(replay(at, shadow)).rejects.toMatchObject({ code: "engine/replay-offset", expected: 0 });
    await expect(replay(at, shadow, { from: "earliest" })).resolves.toMatchObject({ from: "earliest" });
  });

  test("counts tasks that nobody here serves, and compares what is there without them", async () => {
    const at = await worked();
    const plan = planOf(at, { version: "2", score: "2" });
    const report = await replayShadow({ dir: at.dir, plan });
    expect(report).toMatchObject({ equal: false, tasks: { reused: 0, ran: 0, waiting: wells } });
    expect(report.topics[0]).toMatchObject({ onlyOld: wells, onlyNew: 0 });
  });

  test("is called off by its signal, and goes on where it was", async () => {
    const at = await worked();
    const off = new AbortController();
    const reason = new Error("enough");
    const replaying = replay(
      at,
      { version: "1b" },
      {
        signal: off.signal,
        onProgress: ({ phase }) => {
          if (phase === "work") off.abort(reason);
        },
      },
    );
    await expect(replaying).rejects.toBe(reason);
    await expect(replay(at, { version: "1b" })).resolves.toMatchObject({ equal: true });
  });

  test("refuses a folder without an engine, another workflow, and a switch before anything was compared", async () => {
    const empty = place();
    await expect(replay(empty, { version: "2" })).rejects.toMatchObject({ code: "engine/replay-refused" });
    const at = await worked();
    const other = { ...planOf(at, { version: "2" }), dag: "other" };
    await expect(replayShadow({ dir: at.dir, plan: other })).rejects.toThrow(
      /"other" does not run here; "screen" does/,
    );
    await expect(switchToShadow({ dir: at.dir, plan: planOf(at, { version: "2" }) })).rejects.toThrow(
      /no compared shadow of this version/,
    );
  });
});

describe("a switch", () => {
  test("trap 9: a new version runs from offset 0 into shadow topics, is compared, and takes the old one's place", async () => {
    const at = await worked();
    const plan = planOf(at, { version: "2", score: "2" });
    const options: ShadowOptions = { dir: at.dir, plan, tasks };
    const before = published(at.dir);
    expect((await replayShadow(options)).topics[0]).toMatchObject({ changed: wells });
    expect(published(at.dir)).toEqual(before);
    await expect(switchToShadow(options, true)).rejects.toMatchObject({ code: "engine/replay-refused" });
    const { aside } = await switchToShadow(options);
    expect(existsSync(shadowFolder(at.dir))).toBe(false);
    expect(published(aside)).toEqual(before);
    expect(published(at.dir).get("W001")).toEqual({ well: "W001", score: 60, by: "2" });

    const live = await open(at, { plans: [plan] });
    expect(await live.append("images", replayedImages(wells))).toEqual({ accepted: 0, duplicates: 2 * wells });
    await live.append(
      "images",
      ["DNA", "ER"].map((channel) => ({ value: { well: "X1", channel } })),
    );
    await live.drain();
    await live.stop();
    expect(published(at.dir).get("X1")).toEqual({ well: "X1", score: 40, by: "2" });
    expect(published(aside).has("X1")).toBe(false);
  });

  test("takes what entered after the comparison, and which files had entered", async () => {
    const at = place();
    const images = replayedImages(wells);
    const mark = { source: "folder", path: "a.tif", sha256: "d1", sizeBytes: 3, mtimeMs: 5 };
    const live = await open(at);
    await live.append("images", images.slice(0, 12), [mark]);
    await live.drain();
    await live.stop();
    const options: ShadowOptions = { dir: at.dir, plan: planOf(at, { version: "2" }), tasks };
    await replayShadow(options);
    const again = await open(at);
    await again.append("images", images.slice(12));
    await again.drain();
    await again.stop();
    const { report } = await switchToShadow(options, true);
    expect(report).toMatchObject({ equal: true, topics: [{ equal: wells }], behind: 0 });
    const after = await open(at, { plans: [options.plan] });
    expect([...after.ledger("folder")]).toEqual([["a.tif", { sha256: "d1", sizeBytes: 3, mtimeMs: 5 }]]);
    expect(after.events().map(({ kind }) => kind)).toContain("version-switched");
    await after.stop();
  });

  test("rebuilds state for another number of partitions, which opening the folder refuses", async () => {
    const at = await worked();
    const plan = planOf(at, { version: "2", partitions: 7 });
    await expect(open(at, { plans: [plan] })).rejects.toThrow(/artesian replay FILE --data DIR --from 0 --shadow/);
    const options: ShadowOptions = { dir: at.dir, plan, tasks };
    expect(await replayShadow(options)).toMatchObject({ equal: true });
    await switchToShadow(options, true);
    const live = await open(at, { plans: [plan] });
    expect(live.partitions("images")).toHaveLength(7);
    await live.stop();
    expect(linesOf(at)).toHaveLength(2 * wells);
  });
});
