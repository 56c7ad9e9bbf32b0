import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import { openPlace } from "@artesian/data";
import { makeBucket, s3Server } from "@artesian/data/fixtures/bucket.ts";
import { asCsv, tinyMatrix, writeTinyPortal } from "@artesian/workflows/fixtures/tiny-portal.ts";
import { afterAll, describe, expect, it } from "vitest";
import { createOutput } from "./output.ts";
import { createProgram } from "./program.ts";

const server = s3Server();

if (server === undefined) {
  it.skip("1 test of portals needs an S3 server: scripts/services up s3, then set ARTESIAN_S3", () => {});
} else {
  const root = mkdtempSync(join(tmpdir(), "artesian-stats-s3-"));
  afterAll(() => rmSync(root, { recursive: true, force: true }));
  Object.assign(process.env, server.env);

  const stats = async (...words: string[]): Promise<{ code: number | undefined; out: string }> => {
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
    await program.parseAsync(["node", "artesian", "stats", ...words]);
    return { code, out };
  };

  describe("a portal in a bucket", () => {
    it("is published in the bucket itself with the bytes that a folder gets, and looked at again by content", async () => {
      const bucket = await makeBucket(server, "portal");
      writeTinyPortal(root);
      const address = `s3://${bucket}/portal`;
      const place = openPlace(address, process.env);
      const files = readdirSync(join(root, "projects"), { recursive: true, withFileTypes: true });
      for (const entry of files.filter((one) => one.isFile())) {
        const path = join(entry.parentPath, entry.name);
        await place.write(path.slice(join(root, "projects").length + 1), readFileSync(path));
      }
      await place.write("blacklist", readFileSync(join(root, "blacklist")));
      const words = [
        "run",
        address,
        "--out",
        address,
        "--data",
        join(root, "data"),
        "--skip",
        `${address}/blacklist`,
        "--json",
      ];
      const first = await stats(...words);
      expect(first.code).toBe(1);
      expect(JSON.parse(first.out)).toMatchObject({ summarised: 4, unchanged: 0 });
      await stats("run", join(root, "projects"), "--out", join(root, "out"), "--skip", join(root, "blacklist"));
      let compared = 0;
      const below = join(root, "out", "project-assets/project-stats");
      for (const name of ["csv", "mtx", "two"])
        for (const entry of readdirSync(join(below, name), { recursive: true, withFileTypes: true })) {
          const path = join(entry.parentPath, entry.name);
          if (!entry.isFile() || entry.name.startsWith("index.")) continue;
          const found = await place.read(`project-assets/project-stats${path.slice(below.length)}`);
          expect(Buffer.from(found).equals(readFileSync(path)), path).toBe(true);
          compared++;
        }
      expect(compared).toBeGreaterThan(100);
      expect((await stats("verify", "--out", address)).code).toBe(0);
      // What was published there is no project of the next look.
      await place.write("csv/counts.csv", asCsv(tinyMatrix(99)));
      const again = await stats(...words);
      expect(JSON.parse(again.out)).toMatchObject({ summarised: 1, unchanged: 3 });
      expect((JSON.parse(again.out) as { projects: unknown[] }).projects).toHaveLength(7);
    }, 180_000);
  });
}
