import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import { folderPlace, openPlace, type Place } from "@artesian/data";
import { makeBucket, s3Server } from "@artesian/data/fixtures/bucket.ts";
import { collatePlate } from "@artesian/profiling/collate.ts";
import { simulateProject, smallProject } from "@artesian/profiling/simulate-project.ts";
import { afterAll, describe, expect, it } from "vitest";
import { createOutput } from "./output.ts";
import { createProgram } from "./program.ts";

const server = s3Server();

if (server === undefined) {
  it.skip("1 test of recipes needs an S3 server: scripts/services up s3, then set ARTESIAN_S3", () => {});
} else {
  const root = mkdtempSync(join(tmpdir(), "artesian-recipe-s3-"));
  afterAll(() => rmSync(root, { recursive: true, force: true }));
  Object.assign(process.env, server.env);

  const run = async (dir: string, ...more: string[]): Promise<{ code: number | undefined; states: string[] }> => {
    let out = "";
    const stdout = new Writable({
      write(chunk, _encoding, done) {
        out += String(chunk);
        done();
      },
    });
    const stderr = new Writable({ write: (_chunk, _encoding, done) => done() });
    let code: number | undefined;
    const program = createProgram(createOutput({ stdout, stderr }), (exit) => {
      code = exit;
    });
    await program.parseAsync([
      "node",
      "artesian",
      "profile",
      "run",
      "--config",
      "config_files/config.yml",
      "--dir",
      dir,
      "--json",
      ...more,
    ]);
    return { code, states: (JSON.parse(out) as { steps: { state: string }[] }).steps.map(({ state }) => state) };
  };

  const fill = async (place: Place): Promise<void> => {
    const design = {
      ...smallProject,
      batches: ["2026_01_10_Batch1"],
      platesPerBatch: 1,
      rows: 2,
      columns: 4,
      cellsPerSite: 5,
    };
    for (const [key, text] of simulateProject(design)) await place.write(key, text);
  };

  describe("a recipe in a bucket", () => {
    it("writes the bytes that it writes in a folder, and does nothing when nothing changed", async () => {
      const bucket = await makeBucket(server, "recipe");
      const address = `s3://${bucket}/lab/project`;
      const [folder, remote] = [folderPlace(root), openPlace(address, process.env)];
      await Promise.all([fill(folder), fill(remote)]);
      const [here, there] = [await run(root), await run(address)];
      expect([here.code, there.code]).toEqual([0, 0]);
      expect(there.states).toEqual(there.states.map(() => "done"));
      let compared = 0;
      for await (const { key } of folder.list("profiles/")) {
        if (key.includes("how-made")) continue;
        expect(Buffer.from(await remote.read(key)).equals(Buffer.from(await folder.read(key))), key).toBe(true);
        compared++;
      }
      expect(compared).toBe(6);
      const again = await run(address);
      expect(again.states).toEqual(again.states.map(() => "unchanged"));

      // The same cells as a database in the bucket: it is copied here to be read, and gives the same profiles.
      const [batch, plate] = ["2026_01_10_Batch1", "00117001"];
      const path = join(root, "copy.sqlite");
      await collatePlate(folder, `analysis/${batch}/${plate}/analysis`, { plate, keep: { sqlite: { path } } });
      await remote.write(`backend/${batch}/${plate}/${plate}.sqlite`, readFileSync(path));
      const fromDatabase = await run(address, "--tmp-dir", join(root, "copies"));
      expect(fromDatabase.states.slice(0, 2)).toEqual(["done", "unchanged"]);
    }, 120_000);
  });
}
