import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import * as room from "./index.ts";

it("does in the README's example what its comments say", async () => {
  const readme = readFileSync(new URL("README.md", import.meta.url), "utf8");
  const example = /```ts\n([\s\S]*?)```/.exec(readme)?.[1] ?? "";
  const dir = mkdtempSync(join(tmpdir(), "artesian-readme-"));
  const checks: [unknown, string][] = [];
  const body = example
    .replace(/^import \{(.*)\} from "@artesian\/data";$/gm, "const {$1} = room;")
    .replace(/(folderStore|openPlace)\("(\w+)"\)/g, `$1(${JSON.stringify(`${dir}/`)} + "$2")`)
    .replace(
      /^(?!const)(.+); \/\/ (.+)$/gm,
      (_, expression: string, value: string) => `check(${expression}, ${JSON.stringify(value)});`,
    );
  const run = new Function("room", "check", `return (async () => {${body}})()`) as (
    ...args: unknown[]
  ) => Promise<void>;
  try {
    await run(room, (found: unknown, said: string) => checks.push([found, said]));
  } finally {
    rmSync(dir, { recursive: true });
  }
  expect(checks.length).toBeGreaterThan(3);
  for (const [found, said] of checks) {
    const expected: unknown = JSON.parse(said);
    if (typeof expected === "object" && expected !== null) expect(found).toMatchObject(expected);
    else expect(found).toBe(expected);
  }
});
