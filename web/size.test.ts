import { expect, test } from "vitest";
import { filesOf, pageSizes } from "./size.ts";

const manifest = {
  "index.html": { file: "index.js", isEntry: true, imports: ["_shared.js"] },
  "_shared.js": { file: "shared.js", imports: ["_shared.js"] },
  "pages/run.tsx": { file: "run.js", isDynamicEntry: true, imports: ["index.html", "_table.js"] },
  "_table.js": { file: "table.js" },
  "charts/place-graph.ts": { file: "graph.js", isDynamicEntry: true },
};

test("a file that several modules need is counted once", () => {
  expect(filesOf(manifest, "pages/run.tsx").sort()).toEqual(["index.js", "run.js", "shared.js", "table.js"]);
});

test("a page weighs its own files and the frame's, and what loads later is not counted", () => {
  expect(pageSizes(manifest, () => 1000)).toEqual([
    { page: "first page (home)", kB: 2 },
    { page: "pages/run.tsx", kB: 4 },
  ]);
});
