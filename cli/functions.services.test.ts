import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openPlace } from "@artesian/data";
import { makeBucket, s3Server } from "@artesian/data/fixtures/bucket.ts";
import { afterAll, expect, test, vi } from "vitest";

const server = s3Server();
const root = mkdtempSync(join(tmpdir(), "artesian-cli-functions-s3-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

if (server === undefined) {
  test.skip("1 test of functions on a bucket needs an S3 server: scripts/services up s3, then set ARTESIAN_S3", () => {});
} else {
  test("watch follows a bucket by its listings, takes notifications of it, and ends on SIGTERM", {
    timeout: 120_000,
  }, async () => {
    const { env } = server;
    const bucket = await makeBucket(server, "functions");
    const place = openPlace(`s3://${bucket}`, env);
    await place.write("raw/E1/P1.csv", ",1,2,3\nA,1,2,3\n");
    const declarations = join(root, "functions.yml");
    const trigger = `{ bucket: ${bucket}, suffix: .csv }`;
    writeFileSync(declarations, `functions:\n  - id: readers\n    trigger: ${trigger}\n    use: plate-readings\n`);
    const main = fileURLToPath(new URL("./main.ts", import.meta.url));
    const words = [
      "functions",
      "watch",
      `s3://${bucket}/raw`,
      "--functions",
      declarations,
      "--data",
      join(root, "data"),
    ];
    const more = ["--sweep", "1", "--events", "127.0.0.1:0", "--port", "0", "--workers", "1"];
    const child = spawn(process.execPath, [main, ...words, ...more], { stdio: ["ignore", "pipe", "pipe"], env });
    const ended = new Promise<number | null>((resolve) => child.on("exit", resolve));
    let said = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (said += String(chunk)));
    try {
      const wait = { timeout: 60_000, interval: 200 };
      await vi.waitFor(() => expect(said).toMatch(/Ctrl-C/), wait);
      const url = /^http:\S+/m.exec(said)?.[0] ?? "";
      const door = /POST (http:\S+)/.exec(said)?.[1] ?? "";
      const ledger = async () => {
        const answer = (await (await fetch(new URL("/api/v1/functions/ledger", url))).json()) as {
          rows: { key: string; state: string; source: string }[];
        };
        return answer.rows.map(({ key, state, source }) => `${key} ${state} ${source}`).sort();
      };
      await vi.waitFor(async () => expect(await ledger(), said).toEqual(["raw/E1/P1.csv done listing"]), wait);
      const { etag, sizeBytes: size } = await place.write("raw/E1/P2.csv", ",1,2,3\nA,4,5,6\n");
      const object = { key: "raw%2FE1%2FP2.csv", size, eTag: etag, sequencer: "1" };
      const body = JSON.stringify({
        Records: [{ eventName: "s3:ObjectCreated:Put", s3: { bucket: { name: bucket }, object } }],
      });
      expect((await fetch(door, { method: "POST", body })).status).toBe(200);
      // Whoever was first, the listing or the notification: it is applied once.
      await vi.waitFor(async () => expect(await ledger(), said).toHaveLength(2), wait);
      await new Promise((resolve) => setTimeout(resolve, 2500));
      expect((await ledger()).map((line) => line.replace(/ \w+$/, ""))).toEqual([
        "raw/E1/P1.csv done",
        "raw/E1/P2.csv done",
      ]);
      child.kill("SIGTERM");
      expect(await ended, said).toBe(0);
    } finally {
      child.kill("SIGKILL");
    }
  });
}
