import { openStore, recordImage, type Store } from "@artesian/store";
import { afterEach, beforeEach, expect, it } from "vitest";
import { imageRootsOf } from "./image-roots.ts";

let store: Store;
beforeEach(() => {
  store = openStore(":memory:");
});
afterEach(() => store.close());

function image(path: string, channel: string): void {
  const place = { experimentId: "E1", plate: "P1", well: "A01", site: 1, channel };
  recordImage(store, { ...place, path, sha256: channel, sizeBytes: 1, at: "2026-01-01T00:00:00Z" });
}

it("a store without images shows no folder", () => {
  expect(imageRootsOf(store)).toEqual([]);
});

it("the folders of a store's images are shown, each once, and no folder above them", () => {
  image("/plates/P1/a.tif", "DNA");
  image("/plates/P1/b.tif", "ER");
  image("/plates/P2/c.tif", "AGP");
  expect(imageRootsOf(store).sort()).toEqual(["/plates/P1/", "/plates/P2/"]);
});

it("an image that is named without a folder opens none", () => {
  image("a.tif", "DNA");
  expect(imageRootsOf(store)).toEqual([]);
});
