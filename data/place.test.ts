import { chmod, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { placeSuite } from "./fixtures/place-suite.ts";
import { folderPlace, localFile, openPlace } from "./index.ts";
import { s3Error } from "./s3-error.ts";

let root = "";
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "artesian-place-"));
});
afterAll(() => rm(root, { recursive: true, force: true }));

placeSuite("a folder", async (name) => folderPlace(join(root, name)));

describe("a folder as a place", () => {
  it("is empty while it does not exist", async () => {
    const place = folderPlace(join(root, "not-there"));
    for await (const entry of place.list()) throw new Error(`found ${entry.key}`);
    expect(await place.stat("x")).toBeUndefined();
  });
  it("follows links that somebody put there", async () => {
    await mkdir(join(root, "elsewhere"), { recursive: true });
    await writeFile(join(root, "elsewhere", "f.csv"), "1");
    await mkdir(join(root, "linked"), { recursive: true });
    await symlink(join(root, "elsewhere"), join(root, "linked", "run"));
    await symlink(join(root, "nowhere"), join(root, "linked", "broken"));
    const keys: string[] = [];
    for await (const { key } of folderPlace(join(root, "linked")).list()) keys.push(key);
    expect(keys).toEqual(["run/f.csv"]);
  });
  it("does not go round in circles", async () => {
    await mkdir(join(root, "circle", "a", "b"), { recursive: true });
    await writeFile(join(root, "circle", "a", "f.csv"), "1");
    await symlink(join(root, "circle"), join(root, "circle", "a", "b", "again"));
    await symlink(join(root, "circle", "a"), join(root, "circle", "twin"));
    const keys: string[] = [];
    for await (const { key } of folderPlace(join(root, "circle")).list()) keys.push(key);
    expect(keys).toEqual(["a/f.csv", "twin/f.csv"]);
  });
  it("says which name is taken by a folder or a file", async () => {
    const place = folderPlace(join(root, "taken"));
    await place.write("a/b", "x");
    for (const key of ["a", "a/b/c"])
      await expect(place.write(key, "y"), key).rejects.toMatchObject({ code: "data/key-conflict", key });
    expect(new TextDecoder().decode(await place.read("a/b"))).toBe("x");
  });
  it.skipIf(process.getuid?.() === 0)("says who is refused", async () => {
    const place = folderPlace(join(root, "refused"));
    await place.write("a", "x");
    await chmod(join(root, "refused", "a"), 0);
    await expect(place.read("a")).rejects.toMatchObject({ code: "data/access-denied", reason: "EACCES" });
  });
  it("takes names as long as the file system does, and leaves nothing of what is called off", async () => {
    const place = folderPlace(join(root, "long"));
    await place.write("n".repeat(255), "x");
    const ended = new AbortController();
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (let i = 0; ; i++) {
        if (i === 3) ended.abort();
        yield new Uint8Array(10);
      }
    }
    await expect(place.write("b", endless(), { signal: ended.signal })).rejects.toMatchObject({ name: "AbortError" });
    expect(await readdir(join(root, "long"))).toHaveLength(1);
  });
  it("needs no copy for readers of real files", async () => {
    const place = folderPlace(join(root, "elsewhere"));
    expect(await readFile(await localFile(place, "f.csv", join(root, "cache")), "utf8")).toBe("1");
  });
});

describe("openPlace", () => {
  it("tells folders and buckets apart", () => {
    expect(openPlace("some/folder").path).toBeDefined();
    const bucket = openPlace("s3://plates/2026/");
    expect([bucket.uri, bucket.path]).toEqual(["s3://plates/2026", undefined]);
  });
  it.each([
    ["gs://x/y", "gs:// is not understood"],
    ["s3://", "no bucket's name"],
    ["s3://A_B/x", '"A_B" is no bucket'],
    ["", "it is empty"],
  ])("refuses %s", (uri, problem) => {
    expect(() => openPlace(uri)).toThrow(problem);
  });
  it("says where an unreachable store was looked for", async () => {
    const place = openPlace("s3://plates", {
      AWS_ENDPOINT_URL: "http://127.0.0.1:9",
      AWS_ACCESS_KEY_ID: "a",
      AWS_SECRET_ACCESS_KEY: "not-to-be-shown",
    });
    const error = await place.read("x").catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: "data/store-unreachable", endpoint: "http://127.0.0.1:9" });
    expect(String(error)).not.toContain("not-to-be-shown");
  });
});

it.each<[{ name: string; status?: number }, string]>([
  [{ name: "NoSuchBucket" }, "data/missing-bucket"],
  [{ name: "NoSuchKey" }, "data/missing-file"],
  [{ name: "AccessDenied", status: 403 }, "data/access-denied"],
  [{ name: "SignatureDoesNotMatch", status: 403 }, "data/access-denied"],
  [{ name: "InternalError", status: 500 }, "data/store-unreachable"],
])("gives a store's refusal %o the code %s", ({ name, status }, code) => {
  const error = Object.assign(new Error("as the store said"), { name, $metadata: { httpStatusCode: status } });
  expect(s3Error(error, { key: "k", bucket: "b", uri: "s3://b", endpoint: undefined })).toMatchObject({
    code,
    cause: { name, message: "as the store said" },
  });
});
