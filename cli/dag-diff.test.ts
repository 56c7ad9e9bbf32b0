import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { run } from "./program.test-support.ts";

const root = mkdtempSync(join(tmpdir(), "artesian-dag-diff-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const file = (name: string, content: unknown): string => {
  const path = join(root, name);
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
  return path;
};

const counting = (by: string, more: object = {}): object => ({
  name: "counting",
  partitions: 1,
  graph: {
    images: { type: "topic-stream", "topic-name": "images", key: "{plate}" },
    counts: { type: "stream-operation", inputs: ["images"], function: { aggregate: { by: [by], count: "n" } } },
    out: { type: "publish", "topic-name": "image_counts", stream: "counts" },
  },
  ...more,
});
const old = file("old.json", counting("plate"));
const now = file("new.json", counting("well"));

describe("artesian dag diff", () => {
  it("says what is lost and why, and fails for it only when asked to", async () => {
    const { code, data } = await run("dag", "diff", old, now);
    expect(code).toBe(0);
    expect(data.split("\n").slice(1)).toEqual([
      "",
      "state",
      '  lost  counting.counts (aggregate)  by was ["plate"], is ["well"]',
      "",
      "topics",
      "  new  counting.counts-repartition  repartition, 1 partition",
      "",
      "nodes",
      '  changed  counts  by was ["plate"], is ["well"]',
      "",
    ]);
    expect((await run("dag", "diff", old, now, "--fail-on", "mixed,lost")).code).toBe(1);
    expect((await run("dag", "diff", old, now, "--fail-on", "rebuilt")).code).toBe(0);
    expect((await run("dag", "diff", old, old, "--fail-on", "lost")).data).toMatch(/^counting: no change/);
    await expect(run("dag", "diff", old, now, "--fail-on", "gone")).rejects.toThrow(
      /--fail-on gone: expected lost, mixed/,
    );
  });

  it("gives the whole as JSON", async () => {
    const { data } = await run("dag", "diff", old, now, "--json");
    expect(JSON.parse(data)).toMatchObject({ dag: "counting", does: ["lost"], stores: [{ fate: "lost" }] });
  });

  it("holds a workflow against what a data folder runs; there a changed one is told of, refused, and taken when state is discarded", async () => {
    const results = join(root, "results");
    const images = file("images.jsonl", '{"plate": "P1", "well": "A01"}\n{"plate": "P1", "well": "A02"}\n');
    const go = (workflow: string, ...more: string[]) =>
      run("dag", "run", workflow, "--data", results, "--input", `images=${images}`, "--read", "image_counts", ...more);
    const first = await go(old);
    expect(
      first.data
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line).value.n),
    ).toEqual([1, 2]);
    expect((await run("dag", "diff", results, now, "--fail-on", "lost")).code).toBe(1);
    await expect(go(now)).rejects.toMatchObject({ code: "engine/plan-changed" });
    expect((await go(old)).code).toBe(0);
    const more = file("more.jsonl", '{"plate": "P2", "well": "A01"}\n');
    const discarded = await go(now, "--discard-state", "--input", `images=${more}`);
    expect(discarded.said).toMatch(/lost {2}counting\.counts/);
    expect(
      discarded.data
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line).value),
    ).toEqual([
      { plate: "P1", n: 1 },
      { plate: "P1", n: 2 },
      { well: "A01", n: 1 },
    ]);
    await expect(run("dag", "diff", join(root, "."), now)).rejects.toThrow(/no workflow "counting" has run/);
  }, 60_000);
});
