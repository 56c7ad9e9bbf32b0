import { expect, test } from "vitest";
import { compile, testDriver } from "./index.ts";

const plan = compile({
  name: "sites",
  graph: {
    images: { type: "topic-stream", "topic-name": "images" },
    metadata: { type: "topic-table", "topic-name": "metadata" },
    site: {
      type: "stream-operation",
      inputs: ["images", "metadata"],
      function: {
        "group-complete": {
          by: ["experiment", "well"],
          member: ["channel"],
          expect: { table: "metadata", key: "{experiment}", field: "channels" },
          collect: "images",
        },
      },
    },
    features: { type: "external-task", stream: "site", "task-name": "extract" },
    out: { type: "publish", "topic-name": "features", stream: "features" },
  },
});
const extract = { run: (site: Record<string, unknown>) => ({ count: (site.images as unknown[]).length }) };

test("the example of the README counts two images, metadata coming last", async () => {
  const driver = testDriver(plan, { tasks: { extract } });
  driver.push("images", { experiment: "E1", well: "C05", channel: "DNA" });
  driver.push("images", { experiment: "E1", well: "C05", channel: "ER" });
  expect(driver.stats().nodes.find((node) => node.node === "site")?.open).toBe(1);
  driver.push("metadata", { channels: ["DNA", "ER"] }, { key: "E1" });
  await driver.runTasks();
  expect(driver.read("features")[0]?.value.count).toBe(2);
  expect(driver.read("features")).toHaveLength(1);
  expect(driver.read("sites.site")[0]?.value).toEqual({
    experiment: "E1",
    well: "C05",
    images: [
      { experiment: "E1", well: "C05", channel: "DNA" },
      { experiment: "E1", well: "C05", channel: "ER" },
    ],
    complete: true,
    expected: 2,
    missing: [],
    failed: [],
    generation: 1,
  });
});

test("what was committed is there after a crash, and duplicates of a finished group change nothing", async () => {
  const driver = testDriver(plan, { tasks: { extract } });
  driver.push("metadata", { channels: ["DNA", "ER"] }, { key: "E1" });
  driver.push("images", { experiment: "E1", well: "C05", channel: "DNA" });
  driver.crash();
  driver.push("images", { experiment: "E1", well: "C05", channel: "ER" });
  driver.crash();
  driver.push("images", { experiment: "E1", well: "C05", channel: "ER" });
  await driver.runTasks();
  driver.crash();
  await driver.runTasks();
  expect(driver.read("features")).toHaveLength(1);
  expect(driver.stats().nodes.find((node) => node.node === "site")?.duplicates).toBe(1);
});
