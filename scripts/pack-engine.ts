/**
 * The engine as a package of its own: `npm run pack:engine`, or with `-- --bundle` one that holds its dependencies and so installs without a
 * registry. JavaScript with types: Node runs no TypeScript below node_modules. Prints the tarball's path.
 */
import { spawnSync } from "node:child_process";
import {
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { compileStaged, stageEngine } from "./engine-declarations.ts";

const root = join(import.meta.dirname, "..");

interface Manifest {
  name: string;
  version: string;
  description: string;
  license: string;
  engines?: { node: string };
  dependencies?: Record<string, string>;
}

const manifestOf = (folder: string): Manifest =>
  JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;

/** Everything below a package that it needs to run; optional dependencies are left out. */
function closureOf(names: readonly string[]): string[] {
  const found = new Set<string>();
  const waiting = [...names];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (found.has(name)) continue;
    found.add(name);
    waiting.push(...Object.keys(manifestOf(join(root, "node_modules", name)).dependencies ?? {}));
  }
  return [...found].sort();
}

/** Threads are started by a file's name, which the compiler leaves as it is. */
function nameCompiledThreads(folder: string): void {
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !entry.name.endsWith(".js")) continue;
    const path = join(entry.parentPath, entry.name);
    const text = readFileSync(path, "utf8");
    const named = text.replaceAll(
      /new URL\("(\.\/[a-z-]+)\.ts", import\.meta\.url\)/g,
      'new URL("$1.js", import.meta.url)',
    );
    if (named !== text) writeFileSync(path, named);
  }
}

/** The room's README, whose links lead out of the package, as text. */
function readme(): string {
  return readFileSync(join(root, "engine/README.md"), "utf8").replaceAll(/\[([^\]]+)\]\(\.\.\/[^)]+\)/g, "$1");
}

/**
 * Packs the engine.
 * @param out folder of the tarball
 * @param bundle whether its dependencies lie in it
 * @returns the tarball's path
 */
export function packEngine(out: string, bundle: boolean): string {
  const staged = mkdtempSync(join(tmpdir(), "engine-pack-"));
  try {
    const [sources, folder] = [join(staged, "sources"), join(staged, "package")];
    mkdirSync(sources);
    stageEngine(sources);
    compileStaged(sources, join(folder, "dist"), false);
    nameCompiledThreads(join(folder, "dist"));
    const { name, version, description, license, dependencies = {} } = manifestOf(join(root, "engine"));
    const { "@artesian/data": _ours, ...foreign } = dependencies;
    const bundled = bundle ? closureOf(Object.keys(foreign)) : [];
    const manifest = {
      name,
      version,
      description,
      license,
      type: "module",
      engines: { node: ">=26" },
      exports: { ".": { types: "./dist/engine/index.d.ts", default: "./dist/engine/index.js" } },
      files: ["dist"],
      dependencies: foreign,
      ...(bundle ? { bundleDependencies: Object.keys(foreign) } : {}),
    };
    writeFileSync(join(folder, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
    writeFileSync(join(folder, "README.md"), readme());
    copyFileSync(join(root, "LICENSE"), join(folder, "LICENSE"));
    for (const one of bundled)
      cpSync(join(root, "node_modules", one), join(folder, "node_modules", one), {
        recursive: true,
        dereference: true,
      });
    mkdirSync(out, { recursive: true });
    const packed = spawnSync("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", resolve(out)], {
      cwd: folder,
      encoding: "utf8",
    });
    if (packed.status !== 0) throw new Error(`npm pack: ${packed.stderr}`);
    const [{ filename } = { filename: "" }] = JSON.parse(packed.stdout) as { filename: string }[];
    return join(resolve(out), filename);
  } finally {
    rmSync(staged, { recursive: true, force: true });
  }
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: { bundle: { type: "boolean", default: false }, out: { type: "string", default: "." } },
  });
  console.log(packEngine(values.out, values.bundle));
}
