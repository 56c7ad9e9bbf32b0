import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { metadataFor, plateImages } from "./fixtures/plate.ts";
import { openReader } from "./reader.ts";
import { startRuntimeThread } from "./runtime-thread.ts";

const module = new URL("./fixtures/runtime-module.ts", import.meta.url).href;

test("a runtime in its own thread answers as one here, errors with their codes, and a reader looks on beside it", async () => {
  const dir = mkdtempSync(join(tmpdir(), "artesian-engine-"));
  expect(openReader(dir)).toBeUndefined();
  const client = await startRuntimeThread({ module, options: { dir } });
  await client.append("metadata", [{ key: "E1", value: metadataFor(2, 2, 2) }]);
  await client.append(
    "images",
    plateImages("E1", "P1", 2, 2, 2).map((value) => ({ value })),
  );
  expect((await client.closeInput()).complete).toBe(true);
  await expect(client.append("nowhere", [])).rejects.toMatchObject({ code: "engine/unknown-topic" });
  await expect(client.retry("none")).rejects.toMatchObject({ code: "engine/not-found" });
  using reader = openReader(dir);
  expect(reader?.inspector.stats(Date.now()).nodes.find(({ node }) => node === "done")?.out).toBe(1);
  expect(reader?.inspector.events().map(({ kind }) => kind)).toContain("run-drained");
  await client.stop();
  await expect(client.stats()).rejects.toMatchObject({ code: "engine/stopped" });
  rmSync(dir, { recursive: true, force: true });
});
