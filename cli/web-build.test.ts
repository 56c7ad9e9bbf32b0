import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { builtPages } from "./web-build.ts";

it("pages are those that people use, whatever environment asks for them", async () => {
  const said: string[] = [];
  const dist = await builtPages({
    say: (line) => {
      said.push(line);
    },
    json: () => {},
    data: () => {},
    progress: () => {},
    settle: () => {},
  });
  expect(dist, said.join("\n")).toBeDefined();
  const assets = join(dist ?? "", "assets");
  const scripts = readdirSync(assets).filter((name) => /^index-.*\.js$/.test(name));
  expect(scripts).not.toEqual([]);
  // React's development build says where its tools are, and runs every effect twice.
  for (const name of scripts) expect(readFileSync(join(assets, name), "utf8")).not.toContain("React DevTools");
}, 120_000);
