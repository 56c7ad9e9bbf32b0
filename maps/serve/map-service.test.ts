import type { Place } from "@artesian/data";
import { afterEach, describe, expect, it } from "vitest";
import { memoryPlace, preparedMap } from "../prepared-map.test-support.ts";
import { publishGroups } from "../publish-groups.ts";
import { readGroup } from "../read-group.ts";
import { byteCache } from "./byte-cache.ts";
import { groupView } from "./group-view.ts";
import { type MapService, type MapServiceOptions, openMapService } from "./map-service.ts";
import { fileScan } from "./scan-file.ts";

const open: MapService[] = [];
afterEach(async () => {
  for (const service of open.splice(0)) await service.close();
});

/** A store in memory that can be cut off, and counts what is read from it. */
function memoryStore() {
  const inner = memoryPlace();
  const state = { isDown: false, reads: 0 };
  const guarded =
    <A extends unknown[], R>(call: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      if (state.isDown) throw new Error("connection refused");
      state.reads++;
      return call(...args);
    };
  const store: Place = {
    ...inner,
    read: guarded(inner.read),
    stat: guarded(inner.stat),
    async *stream(key, range) {
      yield await store.read(key, range);
    },
  };
  return { store, state, files: inner.files };
}

async function serve(options: MapServiceOptions): Promise<MapService> {
  const service = await openMapService({ followMs: 60_000, ...options });
  open.push(service);
  return service;
}

const whenFetched = (service: MapService, id: string): Promise<unknown> =>
  expect.poll(() => service.groups().find((group) => group.id === id)?.layers.local).toBe("here");

describe("a service of maps", () => {
  it("has nothing while the store is empty, and serves what is published", async () => {
    const { store } = memoryStore();
    const service = await serve({ store });
    expect(service.groups()).toEqual([]);
    await expect(service.lease("demo")).rejects.toMatchObject({ code: "maps/unknown-group" });
    await publishGroups(store, preparedMap().groups);
    expect(await service.refresh()).toBe(true);
    expect(await service.refresh()).toBe(false);
    expect(service.groups().map(({ id, isDefault, drift }) => [id, isDefault, drift])).toEqual([
      ["demo", false, null],
      ["demo_centre_scaled", true, null],
    ]);
  });

  it("sees a new version by itself within the time it is told", async () => {
    const { store } = memoryStore();
    const service = await serve({ store, followMs: 20 });
    await publishGroups(store, preparedMap().groups);
    await expect.poll(() => service.status().revision).toBe(1);
  });

  it("keeps the last good version when the new one cannot be read, says so, and takes the new one once it can", async () => {
    const { store, files } = memoryStore();
    await publishGroups(store, preparedMap().groups);
    const service = await serve({ store });
    const [before] = service.groups();
    const { catalog } = await publishGroups(store, preparedMap({ seed: 2 }).groups, { force: true });
    const { key } = catalog.groups[0]!.versions[0]!.manifest;
    const manifest = files.get(key)!;
    files.set(key, new TextEncoder().encode("{}"));
    await service.refresh();
    const [drifted] = service.groups();
    expect(drifted!.version.version).toBe(before!.version.version);
    expect(drifted!.drift).toContain("cannot be read");
    files.set(key, manifest);
    await service.refresh();
    expect(service.groups()[0]).toMatchObject({ drift: null, version: { version: catalog.groups[0]!.current } });
  });

  it("starts with the newest version that can be read when the current one cannot, and says which", async () => {
    const { store, files } = memoryStore();
    const first = await publishGroups(store, preparedMap().groups);
    const { catalog } = await publishGroups(store, preparedMap({ seed: 2 }).groups, { force: true });
    files.set(catalog.groups[0]!.versions[0]!.manifest.key, new TextEncoder().encode("{}"));
    const service = await serve({ store });
    const good = first.catalog.groups[0]!.current;
    expect(service.groups()[0]).toMatchObject({
      version: { version: good },
      drift: expect.stringContaining(`so ${good} is shown`),
    });
    (await service.lease("demo")).release();
    files.set(first.catalog.groups[0]!.versions[0]!.manifest.key, new TextEncoder().encode("{}"));
    const none = await serve({ store });
    expect(none.groups()[0]!.drift).toContain("nor can an older one be shown");
    await expect(none.lease("demo")).rejects.toMatchObject({ code: "maps/group-file" });
  });

  it("starts with the older version that it has a copy of when the store is away and the newer one was never fetched", async () => {
    const { store, state } = memoryStore();
    const local = memoryPlace();
    const first = await publishGroups(store, preparedMap().groups);
    const before = await serve({ store, local, prefetch: false });
    await before.fetch("demo");
    await publishGroups(store, preparedMap({ seed: 2 }).groups, { force: true });
    await before.refresh();
    await before.close();
    state.isDown = true;
    const service = await serve({ store, local });
    const [demo] = service.groups();
    expect(demo!.version.version).toBe(first.catalog.groups[0]!.current);
    const lease = await service.lease("demo");
    expect(lease.layer).toBe("local");
    expect((await lease.view.vectorsOf([1])).length).toBe(lease.manifest.dims);
    lease.release();
  });

  it("serves on what it has while the catalogue is damaged, which is not a store out of reach", async () => {
    const { store, files } = memoryStore();
    await publishGroups(store, preparedMap().groups);
    const service = await serve({ store });
    const catalog = files.get("catalog.json")!;
    files.set("catalog.json", catalog.slice(0, 20));
    expect(await service.refresh()).toBe(false);
    expect(service.status().storeProblem).toMatchObject({ kind: "damaged" });
    expect(service.groups()[0]!.layers.store).toBe("here");
    const { view, release } = await service.lease("demo");
    expect((await view.vectorsOf([0])).length).toBe(view.manifest.dims);
    release();
    files.set("catalog.json", catalog);
    await service.refresh();
    expect(service.status().storeProblem).toBeNull();
  });

  it("takes nothing for zeros that a file which ends too early lacks", async () => {
    const { store, files } = memoryStore();
    const { catalog } = await publishGroups(store, preparedMap().groups);
    const folder = `groups/demo/${catalog.groups[0]!.current}`;
    const damaged = { code: "maps/group-file" };
    for (const name of ["vectors.f32", "topk.bin"])
      files.set(`${folder}/${name}`, files.get(`${folder}/${name}`)!.slice(0, 100));
    const service = await serve({ store, wholeBytes: 0 });
    const { view } = await service.lease("demo");
    await expect(view.vectorsOf([9])).rejects.toMatchObject(damaged);
    await expect(view.cosines(0)).rejects.toMatchObject(damaged);
    await expect(view.top(9)).rejects.toMatchObject(damaged);
  });

  it("answers from its copy while the store is out of reach, also after a start, and says which groups it cannot", async () => {
    const { store, state } = memoryStore();
    const local = memoryPlace();
    await publishGroups(store, preparedMap().groups);
    const first = await serve({ store, local });
    await whenFetched(first, "demo_centre_scaled");
    state.isDown = true;
    const second = await serve({ store, local });
    expect(second.status().storeProblem).toMatchObject({ message: "connection refused" });
    const lease = await second.lease("demo_centre_scaled");
    expect(lease.layer).toBe("local");
    const { group } = preparedMap().groups[1]!;
    expect(await lease.view.vectorsOf([3, 4])).toEqual(group.vectors.slice(3 * group.dims, 5 * group.dims));
    expect((await lease.view.search()).search("G0001").matches[0]).toMatchObject({ by: "symbol" });
    await expect(second.lease("demo")).rejects.toMatchObject({ code: "maps/store-unreachable" });
    state.isDown = false;
    await second.refresh();
    expect(second.status().storeProblem).toBeNull();
    (await second.lease("demo")).release();
  });

  it("refuses a copy that was damaged, answers from the store, and fetches it again", async () => {
    const { store } = memoryStore();
    const local = memoryPlace();
    await publishGroups(store, preparedMap().groups);
    let time = 0;
    const service = await serve({ store, local, clock: () => time });
    await whenFetched(service, "demo_centre_scaled");
    const { files } = (await service.lease("demo_centre_scaled")).manifest;
    const key = files["vectors.f32"]!.key;
    const damaged = local.files.get(key)!.slice();
    damaged[0]! ^= 1;
    local.files.set(key, damaged);
    time += 2000;
    const { view, release } = await service.lease("demo_centre_scaled");
    const { group } = preparedMap().groups[1]!;
    expect(await view.vectorsOf([0])).toEqual(group.vectors.slice(0, group.dims));
    expect(service.status().local!.damaged).toEqual([expect.objectContaining({ file: key })]);
    release();
    (await service.lease("demo_centre_scaled")).release();
    await whenFetched(service, "demo_centre_scaled");
    expect(local.files.get(key)).toEqual((await store.read(key)).slice());
    expect((await service.evictions()).map(({ reason }) => reason)).toEqual([`${key} is damaged`]);
  });

  it("takes no copy of a file whose digest is another one", async () => {
    const { store, files } = memoryStore();
    const local = memoryPlace();
    const { catalog } = await publishGroups(store, preparedMap().groups);
    const key = `groups/demo/${catalog.groups[0]!.current}/topk.bin`;
    files.set(
      key,
      files.get(key)!.map((byte) => byte ^ 1),
    );
    const service = await serve({ store, local });
    await expect(service.fetch("demo")).rejects.toMatchObject({ code: "maps/group-file", file: key });
    expect(service.groups()[0]!.layers.local).toBe("absent");
  });

  it("gives a copy back when asked and writes it down, but never what is used, pinned or the last good one", async () => {
    const { store, state, files } = memoryStore();
    const local = memoryPlace();
    await publishGroups(store, preparedMap().groups);
    const service = await serve({ store, local });
    await whenFetched(service, "demo_centre_scaled");
    await service.fetch("demo");
    const by = { actor: "ann" };
    const refused = { code: "maps/eviction-refused" };
    await expect(service.evict("demo_centre_scaled", by)).rejects.toMatchObject(refused);
    const lease = await service.lease("demo");
    await expect(service.evict("demo", by)).rejects.toMatchObject(refused);
    lease.release();
    state.isDown = true;
    await expect(service.evict("demo", by)).rejects.toMatchObject(refused);
    state.isDown = false;
    const { key } = lease.manifest.files["topk.bin"]!;
    const kept = files.get(key)!;
    files.delete(key);
    await expect(service.evict("demo", by)).rejects.toMatchObject({
      reason: expect.stringContaining("last good copy"),
    });
    files.set(key, kept);
    const before = local.files.size;
    const dry = await service.evict("demo", { ...by, dryRun: true });
    expect(local.files.size).toBe(before);
    // Wells are shared with the other group of the build, which keeps its copy.
    const shared = lease.manifest.files["wells.f32"]!.key;
    const told = await service.evict("demo", by);
    expect(told.freedBytes).toBe(dry.freedBytes);
    expect(told.freedBytes).toBeGreaterThan(0);
    expect(local.files.has(key)).toBe(false);
    expect(local.files.has(shared)).toBe(true);
    expect(await service.evictions()).toEqual([
      expect.objectContaining({ actor: "ann", name: lease.view.name, freedBytes: told.freedBytes }),
    ]);
    expect((await (await service.lease("demo")).view.top(0)).similar.length).toBeGreaterThan(0);
  });

  it("stays within its budget: what was not used for longest goes, and what fits in no way is not fetched", async () => {
    const { store } = memoryStore();
    for (const id of ["a", "b", "c"]) await publishGroups(store, preparedMap({ id }).groups.slice(0, 1));
    const { version } = (await serve({ store })).groups()[0]!;
    let time = 0;
    const local = memoryPlace();
    const service = await serve({
      store,
      local,
      clock: () => time,
      localBytes: Math.floor(version.sizeBytes * 2.05),
      prefetch: false,
    });
    const states = () => service.groups().map(({ layers }) => layers.local);
    for (const id of ["a", "b", "c"]) {
      time += 1000;
      await service.fetch(id);
    }
    // "a" is the default, which stays.
    expect(states()).toEqual(["here", "absent", "here"]);
    expect(service.status().local!.heldBytes).toBeLessThanOrEqual(version.sizeBytes * 2.05);
    const small = await serve({ store, local: memoryPlace(), localBytes: 100, prefetch: false });
    await small.fetch("a");
    expect(small.groups()[0]!.layers.local).toBe("too large");
  });
});

describe("a view of a group version", () => {
  it("says the same with vectors in memory as from a file that passes through in blocks", async () => {
    const store = memoryPlace();
    await publishGroups(store, preparedMap().groups);
    const service = await serve({ store });
    const { manifest } = await service.lease("demo");
    const whole = groupView(store, manifest, { cache: byteCache(2 ** 20), scan: fileScan() });
    const streamed = groupView(store, manifest, { cache: byteCache(2 ** 20), scan: fileScan(), wholeBytes: 0 });
    const { vectors, dims, rows } = await readGroup(store, manifest);
    const expected = rows.map((_, row) => {
      let sum = 0;
      for (let k = 0; k < dims; k++) sum += vectors[2 * dims + k]! * vectors[row * dims + k]!;
      return sum;
    });
    for (const view of [whole, streamed])
      (await view.cosines(2)).forEach((cosine, row) => {
        expect(cosine).toBeCloseTo(expected[row]!, 5);
      });
    const block = (await streamed.among([2, 5, 7])).ofRows([2, 5], [7, 2]);
    expect(Array.from(block, (value) => value.toFixed(5))).toEqual(
      Array.from((await whole.among([2, 5, 7])).ofRows([2, 5], [7, 2]), (value) => value.toFixed(5)),
    );
    await expect(streamed.vectorsOf([rows.length])).rejects.toMatchObject({ code: "maps/unknown-row" });
    expect(await streamed.whole()).toBeUndefined();
  });

  it("scans a file of many blocks, the last one short", async () => {
    const place = memoryPlace();
    const [rows, dims] = [40_000, 64];
    const vectors = Float32Array.from({ length: rows * dims }, (_, i) => Math.sin(i * 0.37));
    await place.write("vectors.f32", new Uint8Array(vectors.buffer));
    const scan = fileScan();
    const query = vectors.slice(39_999 * dims);
    const products = await scan.products({ place, key: "vectors.f32", rows, dims }, query);
    for (const row of [0, 16_383, 16_384, 32_767, 32_768, 39_999]) {
      let sum = 0;
      for (let k = 0; k < dims; k++) sum += query[k]! * vectors[row * dims + k]!;
      expect(products[row]).toBeCloseTo(sum, 3);
    }
  });
});

describe("a cache of bytes", () => {
  it("lets go what was not used for longest, and keeps no failure", async () => {
    const cache = byteCache(10);
    const made: string[] = [];
    const get = (key: string, size: number) =>
      cache.get(
        key,
        async () => {
          made.push(key);
          return key;
        },
        () => size,
      );
    await get("a", 4);
    await get("b", 4);
    await get("a", 4);
    await get("c", 4);
    await get("a", 4);
    expect(made).toEqual(["a", "b", "c"]);
    await get("b", 4);
    expect(made).toEqual(["a", "b", "c", "b"]);
    expect(cache.held()).toBe(8);
    await expect(
      cache.get(
        "x",
        () => Promise.reject(new Error("no")),
        () => 1,
      ),
    ).rejects.toThrow("no");
    expect(
      await cache.get(
        "x",
        async () => 1,
        () => 1,
      ),
    ).toBe(1);
    expect(cache.drop("x")).toBe(1);
    await get("huge", 100);
    expect(cache.held()).toBeLessThanOrEqual(10);
  });
});
