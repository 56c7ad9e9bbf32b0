import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { run } from "./program.test-support.ts";

const root = mkdtempSync(join(tmpdir(), "artesian-dag-schemas-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const file = (name: string, content: unknown): string => {
  const path = join(root, name);
  writeFileSync(path, JSON.stringify(content));
  return path;
};

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
    const named = file("named.json", {
      name: "counting",
      graph: {
        images: { type: "topic-stream", "topic-name": "images", key: "{plate}", schema: "image" },
        counts: { type: "stream-operation", inputs: ["images"], function: { aggregate: { by: ["wel"], count: "n" } } },
        out: { type: "publish", "topic-name": "image_counts", stream: "counts" },
      },
    });
    expect((await run("dag", "check", named)).code).toBe(0);
    const { code, said } = await run("dag", "check", named, "--schemas", schemas);
    expect(code).toBe(1);
    expect(said).toContain('"counts" reads field "wel", which "images" does not write. It has plate.');
  });
});
