import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { folderPlace } from "@artesian/data";
import { afterAll, expect, it } from "vitest";
import { folderOf, plateFiles } from "./cellprofiler-tables.test-support.ts";
import { collatePlate } from "./collate.ts";
import { collateBackend } from "./collate-backend.ts";

const slow = process.env.ARTESIAN_SLOW === "1";
const kills = slow ? 25 : 3;
const sites = Array.from({ length: 48 }, (_, i) => ({
  well: `${"ABCDEFGH"[i % 8]}0${1 + (i >> 4)}`,
  site: i,
  cells: 40,
}));
const folder = folderOf(plateFiles(sites));
afterAll(() => rmSync(folder, { recursive: true }));
const path = join(folder, "P1.sqlite");

function start(): ChildProcess {
  const program = `
    import { collatePlate } from ${JSON.stringify(fileURLToPath(new URL("./collate.ts", import.meta.url)))};
    import { folderPlace } from ${JSON.stringify(fileURLToPath(import.meta.resolve("@artesian/data")))};
    const call = { onProgress: ({ step, done }) => console.log(step, done) };
    const keep = { sqlite: { path: ${JSON.stringify(path)} }, parquet: { place: folderPlace(${JSON.stringify(join(folder, "kept"))}), prefix: "" } };
    await collatePlate(folderPlace(${JSON.stringify(folder)}), "", { keep }, call);
  `;
  return spawn(process.execPath, ["--input-type=module", "-e", program], { stdio: ["ignore", "pipe", "inherit"] });
}

it("leaves no half-written file when it is killed at any moment, and then does all of it", {
  timeout: 300_000,
}, async () => {
  for (let kill = 0; kill < kills; kill++) {
    const child = start();
    const after = 1 + Math.floor(((kill + 0.5) * 70) / kills); // of about 48 image tables and 24 wells
    let lines = 0;
    const ended = await new Promise<string | number | null>((resolve) => {
      child.stdout?.on("data", (chunk: Buffer) => {
        lines += chunk.toString().split("\n").length - 1;
        if (lines >= after) child.kill("SIGKILL");
      });
      child.on("exit", (code, signal) => resolve(signal ?? code));
    });
    // It was killed, or had come to its end; one that fails by itself would prove nothing.
    expect(["SIGKILL", 0]).toContain(ended);
    if (existsSync(path)) {
      // it was complete before the kill came
      const { profiles } = await collateBackend(folderPlace(folder), "P1.sqlite");
      expect(profiles.metadata.Metadata_Object_Count?.reduce<number>((sum, count) => sum + Number(count), 0)).toBe(
        48 * 40,
      );
      rmSync(path);
    }
  }
  await collatePlate(folderPlace(folder), "", { keep: { sqlite: { path } } });
  expect(existsSync(`${path}.part`)).toBe(false);
  const expected = await collatePlate(folderPlace(folder), "");
  expect((await collateBackend(folderPlace(folder), "P1.sqlite")).profiles).toEqual(expected.profiles);
});
