import { readFileSync } from "node:fs";
import { expect, it } from "vitest";

/** Modules reached from a file through relative imports, with everything else that they import. */
function importsFrom(entry: URL): { files: Set<string>; others: Set<string> } {
  const files = new Set<string>();
  const others = new Set<string>();
  const visit = (file: URL): void => {
    if (files.has(file.href)) return;
    files.add(file.href);
    for (const [, name = ""] of readFileSync(file, "utf8").matchAll(/^(?:import|export)[^;]*? from "([^"]+)"/gm)) {
      if (name.startsWith(".")) visit(new URL(name, file));
      else others.add(name);
    }
  };
  visit(entry);
  return { files, others };
}

it.each([
  "projection.ts",
  "similarity.ts",
  "clustering.ts",
  "dose-curve.ts",
  "sentences.ts",
  "group-neighbours.ts",
  "group-projection.ts",
  "group-clusters.ts",
  "similarity-tiles.ts",
  "normalised-variants.ts",
  "experiment-agreement.ts",
  "enrichment.ts",
  "row-search.ts",
  "proxies.ts",
  "opposite-compounds.ts",
  "known-against-novel.ts",
  "funnel-settings.ts",
  "hypothesis-card.ts",
  "card-text.ts",
  "why-missing.ts",
])("%s runs in a browser: it reaches numerics at most", (name) => {
  const { files, others } = importsFrom(new URL(name, import.meta.url));
  expect(files.size).toBeGreaterThan(0);
  expect([...others].filter((other) => other !== "@artesian/numerics")).toEqual([]);
});
