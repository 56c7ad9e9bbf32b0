import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { compile } from "@artesian/engine";
import { afterAll, expect, it } from "vitest";
import { documentPlan, moduleUrl } from "./document-plan.ts";

const root = mkdtempSync(join(tmpdir(), "artesian-document-plan-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const document = {
  name: "w",
  partitions: 3,
  graph: {
    images: { type: "topic-stream", "topic-name": "images" },
    big: { type: "stream-operation", inputs: ["images"], function: "isBig" },
    out: { type: "publish", "topic-name": "out", stream: "big" },
  },
};
const file = join(root, "w.json");
writeFileSync(file, JSON.stringify(document));

it("compiles a document as it is, or with another number of partitions", () => {
  expect(documentPlan(file)).toEqual(compile(document));
  const four = documentPlan(file, 4);
  expect(four).toEqual(compile({ ...document, partitions: 4 }));
  expect(four.topics.map(({ partitions }) => partitions)).toEqual([4, 4]);
});

it("holds the names of functions against those that are given", () => {
  expect(documentPlan(file, undefined, { isBig: (value) => value }).dag).toBe("w");
  expect(() => documentPlan(file, undefined, {})).toThrow(/no function "isBig" is registered/);
});

it("refuses a file that is not there, by its name", () => {
  expect(() => documentPlan(join(root, "none.json"))).toThrow(/none\.json: there is no such file/);
  expect(() => moduleUrl(join(root, "none.ts"))).toThrow(/none\.ts: there is no such file/);
  expect(moduleUrl(file)).toBe(pathToFileURL(file).href);
});
