import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { describe, expect, it } from "vitest";
import { generated } from "../scripts/docs.ts";

const root = join(import.meta.dirname, "..");

describe.each(generated.map(({ path, text }) => ({ path, text })))("$path", ({ path, text }) => {
  it("is what the code says now (npm run docs writes it)", () => {
    expect(readFileSync(join(root, path), "utf8")).toBe(text());
  });
});

/** Every Markdown file that people read: at the root, in docs/ and one a room. */
const documents = [
  ...readdirSync(root).filter((name) => name.endsWith(".md")),
  ...readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== "node_modules" && !entry.name.startsWith("."))
    .flatMap((entry) =>
      readdirSync(join(root, entry.name))
        .filter((name) => name.endsWith(".md"))
        .map((name) => join(entry.name, name)),
    ),
];

/** The anchor that a heading gets: lower case, spaces as hyphens, other signs left out. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
    .trim()
    .replaceAll(" ", "-");

function anchorsOf(text: string): Set<string> {
  const prose = text.replaceAll(/^```[\s\S]*?^```/gm, "");
  return new Set([...prose.matchAll(/^#+ (.+)$/gm)].map((match) => anchorOf(match[1] ?? "")));
}

describe("links between documents", () => {
  it.each(documents)("of %s lead to files and headings that are there", (document) => {
    const text = readFileSync(join(root, document), "utf8");
    const broken = [...text.matchAll(/\]\(([^)\s]+)\)/g)].flatMap((match) => {
      const target = match[1] ?? "";
      if (/^[a-z]+:/.test(target)) return [];
      const [path = "", anchor] = target.split("#");
      const file = path === "" ? join(root, document) : join(root, dirname(document), path);
      if (!existsSync(file)) return [`${target}: there is no ${relative(root, file)}`];
      if (anchor === undefined || !file.endsWith(".md")) return [];
      return anchorsOf(readFileSync(file, "utf8")).has(anchor) ? [] : [`${target}: no such heading`];
    });
    expect(broken).toEqual([]);
  });
});
