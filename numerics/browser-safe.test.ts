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

it("can run in a browser: nothing that the index reaches imports from Node or another room", () => {
  const { files, others } = importsFrom(new URL("index.ts", import.meta.url));
  expect(files.size).toBeGreaterThan(10);
  expect([...others]).toEqual([]);
});
