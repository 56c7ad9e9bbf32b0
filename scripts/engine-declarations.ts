import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";

const root = join(import.meta.dirname, "..");

/** Sources of a room that others get: tests and their fixtures are left out. */
function sourcesOf(room: string): string[] {
  return readdirSync(join(root, room), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts") && !/\.test(-support)?\.ts$/.test(entry.name))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .filter((path) => !/(^|\/)(fixtures|node_modules|dist)\//.test(path));
}

/** Which file of `data/` gives a name that its index re-exports. */
function homesOf(index: string): Map<string, string> {
  const homes = new Map<string, string>();
  for (const [, names = "", file = ""] of index.matchAll(/export (?:type )?\{([^}]*)\} from "\.\/([^"]+)";/g))
    for (const name of names.split(",")) homes.set(name.replace(/^\s*(type )?/, "").trim(), file);
  return homes;
}

/** Imports of `data/` as imports of its files, beside the engine's. */
function relocate(text: string, from: string, homes: ReadonlyMap<string, string>): string {
  const to = (file: string): string => {
    const path = relative(dirname(from), join("data", file));
    return path.startsWith(".") ? path : `./${path}`;
  };
  return text
    .replaceAll(/"@artesian\/data\/([^"]+)"/g, (_, file: string) => `"${to(file)}"`)
    .replaceAll(/import (type )?\{([^}]*)\} from "@artesian\/data";/g, (_, type = "", names: string) =>
      [
        ...Map.groupBy(
          names
            .split(",")
            .map((name) => name.trim())
            .filter(Boolean),
          (name) => homes.get(name.replace(/^type /, "")) ?? "",
        ),
      ]
        .map(([file, these]) => {
          if (file === "") throw new Error(`${from}: data/index.ts does not give ${these.join(", ")}.`);
          return `import ${type}{ ${these.join(", ")} } from "${to(file)}";`;
        })
        .join("\n"),
    );
}

/** Copies the engine, and of `data/` what it needs, into `folder`; imports lead from file to file there. */
export function stageEngine(folder: string): void {
  const homes = homesOf(readFileSync(join(root, "data/index.ts"), "utf8"));
  const waiting = sourcesOf("engine");
  const done = new Set<string>();
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (done.has(path)) continue;
    done.add(path);
    const text = relocate(readFileSync(join(root, path), "utf8"), path, homes);
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
    for (const [, target = ""] of text.matchAll(/from "(\.[^"]+\.ts)"/g)) {
      const file = join(dirname(path), target);
      if (file.startsWith("data/")) waiting.push(file);
    }
  }
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  cpSync(join(root, "package.json"), join(folder, "package.json"));
}

/**
 * Compiles what was staged: JavaScript with declarations, or declarations alone.
 * @throws Error with what the compiler says
 */
export function compileStaged(folder: string, out: string, declarationsOnly: boolean): void {
  const config = {
    extends: join(root, "tsconfig.json"),
    compilerOptions: {
      noEmit: false,
      allowImportingTsExtensions: false,
      rewriteRelativeImportExtensions: true,
      declaration: true,
      emitDeclarationOnly: declarationsOnly,
      rootDir: folder,
      outDir: out,
      typeRoots: [join(root, "node_modules/@types")],
    },
    include: [join(folder, "engine/**/*.ts")],
    exclude: [],
  };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  const { status, stdout } = spawnSync(process.execPath, [tsc, "-p", join(folder, "tsconfig.json")], {
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`The engine does not compile by itself:\n${stdout}`);
}
