import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { describe, expect, it } from "vitest";

const domains = ["imaging", "profiling", "maps", "expression", "editing"] as const;
const ground = ["data", "numerics", "figures"] as const;
/** What each room may import of ours. A change here goes with a change to ARCHITECTURE.md in the same commit. */
const rooms: Record<string, readonly string[]> = {
  data: [],
  numerics: [],
  figures: ["data"],
  engine: ["data"],
  executors: ["engine", "data"],
  ...Object.fromEntries(domains.map((domain) => [domain, ground])),
  store: ["data"],
  workflows: [...ground, ...domains, "engine", "executors", "store"],
  server: [...ground, ...domains, "engine", "executors", "store", "workflows"],
  web: ["server", "maps", "numerics"],
  cli: [...ground, ...domains, "engine", "executors", "store", "workflows", "server"],
};
/** The only file of server/ that pages may see. */
const webMayImportOfServer = "api.ts";

const root = import.meta.dirname;
const present = Object.keys(rooms).filter((room) => existsSync(join(root, room)));

function sources(dir: string): string[] {
  return readdirSync(dir, { withFileTypes: true }).flatMap((entry) => {
    if (entry.name === "node_modules" || entry.name === "dist") return [];
    const path = join(dir, entry.name);
    if (entry.isDirectory()) return sources(path);
    return /\.tsx?$/.test(entry.name) ? [path] : [];
  });
}

interface Arrow {
  file: string;
  room: string;
  target: string;
  subpath: string;
}

function arrowsOf(room: string): Arrow[] {
  return sources(join(root, room)).flatMap((file) => {
    const text = readFileSync(file, "utf8");
    const found: Arrow[] = [];
    for (const match of text.matchAll(/(?:from|import|resolve\()\s*\(?\s*["']([^"']+)["']/g)) {
      const specifier = match[1] ?? "";
      const ours = /^@artesian\/([a-z]+)(?:\/(.+))?$/.exec(specifier);
      if (ours) found.push({ file, room, target: ours[1] ?? "", subpath: ours[2] ?? "" });
      else if (specifier.startsWith(".")) {
        const parts = relative(root, resolve(dirname(file), specifier)).split(sep);
        if (parts[0] !== room) found.push({ file, room, target: parts[0] ?? "", subpath: parts.slice(1).join("/") });
      }
    }
    return found;
  });
}

const isTest = (file: string): boolean => file.endsWith(".test.ts") || file.endsWith(".test.tsx");

describe.each(present)("room %s", (room) => {
  const arrows = arrowsOf(room);

  it("imports only the rooms that its row names", () => {
    const allowed = new Set([room, ...(rooms[room] ?? [])]);
    const wrong = arrows.filter((arrow) => !isTest(arrow.file) && !allowed.has(arrow.target));
    expect(wrong.map((arrow) => `${relative(root, arrow.file)} imports ${arrow.target}`)).toEqual([]);
  });

  it("is reached by others through its package name, never by a path", () => {
    const byPath = arrows.filter(
      (arrow) => arrow.target in rooms && arrow.target !== room && !arrow.file.endsWith(".test.ts"),
    );
    const text = byPath.filter(
      (arrow) => !new RegExp(`@artesian/${arrow.target}`).test(readFileSync(arrow.file, "utf8")),
    );
    expect(text.map((arrow) => `${relative(root, arrow.file)} reaches into ${arrow.target}`)).toEqual([]);
  });

  it("has a README, an index that only re-exports, and declares what it imports", () => {
    expect(existsSync(join(root, room, "README.md"))).toBe(true);
    if (room !== "web") {
      const index = readFileSync(join(root, room, "index.ts"), "utf8").replace(/\/\*[\s\S]*?\*\//g, "");
      expect(index).not.toMatch(
        /^(?:const|let|function|class|async)\b|^export (?:const|let|function|class|async|default)/m,
      );
    }
    const manifest = JSON.parse(readFileSync(join(root, room, "package.json"), "utf8")) as {
      dependencies?: Record<string, string>;
    };
    const declared = new Set(Object.keys(manifest.dependencies ?? {}));
    const undeclared = arrows.filter(
      (arrow) => arrow.target !== room && !isTest(arrow.file) && !declared.has(`@artesian/${arrow.target}`),
    );
    expect(undeclared.map((arrow) => `${relative(root, arrow.file)}: ${arrow.target}`)).toEqual([]);
  });
});

describe("web", () => {
  it("sees of the server only its API's types", () => {
    const wrong = arrowsOf("web").filter(
      (arrow) => arrow.target === "server" && arrow.subpath !== webMayImportOfServer && !isTest(arrow.file),
    );
    expect(wrong.map((arrow) => `${relative(root, arrow.file)}: ${arrow.subpath}`)).toEqual([]);
  });
});

describe("the repository", () => {
  const forbidden = ["packages", "src", "lib", "utils", "common", "core", "helpers"];
  it("has no room with a name that says nothing", () => {
    expect(readdirSync(root).filter((name) => forbidden.includes(name))).toEqual([]);
  });
  it("lists every room as a workspace", () => {
    const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { workspaces: string[] };
    expect(present.filter((room) => !manifest.workspaces.includes(room))).toEqual([]);
  });
});
