import { rmSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { folderPlace, openPlace } from "@artesian/data";
import { makeBucket, s3Server } from "@artesian/data/fixtures/bucket.ts";
import { expect, it } from "vitest";
import { folderOf, plateFiles, SITES } from "./cellprofiler-tables.test-support.ts";
import { collatePlate } from "./collate.ts";
import { collateBackend } from "./collate-backend.ts";

const server = s3Server();

if (server === undefined) {
  it.skip("1 test of collate needs an S3 server: scripts/services up s3, then set ARTESIAN_S3", () => {});
} else {
  it("collates a bucket as it does a folder, and keeps objects there", async () => {
    const place = openPlace(`s3://${await makeBucket(server, "collate")}/project`, server.env);
    const files = plateFiles(SITES);
    for (const [name, text] of Object.entries(files)) {
      const packed = name.startsWith("A02");
      await place.write(`analysis/B1/P1/${name}${packed ? ".gz" : ""}`, packed ? new Uint8Array(gzipSync(text)) : text);
    }
    const folder = folderOf(files);
    const expected = await collatePlate(folderPlace(folder), "", { mode: "joined" });
    const sqlite = { path: join(folder, "P1.sqlite") };
    const keep = { parquet: { place, prefix: "backend/B1/P1" }, sqlite };
    const found = await collatePlate(place, "analysis/B1/P1", { mode: "joined", keep });
    expect(found.profiles).toEqual(expected.profiles);
    expect((await place.stat("backend/B1/P1/Cells.parquet"))?.sizeBytes).toBeGreaterThan(1000);
    await place.write("backend/B1/P1/P1.sqlite", await folderPlace(folder).read("P1.sqlite"));
    const cacheDir = join(folder, "cache");
    const again = await collateBackend(place, "backend/B1/P1/P1.sqlite", { mode: "joined" }, { cacheDir });
    expect(again.profiles).toEqual(expected.profiles);
    rmSync(folder, { recursive: true });
  });
}
