import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { folderPlace, type Place } from "@artesian/data";
import { askNeighbours, openMapService, rowMeant } from "@artesian/maps";
import { expect, it, onTestFinished } from "vitest";
import { FILLED, writeLargeStore } from "./maps-large-store.ts";

it("a group of 300,000 rows answers its first question, by name, from a few small reads", async () => {
  const dir = mkdtempSync(join(tmpdir(), "artesian-large-"));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  const { sizeBytes } = writeLargeStore(dir, 1, 300_000, 32);
  expect(sizeBytes).toBeGreaterThan(500e6);
  const inner = folderPlace(dir);
  let [reads, readBytes] = [0, 0];
  const place: Place = {
    ...inner,
    async read(key, range) {
      const bytes = await inner.read(key, range);
      reads++;
      readBytes += bytes.byteLength;
      return bytes;
    },
  };
  const service = await openMapService({ store: place });
  onTestFinished(() => service.close());
  [reads, readBytes] = [0, 0];
  const lease = await service.lease("large0");
  const row = await rowMeant(lease.view, `g${7 * FILLED}`);
  expect(row).toBe(7 * FILLED);
  const near = await askNeighbours(lease.view, row, { count: 20, novelty: false });
  lease.release();
  expect(near.from).toBe("stored");
  expect(near.similar).toHaveLength(20);
  expect(near.similar[0]!.row).toMatchObject({ symbol: `G${near.similar[0]!.row.row}`, strength: 1 });
  expect(readBytes).toBeLessThan(400 * 1024);
  expect(reads).toBeLessThan(400);
}, 60_000);
