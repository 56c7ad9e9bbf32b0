import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { afterAll, describe, expect, it } from "vitest";
import { createOutput } from "./output.ts";
import { createProgram } from "./program.ts";

const root = mkdtempSync(join(tmpdir(), "artesian-dag-diff-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const file = (name: string, content: unknown): string => {
  const path = join(root, name);
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
  return path;
};

async function run(...words: string[]): Promise<{ code: number | undefined; data: string; said: string }> {
  let data = "";
  let said = "";
  let code: number | undefined;
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  stdout.on("data", (chunk) => (data += String(chunk)));
  stderr.on("data", (chunk) => (said += String(chunk)));
  const program = createProgram(createOutput({ stdout, stderr }), (exit) => {
    code = exit;
  });
  await program.parseAsync(words, { from: "user" });
  return { code, data, said };
}

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

describe("artesian dag schemas check", () => {
  const v1 = { type: "object", properties: { plate: { type: "string" } }, required: ["plate"] };
  const v2 = { ...v1, properties: { ...v1.properties, focus: { type: "number" } } };
  const v3 = { ...v2, required: ["plate", "focus"] };

  it("holds versions of a registry against each other, and registries", async () => {
    const sound = file("sound.json", { "image@1": v1, "image@2": v2 });
    expect(await run("dag", "schemas", "check", sound)).toMatchObject({ code: 0, data: `${sound}: nothing breaks\n` });
    const broken = file("broken.json", { "image@1": v1, "image@2": v2, "image@3": v3 });
    expect(await run("dag", "schemas", "check", broken)).toMatchObject({
      code: 1,
      data: "image@3, focus: is now required, and records so far may lack it\n",
    });
    const rewritten = file("rewritten.json", { "image@1": v2 });
    expect((await run("dag", "schemas", "check", sound, rewritten)).data).toMatch(
      /image@1, the record: has changed under its version/,
    );
  });

  it("compares two single schemas, in the direction that is asked for", async () => {
    const [one, three] = [file("one.json", v1), file("three.json", v3)];
    expect((await run("dag", "schemas", "check", one, three)).data).toMatch(/^schema, focus: is now required/);
    expect((await run("dag", "schemas", "check", one, three, "--mode", "forward")).code).toBe(0);
    expect((await run("dag", "schemas", "check", three, one, "--mode", "full")).data).toMatch(
      /for readers of the older version: is now required/,
    );
    const { data } = await run("dag", "schemas", "check", one, three, "--json");
    expect(JSON.parse(data)).toMatchObject({ ok: false, breaks: [{ schema: "schema", path: "focus" }] });
    await expect(run("dag", "schemas", "check", one, three, "--mode", "sideways")).rejects.toThrow(
      /expected backward, forward or full/,
    );
    await expect(run("dag", "schemas", "check", file("odd.json", { "a@1": { type: "thing" } }))).rejects.toMatchObject({
      code: "engine/invalid-schema",
    });
  });

  it("lends schemas to a workflow that names them: check and explain follow them", async () => {
    const schemas = file("schemas.json", { "image@1": v1 });
    const graph = counting("wel") as { graph: Record<string, object> };
    const named = file("named.json", {
      ...graph,
      graph: { ...graph.graph, images: { ...graph.graph.images, schema: "image" } },
    });
    expect((await run("dag", "check", named)).code).toBe(0);
    const { code, said } = await run("dag", "check", named, "--schemas", schemas);
    expect(code).toBe(1);
    expect(said).toContain('"counts" reads field "wel", which "images" does not write. It has plate.');
  });
});
