import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { compile } from "./compile.ts";
import { openEmbedded } from "./embedded.ts";

const dir = mkdtempSync(join(tmpdir(), "artesian-ledger-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

it("tells of a path the content that was taken in last, also when it had been there before", async () => {
  let now = 1000;
  const graph = { in: { type: "topic-stream", "topic-name": "files" } };
  const plan = compile({ name: "ledger", graph });
  const runtime = await openEmbedded({ dir, plans: [plan], clock: () => now, database: { durable: false } });
  for (const sha256 of ["A", "B", "A"]) {
    now += 10;
    await runtime.append("files", [], [{ source: "s", path: "p", sha256, sizeBytes: 1, mtimeMs: now }]);
  }
  expect(runtime.ledger("s").get("p")).toEqual({ sha256: "A", sizeBytes: 1, mtimeMs: 1030 });
  await runtime.stop();
});
