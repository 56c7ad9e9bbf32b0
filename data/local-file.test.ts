import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { folderPlace, localFile, type Place, withLocalFile } from "./index.ts";

let root = "";
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "artesian-local-"));
});
afterAll(() => rm(root, { recursive: true, force: true }));

/** A place that has no files on this machine. */
function remote(name: string): Place & { streams: number } {
  const { path: _, ...folder } = folderPlace(join(root, name));
  const place = {
    ...folder,
    uri: `s3://${name}`,
    streams: 0,
    stream(key: string) {
      place.streams++;
      return folder.stream(key);
    },
  };
  return place;
}

it("lends a folder's own file, and names one that is not there", async () => {
  const place = folderPlace(join(root, "own"));
  await place.write("a.h5", "x");
  const cacheDir = join(root, "own-cache");
  expect(await withLocalFile(place, "a.h5", { cacheDir }, (path) => path)).toBe(join(root, "own", "a.h5"));
  await expect(withLocalFile(place, "b.h5", { cacheDir }, (path) => path)).rejects.toMatchObject({
    code: "data/missing-file",
  });
});

it("copies once for each content, and ends as its user ends", async () => {
  const place = remote("once");
  await place.write("a.h5", "one");
  const cacheDir = join(root, "once-cache");
  const read = () => withLocalFile(place, "a.h5", { cacheDir }, (path) => readFile(path, "utf8"));
  expect([await read(), await read(), place.streams]).toEqual(["one", "one", 1]);
  await place.write("a.h5", "two");
  expect([await read(), place.streams]).toEqual(["two", 2]);
  const failing = withLocalFile(place, "a.h5", { cacheDir }, () => Promise.reject(new Error("no HDF5")));
  await expect(failing).rejects.toThrow("no HDF5");
  expect((await readdir(cacheDir)).filter((name) => name.startsWith("."))).toEqual([]);
});

it("keeps the ending, which readers go by", async () => {
  const place = remote("ending");
  await place.write("a.b/x.h5ad", "x");
  await withLocalFile(place, "a.b/x.h5ad", { cacheDir: join(root, "ending-cache") }, (path) =>
    expect(path).toMatch(/\.h5ad$/),
  );
});

it("keeps copies up to a size, those used last, and takes nothing from who reads it", async () => {
  const place = remote("bounded");
  const cacheDir = join(root, "bounded-cache");
  for (const key of ["a", "b", "c"]) await place.write(key, key.repeat(10));
  const use = (key: string, work = (path: string) => readFile(path, "utf8")) =>
    withLocalFile(place, key, { cacheDir, maxBytes: 25 }, work);
  const age = async (days: number) => {
    const then = new Date(Date.now() - days * 86_400_000);
    for (const name of await readdir(cacheDir)) await utimes(join(cacheDir, name), then, then);
  };
  await use("a");
  await age(2);
  await use("b");
  await age(1);
  await use("a");
  const text = await use("a", async (path) => {
    await use("c");
    await use("b");
    await use("c");
    return readFile(path, "utf8");
  });
  expect(text).toBe("a".repeat(10));
  const kept = await Promise.all((await readdir(cacheDir)).map((name) => readFile(join(cacheDir, name), "utf8")));
  expect(kept.sort()).toEqual(["b".repeat(10), "c".repeat(10)]);
});

it("lends a file larger than the whole cache, and does not keep it", async () => {
  const place = remote("huge");
  const cacheDir = join(root, "huge-cache");
  await place.write("a", "x".repeat(100));
  const sizeBytes = await withLocalFile(
    place,
    "a",
    { cacheDir, maxBytes: 10 },
    async (path) => (await stat(path)).size,
  );
  expect(sizeBytes).toBe(100);
  expect(await readdir(cacheDir)).toEqual([]);
});

it("removes what a process that was killed left behind, not what a living one uses", async () => {
  const place = remote("left");
  const cacheDir = join(root, "left-cache");
  await place.write("a", "x");
  await withLocalFile(place, "a", { cacheDir, maxBytes: 0 }, () => undefined);
  const names = [`.lent-${hostname()}-999999999-aa`, `.lent-${hostname()}-${process.pid}-bb`, ".0123456789ab.part"];
  for (const name of names) await writeFile(join(cacheDir, name), "x");
  const then = new Date(Date.now() - 2 * 86_400_000);
  await utimes(join(cacheDir, names[2] ?? ""), then, then);
  await withLocalFile(place, "a", { cacheDir, maxBytes: 0 }, () => undefined);
  expect(await readdir(cacheDir)).toEqual([names[1]]);
});

it("does not give one content under another's name when a file is replaced while it is copied", async () => {
  const place = remote("racing");
  await place.write("a", "first");
  let replaced = 0;
  const racing: Place = {
    ...place,
    async *stream(key) {
      if (replaced++ === 0) await place.write("a", "other");
      yield* place.stream(key);
    },
  };
  const cacheDir = join(root, "racing-cache");
  expect(await readFile(await localFile(racing, "a", cacheDir), "utf8")).toBe("other");
  expect(await readdir(cacheDir)).toHaveLength(1);
  let count = 0;
  const restless: Place = {
    ...place,
    async *stream(key) {
      await place.write("a", `n${++count}`);
      yield* place.stream(key);
    },
  };
  await expect(localFile(restless, "a", join(root, "restless-cache"))).rejects.toMatchObject({
    code: "data/changed-file",
  });
});
