import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, expect, test } from "vitest";
import { connectFolder, type FolderFile } from "./connect-folder.ts";
import { openEmbedded } from "./embedded.ts";
import { platePlan } from "./fixtures/plate.ts";

const root = mkdtempSync(join(tmpdir(), "artesian-folder-"));
const images = join(root, "images");
let last = 0;

afterAll(() => rmSync(root, { recursive: true, force: true }));
afterEach(() => rmSync(images, { recursive: true, force: true }));

const toRecord = ({ name, sha256 }: FolderFile) => {
  const [well = "", site = "1", channel = ""] = (name.split("/").at(-1) ?? "").replace(/\.tif$/, "").split("_");
  return well === "notes.txt"
    ? undefined
    : { value: { experiment: "E1", plate: "P1", well, site: Number(site), channel, sha256 } };
};

async function withRuntime<T>(
  work: (runtime: Awaited<ReturnType<typeof openEmbedded>>) => Promise<T>,
  dir = join(root, `engine${++last}`),
): Promise<T> {
  const runtime = await openEmbedded({ dir, plans: [platePlan()], database: { durable: false } });
  try {
    return await work(runtime);
  } finally {
    await runtime.stop(0);
  }
}

const count = (runtime: Awaited<ReturnType<typeof openEmbedded>>): number =>
  runtime.partitions("images").reduce((sum, { next }) => sum + next, 0);

test("a bounded run takes every file once, also over a second session; new content under an old path is a new event", async () => {
  mkdirSync(join(images, "plate"), { recursive: true });
  writeFileSync(join(images, "plate", "C05_1_DNA.tif"), "one");
  writeFileSync(join(images, "plate", "C05_1_ER.tif"), "two");
  writeFileSync(join(images, "notes.txt"), "not an image");
  writeFileSync(join(images, ".hidden"), "");
  const dir = join(root, "bounded");
  const take = () =>
    withRuntime(
      async (runtime) => ({
        progress: await connectFolder({ runtime, dir: images, topic: "images", toRecord, once: true }).done,
        count: count(runtime),
      }),
      dir,
    );
  expect(await take()).toEqual({ progress: { seen: 4, accepted: 2, known: 0, ignored: 2 }, count: 2 });
  expect(await take()).toEqual({ progress: { seen: 4, accepted: 0, known: 2, ignored: 2 }, count: 2 });
  writeFileSync(join(images, "plate", "C05_1_ER.tif"), "three");
  expect((await take()).count).toBe(3);
});

test("links to files are files, links to folders are not followed", async () => {
  mkdirSync(join(images, "plate"), { recursive: true });
  const elsewhere = join(root, "elsewhere.tif");
  writeFileSync(elsewhere, "pixels");
  symlinkSync(elsewhere, join(images, "C05_1_DNA.tif"));
  symlinkSync(images, join(images, "plate", "again"));
  await withRuntime(async (runtime) => {
    const { done } = connectFolder({ runtime, dir: images, topic: "images", toRecord, once: true });
    expect((await done).accepted).toBe(1);
  });
});

test("a watched folder gives a file once its writer is done, and one renamed into place", async () => {
  mkdirSync(images, { recursive: true });
  await withRuntime(async (runtime) => {
    const connection = connectFolder({ runtime, dir: images, topic: "images", toRecord, stableMs: 60, pollMs: 20 });
    const path = join(images, "C05_1_DNA.tif");
    writeFileSync(path, "half");
    await new Promise((resolve) => setTimeout(resolve, 40));
    writeFileSync(path, "half and half");
    writeFileSync(join(images, "C05_1_ER.tif.part"), "whole");
    renameSync(join(images, "C05_1_ER.tif.part"), join(images, "C05_1_ER.tif"));
    await expect.poll(() => count(runtime), { timeout: 5000 }).toBe(2);
    connection.stop();
    expect((await connection.done).accepted).toBe(2);
  });
});
