import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "..");

/** Table rows whose last column names a file, and words of a test in it: `path/x.test.ts` *words of its name*. */
function claims(page: string): { row: string; path: string; words: string }[] {
  const rows = readFileSync(join(import.meta.dirname, page), "utf8").split("\n");
  return rows.flatMap((row) => {
    const cells = row.split("|").map((cell) => cell.trim());
    const found = /^(?:`(\S+)` )?\*(.+?)( …)?\*$/.exec(cells.at(-2) ?? "");
    if (found === null) return [];
    return [{ row: cells[1] ?? "", path: found[1] ?? "engine/kafka-streams.peer.test.ts", words: found[2] ?? "" }];
  });
}

describe.each([
  ["from-kafka-streams.md", 37],
  ["from-nextflow.md", 31],
  ["kafka-streams.md", 10],
])("what %s claims", (page, rows) => {
  it.each(claims(page))("is tested: $row", ({ path, words }) => {
    expect(existsSync(join(root, path)), path).toBe(true);
    const text = readFileSync(join(root, path), "utf8").replaceAll(/\s+/g, " ");
    expect(text.includes(words), `${path} has no test of "${words}"`).toBe(true);
  });

  it("has a test for every row of its tables that says what is here", () => {
    expect(claims(page)).toHaveLength(rows);
  });
});
