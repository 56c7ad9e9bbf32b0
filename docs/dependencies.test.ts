import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

const root = join(import.meta.dirname, "..");

interface Manifest {
  workspaces?: string[];
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
  scripts?: Record<string, string>;
  engines?: { node?: string };
}

const manifestOf = (folder: string): Manifest =>
  JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;

const rooms = manifestOf(root).workspaces ?? [];
const ours = /^(?:@artesian\/.+|artesian)$/;
const direct = new Map<string, { version: string; folder: string }>();
for (const folder of [root, ...rooms.map((room) => join(root, room))]) {
  const { dependencies, devDependencies, optionalDependencies, peerDependencies } = manifestOf(folder);
  const all = { ...dependencies, ...devDependencies, ...optionalDependencies, ...peerDependencies };
  for (const [name, version] of Object.entries(all)) if (!ours.test(name)) direct.set(name, { version, folder });
}

const listed = readFileSync(join(root, "docs/dependencies.md"), "utf8")
  .split("\n")
  .flatMap((line) => /^\| `([^`]+)` \|/.exec(line)?.[1] ?? []);

it("lists every direct dependency of every package, once, and nothing else", () => {
  expect(listed.toSorted()).toEqual([...direct.keys()].sort());
});

it("pins exact versions", () => {
  expect([...direct].filter(([, { version }]) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
});

it("installs no direct dependency that runs a script at install", () => {
  const hooks = ["preinstall", "install", "postinstall"];
  const installed = [...direct].flatMap(([name, { folder }]) => {
    const place = [join(folder, "node_modules", name), join(root, "node_modules", name)].find((path) =>
      existsSync(path),
    );
    return place === undefined ? [] : [{ name, scripts: Object.keys(manifestOf(place).scripts ?? {}) }];
  });
  expect(installed.length).toBeGreaterThan(20);
  expect(installed.filter(({ scripts }) => scripts.some((script) => hooks.includes(script)))).toEqual([]);
});
