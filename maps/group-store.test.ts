import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { folderPlace, type Place } from "@artesian/data";
import { seededRandom } from "@artesian/numerics";
import { afterAll, describe, expect, it } from "vitest";
import { EMPTY_CATALOG, enterVersions, gateReasons } from "./group-catalog.ts";
import { groupFromFiles } from "./group-files.ts";
import { readManifest } from "./group-manifest.ts";
import { checkCatalog, groupStoreSuite } from "./group-store.test-support.ts";
import { digestOfPrepared, forgetMaps, memoryPlace, preparedMap } from "./prepared-map.test-support.ts";
import { openCatalog, publishGroups } from "./publish-groups.ts";

const root = mkdtempSync(join(tmpdir(), "artesian-groups-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

groupStoreSuite("a folder", async (name) => folderPlace(join(root, name)));

describe("a publisher that dies", () => {
  /** A place whose user is gone after so many bytes: the write under way ends in the middle, and nothing comes after it. */
  function dying(place: Place, bytesLeft: number): Place {
    let left = bytesLeft;
    const spend = (count: number): void => {
      left -= count;
      if (left < 0) throw new Error("died");
    };
    async function* inPieces(content: Uint8Array): AsyncGenerator<Uint8Array> {
      for (let at = 0; at < content.length; at += 64) {
        const piece = content.subarray(at, at + 64);
        spend(piece.length);
        yield piece;
      }
    }
    const bytesIn = (content: unknown): Uint8Array => Buffer.from(content as Uint8Array | string);
    return {
      ...place,
      stat: async (key) => {
        spend(1);
        return place.stat(key);
      },
      read: async (key, range) => {
        spend(1);
        return place.read(key, range);
      },
      write: async (key, content) => place.write(key, inPieces(bytesIn(content))),
      replace: async (key, content, expected) => {
        // Of a compare and swap either all happens or nothing.
        const bytes = bytesIn(content);
        spend(bytes.length);
        const entry = await place.replace(key, bytes, expected);
        spend(1);
        return entry;
      },
    };
  }

  it("at any of 200 points leaves readers the old catalogue or the new one, whole, and can be called again", async () => {
    const before = preparedMap({ seed: 1 }).groups;
    const after = preparedMap({ seed: 2 }).groups;
    const store = memoryPlace();
    await publishGroups(store, before);
    const { catalog: old } = await openCatalog(store);
    const start = new Map(store.files);
    const total = (await publishGroups(memoryPlace(), after)).uploadedBytes;
    const random = seededRandom(7);
    let [kept, replaced] = [0, 0];
    for (let trial = 0; trial < 200; trial++) {
      // Half of the points lie in the last part, where manifests and the catalogue are written.
      const point = trial % 2 === 0 ? random.below(total) : total - random.below(15_000) + 7_000;
      const outcome = await publishGroups(dying(store, point), after, { force: true }).then(
        () => "published",
        (error: Error) => error.message,
      );
      expect(["published", "died"]).toContain(outcome);
      const { catalog } = await openCatalog(store);
      if (catalog.revision === old.revision) {
        expect(catalog).toEqual(old);
        expect(outcome).toBe("died");
        kept++;
      } else {
        expect((await checkCatalog(store)).files).toBe(44);
        replaced++;
      }
      // From the beginning, or two times of three from where the last one died.
      const isFresh = trial % 3 === 0 || catalog.revision !== old.revision;
      if (isFresh) store.files.clear();
      for (const [key, bytes] of start) store.files.set(key, bytes);
    }
    expect(kept).toBeGreaterThan(80);
    expect(replaced).toBeGreaterThan(10);
    await publishGroups(store, after, { force: true });
    expect((await checkCatalog(store)).catalog.revision).toBe(2);
  });
});

describe("files of a group", () => {
  it("have the same bytes each time, and a version that names them", () => {
    const once = preparedMap().groups;
    forgetMaps();
    const again = preparedMap({ created: "2027-01-01T00:00:00.000Z" }).groups;
    expect(digestOfPrepared(again)).toBe(digestOfPrepared(once));
    expect(again.map(({ prepared }) => prepared.manifest.version)).toEqual(
      once.map(({ prepared }) => prepared.manifest.version),
    );
    expect(digestOfPrepared(preparedMap({ seed: 5 }).groups)).not.toBe(digestOfPrepared(once));
  });

  it("hold unit vectors in int8 to half a step, with a scale a row", () => {
    const { group, prepared } = preparedMap().groups[0]!;
    const bytes = prepared.content.get(prepared.manifest.files["vectors.i8"]!.key)!;
    const { rows, dims, vectors } = group;
    expect(bytes.byteLength).toBe(rows.length * (dims + 4));
    const values = new Int8Array(bytes.buffer, bytes.byteOffset, rows.length * dims);
    const scales = new DataView(bytes.buffer, bytes.byteOffset + rows.length * dims);
    vectors.forEach((value, at) => {
      const scale = scales.getFloat32(Math.floor(at / dims) * 4, true);
      expect(Math.abs((values[at]! * scale) / 127 - value)).toBeLessThanOrEqual((scale / 127) * 0.5001);
    });
  });

  it("share the units of a build", () => {
    const { groups } = preparedMap();
    const keys = groups.map(({ prepared }) => prepared.manifest.files["wells.f32"]!.key);
    expect(keys[0]).toBe(keys[1]);
    expect(keys[0]).toMatch(/^units\/[0-9a-f]{16}\/wells\.f32$/);
  });

  it("that do not fit together are refused", async () => {
    const { prepared } = preparedMap().groups[0]!;
    const of = (name: string): Uint8Array => prepared.content.get(prepared.manifest.files[name]!.key)!;
    const files = { vectors: of("vectors.f32"), norms: of("norms.f32"), rows: of("rows.parquet") };
    await expect(groupFromFiles(files, 11)).rejects.toMatchObject({ code: "maps/group-file", file: "vectors.f32" });
    expect(() => readManifest("{", "m.json")).toThrow("m.json: found no JSON");
    expect(() => readManifest('{"format":"artesian-group/9"}', "m.json")).toThrow('found format "artesian-group/9"');
  });
});

describe("the gate", () => {
  const { manifest } = preparedMap().groups[0]!.prepared;
  const entry = { manifest, manifestSha256: "", isDefault: true, forced: [] };
  const { catalog } = enterVersions(EMPTY_CATALOG, [entry]);
  const worse = (recall: number | null) => ({
    ...manifest,
    version: "other",
    benchmark: { ...manifest.benchmark, recall: manifest.benchmark.recall.map((one) => ({ ...one, recall })) },
  });
  const recall = manifest.benchmark.recall[0]!.recall!;

  it("lets a new group and the same version pass", () => {
    expect(gateReasons(EMPTY_CATALOG, manifest)).toEqual([]);
    expect(gateReasons(catalog, manifest)).toEqual([]);
  });

  it("has something against a fall of recall beyond what is allowed", () => {
    expect(gateReasons(catalog, worse(recall - 0.009))).toEqual([]);
    expect(gateReasons(catalog, worse(recall - 0.011))[0]).toContain("recall of truth falls from");
    expect(gateReasons(catalog, worse(recall - 0.011), { recallFall: 0.02 })).toEqual([]);
    expect(gateReasons(catalog, worse(null))[0]).toContain("recall of truth is not known any more");
  });
});
