import { compile } from "@artesian/engine";
import { describe, expect, it } from "vitest";
import { describeKind, explainPlan } from "./dag-explain.ts";

const plan = compile({
  name: "sites",
  version: 3,
  partitions: 2,
  schemas: { "image@1": true },
  graph: {
    images: { type: "topic-stream", "topic-name": "images", schema: "image@1" },
    metadata: { type: "topic-table", "topic-name": "metadata" },
    kinds: { type: "stream-operation", inputs: ["images"], function: { branch: { dna: true } } },
    site: {
      type: "stream-operation",
      inputs: ["kinds:dna", "metadata"],
      function: {
        "group-complete": {
          by: ["well"],
          member: ["channel"],
          expect: { table: "metadata", key: "all", field: "channels" },
        },
      },
    },
    hours: {
      type: "stream-operation",
      inputs: ["images"],
      function: { window: { by: ["well"], sizeMs: 3_600_000, count: "n" } },
    },
    features: {
      type: "external-task",
      stream: "site",
      "task-name": "extract",
      retry: { attempts: 5 },
      timeout: 90_000,
      concurrency: 2,
      cache: false,
    },
    out: { type: "publish", "topic-name": "features", stream: "features" },
  },
});
const lines = explainPlan(plan);

/** Lines about a node, in its order. */
function about(id: string): string[] {
  const from = lines.findIndex((line) => line.startsWith(`  ${id} — `));
  const until = lines.findIndex((line, index) => index > from && !line.startsWith("      "));
  return lines.slice(from, until).map((line) => line.trim().replaceAll(/\s+/g, " "));
}

/** Rows of a list at the end. */
function listed(title: string): string[] {
  const from = lines.indexOf(title) + 1;
  const until = lines.indexOf("", from);
  return lines.slice(from, until < 0 ? undefined : until).map((line) => line.trim().replaceAll(/ {2,}/g, " | "));
}

describe("a plan in words", () => {
  it("begins with what it is and how much of everything there is", () => {
    expect(lines[0]).toBe(`sites 3 · plan ${plan.sha256}`);
    expect(lines[1]).toMatch(/^7 nodes, 1 of them tasks, in \d sub-topologies · 3 stores · \d topics · 2 partitions$/);
  });

  it("says of a node what it reads, keeps, writes and promises", () => {
    expect(about("images")).toEqual([
      "images — stream",
      "reads topic images",
      "schema image@1",
      `promise ${plan.nodes.find(({ id }) => id === "images")?.promise}`,
    ]);
    expect(about("site").slice(0, -1)).toEqual([
      "site — group-complete of channel by well, those of metadata.channels",
      "reads kinds:dna by way of sites.site-repartition, table metadata",
      "key {well}",
      "keeps store sites.site (group)",
      "writes topic sites.site",
    ]);
    expect(about("hours")[0]).toBe("hours — window of 1 h by well");
  });

  it("says how a task runs", () => {
    expect(about("features")).toContain("runs 5 attempts, 90 s each, 2 at a time, never from the cache");
  });

  it("lists tables with who looks them up, stores, topics with who reads them, and schemas", () => {
    expect(about("metadata")[0]).toBe("metadata — table");
    expect(listed("stores:").sort()).toEqual([
      "sites.hours | window",
      "sites.metadata | table | looked up by site",
      "sites.site | group",
    ]);
    expect(listed("topics:")).toContain("sites.site-repartition | repartition | 2 partitions | read by site");
    expect(listed("topics:")).toContain("sites.site | internal | 2 partitions | read by features");
    expect(listed("schemas:")).toEqual(["image@1 | of images"]);
  });
});

it("names kinds of nodes in two or three words", () => {
  const kind = (id: string): string => {
    const node = plan.nodes.find((one) => one.id === id);
    return node === undefined ? "" : describeKind(node);
  };
  expect(["images", "metadata", "site", "features", "out"].map(kind)).toEqual([
    "stream",
    "table",
    "group-complete",
    "task extract",
    "publish",
  ]);
});
