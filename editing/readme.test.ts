import { readdirSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import * as room from "./index.ts";
import { readsOf } from "./unique-reads.test-support.ts";

const readme = readFileSync(new URL("README.md", import.meta.url), "utf8");
const examples = [...readme.matchAll(/```ts\n([\s\S]*?)```/g)].map((match) => match[1] ?? "");

it.each(examples)("does in the README's example what its comments say: %s", async (example) => {
  const checks: [found: unknown, said: string][] = [];
  const body = example
    .replace(/^import \{(.*)\} from "@artesian\/[\w-]+";$/gm, "const {$1} = room;")
    .replace(
      /^(?!const)(.+); \/\/ (.+)$/gm,
      (_, expression: string, value: string) => `check(${expression}, ${JSON.stringify(value)});`,
    );
  const run = new Function("room", "readsOf", "check", `return (async () => {${body}})();`) as (
    exports: typeof room,
    reads: typeof readsOf,
    check: (found: unknown, said: string) => void,
  ) => Promise<void>;
  await run(room, readsOf, (found, said) => checks.push([found, said]));
  expect(checks.length).toBeGreaterThan(2);
  for (const [found, said] of checks) expect(JSON.stringify(found)).toBe(said);
});

it("has examples", () => {
  expect(examples.length).toBeGreaterThan(1);
});

it("has a place in its tables for every file of the room", () => {
  const files = readdirSync(import.meta.dirname).filter((name) => name.endsWith(".ts") && !name.includes(".test"));
  const named = [...readme.matchAll(/`([\w*.-]+\.ts)`/g)].map((match) => match[1]!);
  const patterns = named.map((name) => new RegExp(`^${name.replaceAll(".", "\\.").replaceAll("*", ".*")}$`));
  expect(files.filter((name) => name !== "index.ts" && !patterns.some((pattern) => pattern.test(name)))).toEqual([]);
});
