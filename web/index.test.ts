import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import * as web from "./index.ts";

test("the room exports its pure logic and nothing else", () => {
  expect(Object.keys(web).sort()).toMatchInlineSnapshot(`
    [
      "addStale",
      "changeParams",
      "cssColor",
      "diverging",
      "faultGlyph",
      "faultLabel",
      "formatAge",
      "formatCount",
      "formatDose",
      "formatDuration",
      "formatInterval",
      "formatNumber",
      "formatPercent",
      "formatRate",
      "inkOn",
      "isStale",
      "linearScale",
      "logScale",
      "logTicks",
      "neighbourWell",
      "niceTicks",
      "parseParams",
      "plateShape",
      "reduceLive",
      "roleGlyph",
      "scaleBarUm",
      "stepWell",
      "twinToCsv",
      "viridis",
      "wellAt",
      "wellGlyph",
      "wellPosition",
    ]
  `);
});

test("the README's example runs as printed", () => {
  const readme = readFileSync(new URL("README.md", import.meta.url), "utf8");
  const example = /```ts\n([\s\S]*?)```/.exec(readme)?.[1] ?? "";
  const lines = example.split("\n").filter((line) => line.includes("// → "));
  expect(lines.length).toBeGreaterThan(3);
  for (const line of lines) {
    const [code, wanted] = line.split("; // → ") as [string, string];
    const run = new Function("web", `const { ${Object.keys(web).join(", ")} } = web; return ${code};`);
    expect(String(run(web))).toBe(wanted);
  }
});
