/** Test-only: what a group store does, whatever place it is in. */
import type { Place } from "@artesian/data";
import { describe, expect, it } from "vitest";
import { type Catalog, versionIn } from "./group-catalog.ts";
import { preparedMap } from "./prepared-map.test-support.ts";
import { openCatalog, publishGroups } from "./publish-groups.ts";
import { openGroup, readGroup, readGroupFile, readNeighbours, readVectors } from "./read-group.ts";
import { readStoredUnits, readUnitVectors } from "./read-units.ts";

/** Reads all that a catalogue names and checks it; gives the number of files. */
export async function checkCatalog(store: Place): Promise<{ catalog: Catalog; files: number }> {
  const { catalog } = await openCatalog(store);
  let files = 0;
  for (const group of catalog.groups) {
    expect(versionIn(catalog, group.id)).toBeDefined();
    for (const { version } of group.versions) {
      const manifest = await openGroup(store, catalog, `${group.id}@${version}`);
      for (const name of Object.keys(manifest.files)) {
        await readGroupFile(store, manifest, name);
        files++;
      }
    }
  }
  return { catalog, files };
}

/** @param makePlace an empty place, another one for each name */
export function groupStoreSuite(title: string, makePlace: (name: string) => Promise<Place>): void {
  describe(`a group store in ${title}`, () => {
    it("gives back what was published, whole and in ranges", async () => {
      const store = await makePlace("whole");
      const { groups } = preparedMap();
      const { created, uploadedBytes } = await publishGroups(store, groups);
      expect(created).toEqual(groups.map(({ prepared: { manifest } }) => `${manifest.id}@${manifest.version}`));
      expect(uploadedBytes).toBeGreaterThan(10_000);
      const { catalog, files } = await checkCatalog(store);
      expect(files).toBe(22);
      expect(catalog).toMatchObject({ revision: 1, default: "demo_centre_scaled" });
      const manifest = await openGroup(store, catalog, "demo_centre_scaled");
      const { group } = groups[1]!;
      expect(await readGroup(store, manifest)).toEqual(group);
      expect(await readVectors(store, manifest, 3, 5)).toEqual(group.vectors.slice(3 * group.dims, 5 * group.dims));
      const { similar, opposite } = await readNeighbours(store, manifest, 4);
      const cosines = group.rows.map((_, row) => {
        let sum = 0;
        for (let j = 0; j < group.dims; j++)
          sum += group.vectors[4 * group.dims + j]! * group.vectors[row * group.dims + j]!;
        return sum;
      });
      const expected = cosines
        .map((_, row) => row)
        .filter((row) => row !== 4)
        .sort((a, b) => cosines[b]! - cosines[a]!);
      expect(similar[0]![0]).toBe(expected[0]);
      expect(similar[0]![1]).toBeCloseTo(cosines[expected[0]!]!, 5);
      expect(opposite[0]![0]).toBe(expected.at(-1));
      await expect(openGroup(store, catalog, "demo@nothing")).rejects.toMatchObject({ code: "maps/unknown-group" });
    });

    it("splits a row by experiment from its units, without storing each split", async () => {
      const store = await makePlace("units");
      const { groups, built } = preparedMap();
      const { catalog } = await publishGroups(store, groups);
      const manifest = await openGroup(store, catalog, "demo");
      const units = await readStoredUnits(store, manifest);
      expect(units.filter(({ control }) => control).every(({ row }) => row === null)).toBe(true);
      const { rows, dims, vectors, norms } = groups[0]!.group;
      const whole = rows.findIndex(({ symbol }) => symbol === "G0007");
      const split = rows.findIndex(({ symbol, experiment }) => symbol === "G0007" && experiment === "E2");
      const chosen = units.flatMap(({ row, experiment }, i) => (row === whole && experiment === "E2" ? [i] : []));
      expect(chosen).toEqual(built.members[split]);
      const found = await readUnitVectors(store, manifest, chosen);
      for (let j = 0; j < dims; j++) {
        let mean = 0;
        for (let i = 0; i < chosen.length; i++) mean += found[i * dims + j]! / chosen.length;
        expect(mean).toBeCloseTo(vectors[split * dims + j]! * norms[split]!, 4);
      }
    });

    it("enters a version once, whenever and however often it is published", async () => {
      const store = await makePlace("again");
      const first = await publishGroups(store, preparedMap().groups);
      const again = await publishGroups(store, preparedMap({ created: "2026-04-01T00:00:00.000Z" }).groups);
      expect(again).toMatchObject({ created: [], uploadedBytes: 0, catalog: first.catalog });
      await checkCatalog(store);
    });

    it("keeps older versions beside the current one", async () => {
      const store = await makePlace("versions");
      const first = await publishGroups(store, preparedMap().groups);
      const second = await publishGroups(store, preparedMap({ seed: 2 }).groups, { force: true });
      expect(second.catalog.groups.map(({ versions }) => versions.length)).toEqual([2, 2]);
      expect(second.catalog.groups[0]!.current).not.toBe(first.catalog.groups[0]!.current);
      const back = await publishGroups(store, preparedMap().groups, { force: true });
      expect(back.created).toEqual([]);
      expect(back.catalog.groups[0]!.current).toBe(first.catalog.groups[0]!.current);
      expect((await checkCatalog(store)).catalog.revision).toBe(3);
    });

    it("loses no group of many publishers at once, and enters each once", async () => {
      const store = await makePlace("crowd");
      const crowd = Array.from({ length: 50 }, (_, i) => preparedMap({ id: `m${i}` }).groups.slice(0, 1));
      const published = await Promise.all(crowd.map((groups) => publishGroups(store, groups, { tries: 1000 })));
      const created = published.flatMap((one) => one.created);
      expect(new Set(created).size).toBe(50);
      const revisions = published.map(({ catalog }) => catalog.revision).sort((a, b) => a - b);
      expect(revisions).toEqual(Array.from({ length: 50 }, (_, i) => i + 1));
      const { catalog } = await openCatalog(store);
      expect(catalog.groups.map(({ id }) => id).sort()).toEqual(crowd.map((_, i) => `m${i}`).sort());
    }, 300_000);

    it("refuses to promote what has fewer perturbations, unless forced, and says so", async () => {
      const store = await makePlace("gate");
      await publishGroups(store, preparedMap().groups);
      const { etag } = await openCatalog(store);
      const fewer = preparedMap({ genes: 18 }).groups;
      const error = await publishGroups(store, fewer).catch((caught: unknown) => caught);
      expect(error).toMatchObject({ code: "maps/promotion-refused" });
      expect(String(error)).toContain("demo: perturbations fall from 28 to 22");
      expect((await openCatalog(store)).etag).toBe(etag);
      const { forced, catalog } = await publishGroups(store, fewer, { force: true });
      expect(forced).toContain(`${catalog.groups[0]!.id}: perturbations fall from 28 to 22`);
      expect(catalog.groups[0]!.versions[0]!.forced).toContain("perturbations fall from 28 to 22");
      await checkCatalog(store);
    });

    it("is not fooled by a file that is not what it should be", async () => {
      const store = await makePlace("damaged");
      const { groups } = preparedMap();
      await publishGroups(store, groups);
      const { key } = groups[0]!.prepared.manifest.files["vectors.f32"]!;
      const bytes = (await store.read(key)).slice();
      bytes[0]! ^= 1;
      await store.write(key, bytes);
      await expect(checkCatalog(store)).rejects.toMatchObject({ code: "maps/group-file", file: key });
      expect((await publishGroups(store, groups)).uploadedBytes).toBe(bytes.byteLength);
      await checkCatalog(store);
    });
  });
}
