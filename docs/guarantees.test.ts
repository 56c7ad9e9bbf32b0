import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "..");
const page = readFileSync(join(import.meta.dirname, "guarantees.md"), "utf8");
const cellsOf = (row: string): string[] => row.split("|").map((cell) => cell.trim());
const rows = page.split("\n").filter((row) => /^\| (?!-|promise|trap|what)/.test(row));

/** Rows that name a test: its file and words of its name. */
const claims = rows.flatMap((row) => {
  const found = /^`(\S+\.test\.ts)` \*(.+)\*$/.exec(cellsOf(row).at(-2) ?? "");
  return found === null ? [] : [{ row: cellsOf(row)[1] ?? "", path: found[1] ?? "", words: found[2] ?? "" }];
});

/** Names of the tests of a file, and of what they are described under. */
function namesIn(path: string): string[] {
  const text = readFileSync(join(root, path), "utf8");
  return [...text.matchAll(/^\s*(?:test|it|describe)(?:\.\w+(?:\([^)]*\))?)?\(\s*(["`])((?:(?!\1)[\s\S])*)\1/gm)].map(
    (match) => match[2] ?? "",
  );
}

describe("what docs/guarantees.md claims", () => {
  it.each(claims)("is the name of a test: $row", ({ path, words }) => {
    expect(existsSync(join(root, path)), path).toBe(true);
    expect(namesIn(path).filter((name) => name.includes(words)).length, `${path} has no test named so`).toBeGreaterThan(
      0,
    );
  });

  it("has a test for every promise and for each of the twelve traps", () => {
    const [promised = ""] = page.split("\n## Runs seen");
    const lines = promised.split("\n").filter((row) => /^\| (?!-|promise|trap)/.test(row));
    expect(claims).toHaveLength(lines.length);
    const traps = claims.map(({ words }) => /^trap (\d+):/.exec(words)?.[1]).filter((trap) => trap !== undefined);
    expect([...new Set(traps)].map(Number).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 12 }, (_, index) => index + 1),
    );
  });

  it("repeats its runs by commands of files that there are", () => {
    const [, runs = ""] = page.split("\n## Runs seen");
    const commands = [...runs.matchAll(/^\| [^|]+ \| `([^`]+)` \|/gm)].map((match) => match[1] ?? "");
    expect(commands.length).toBeGreaterThan(3);
    const files = commands.flatMap((command) => [...command.matchAll(/\S+\.test\.ts/g)].map(String));
    expect(files.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });
});
