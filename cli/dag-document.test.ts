import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { openEmbedded } from "@artesian/engine";
import { dataFolder } from "@artesian/workflows";
import { afterAll, describe, expect, it } from "vitest";
import { exported, loadDag, planInFolder, planOfFileOrFolder, registryOf, textOf } from "./dag-document.ts";

const root = mkdtempSync(join(tmpdir(), "artesian-dag-document-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const file = (name: string, content: unknown): string => {
  const path = join(root, name);
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
  return path;
};
const document = {
  name: "w",
  partitions: 1,
  graph: {
    images: { type: "topic-stream", "topic-name": "images", schema: "image" },
    big: { type: "stream-operation", inputs: ["images"], function: { filter: "isBig" } },
    out: { type: "publish", "topic-name": "out", stream: "big" },
  },
};
const functions = "export const functions = { isBig: ({ size }) => size > 3 };\n";

describe("a workflow's file", () => {
  it("is a document in JSON or EDN: the same plan", async () => {
    const edn = `{:name "w" :partitions 1 :graph {:images {:type :topic-stream :topic-name "images" :schema "image"}
      :big {:type :stream-operation :inputs [:images] :function {:filter "isBig"}}
      :out {:type :publish :topic-name "out" :stream :big}}}`;
    const [one, other] = [await loadDag(file("w.json", document)), await loadDag(file("w.edn", edn))];
    expect(one).toEqual({ plan: expect.objectContaining({ dag: "w" }) });
    expect(other.plan.sha256).toBe(one.plan.sha256);
  });

  it("may be given another number of partitions", async () => {
    const { plan } = await loadDag(file("w.json", document), {}, 4);
    expect(plan.topics.map(({ partitions }) => partitions)).toEqual([4, 4]);
  });

  it("takes functions from a module beside it, which must have every one that it names", async () => {
    const module = file("functions.mjs", functions);
    const loaded = await loadDag(file("w.json", document), { functions: module });
    expect(loaded.functionsModule).toBe(pathToFileURL(module).href);
    expect(Object.keys(loaded.functions ?? {})).toEqual(["isBig"]);
    const others = file("others.mjs", "export const functions = {};\n");
    await expect(loadDag(file("w.json", document), { functions: others })).rejects.toMatchObject({
      code: "engine/unknown-function",
    });
  });

  it("may be a module of both; one that exports no document is refused", async () => {
    const module = file("built.mjs", `${functions}export const document = ${JSON.stringify(document)};\n`);
    const { plan, functionsModule } = await loadDag(module);
    expect([plan.dag, functionsModule]).toEqual(["w", pathToFileURL(module).href]);
    await expect(loadDag(file("functions.mjs", functions))).rejects.toThrow(/exports no "document"/);
  });

  it("that is not there is told of by its name", async () => {
    await expect(loadDag(join(root, "none.json"))).rejects.toThrow(/none\.json: there is no such file/);
    await expect(loadDag(join(root, "none.ts"))).rejects.toThrow(/none\.ts: there is no such file/);
    expect(() => textOf(root)).toThrow(/EISDIR/);
    await expect(exported(file("functions.mjs", functions), "tasks")).rejects.toThrow(/exports no "tasks"/);
  });
});

describe("schemas of a file", () => {
  const image = { type: "object", properties: { size: { type: "number" } } };

  it("are a registry, those of a workflow, or one schema", () => {
    const registry = { "image@1": image, type: { type: "object" } };
    expect(registryOf(file("registry.json", registry))).toEqual(registry);
    expect(registryOf(file("workflow.json", { ...document, schemas: registry }))).toEqual(registry);
    expect(registryOf(file("plain.json", document))).toEqual({});
    expect(registryOf(file("one.json", image))).toEqual({ schema: image });
    expect(registryOf(file("any.json", { anyOf: [image] }))).toEqual({ schema: { anyOf: [image] } });
    expect(() => registryOf(file("list.json", []))).toThrow(/expected an object of schemas by name/);
  });

  it("are lent to a workflow that names them", async () => {
    const schemas = file("registry.json", { "image@1": image });
    const { plan } = await loadDag(file("w.json", document), { schemas });
    expect(plan.schemas).toEqual({ "image@1": image });
  });
});

it("a data folder's plan is the one that it last ran under the name; without one it is refused", async () => {
  const data = join(root, "data");
  expect(planInFolder(data, "w")).toBeUndefined();
  const { plan } = await loadDag(file("w.json", { ...document, graph: { images: document.graph.images } }));
  const runtime = await openEmbedded({ dir: dataFolder(data, "w").engine, plans: [plan] });
  await runtime.stop();
  expect(planInFolder(data, "w")?.sha256).toBe(plan.sha256);
  expect((await planOfFileOrFolder(data, "w", {})).sha256).toBe(plan.sha256);
  expect((await planOfFileOrFolder(join(root, "w.json"), "w", {})).sha256).toBe(plan.sha256);
  await expect(planOfFileOrFolder(data, "other", {})).rejects.toThrow(
    /no workflow "other" has run in this data folder/,
  );
});
