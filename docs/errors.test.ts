import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { expect, it } from "vitest";

const root = join(import.meta.dirname, "..");
const rooms = (JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { workspaces: string[] }).workspaces;

/** Sources of the product: tests, their fixtures and what is built are left out. */
function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory())
      return ["node_modules", "dist", "fixtures", "public"].includes(entry.name) ? [] : sources(path);
    return /\.tsx?$/.test(entry.name) && !/\.test(?:-support)?\.tsx?$/.test(entry.name) ? [path] : [];
  });
}

/** Any text of the form "room/some-words" is an error's code: nothing else in the sources looks so. */
const literal = new RegExp(`["'\`]((?:${rooms.join("|")})/[a-z]+(?:-[a-z]+)*)["'\`]`, "g");

function codesIn(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map((match) => match[1] ?? "");
}

const used = new Map<string, string>();
for (const room of rooms)
  for (const file of sources(join(root, room)))
    for (const code of codesIn(readFileSync(file, "utf8"), literal)) used.set(code, relative(root, file));

const document = readFileSync(join(root, "docs/errors.md"), "utf8");
const listed = document
  .split("\n")
  .filter((line) => line.startsWith("| `"))
  .flatMap((line) => codesIn(line.split("|")[1] ?? "", literal));

it("lists every error code of the sources", () => {
  const missing = [...used].filter(([code]) => !listed.includes(code));
  expect(missing.map(([code, file]) => `${code} (${file})`)).toEqual([]);
});

it("lists no code that the sources do not have", () => {
  expect(listed.filter((code) => !used.has(code))).toEqual([]);
});

it("lists each code once, with when and what to do", () => {
  expect(listed.filter((code, index) => listed.indexOf(code) !== index)).toEqual([]);
  const rows = document.split("\n").filter((line) => line.startsWith("| `"));
  const cells = rows.map((row) => row.split("|").map((cell) => cell.trim()));
  expect(cells.filter((row) => row.at(-2) === "" || row.at(-3) === "")).toEqual([]);
});

it("knows the codes of the product, so that an empty scan cannot pass", () => {
  expect(used.size).toBeGreaterThan(80);
  expect(used.get("imaging/truncated-file")).toBe("imaging/errors.ts");
});
