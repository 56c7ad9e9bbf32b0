import { readdir, readFile, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { sha256 } from "@artesian/data/hash.ts"; // alone: commands start sooner

/**
 * Digest of source files: their names and contents, whatever folder the project lies in. Folders count with all files below them,
 * tests, texts (.md) and node_modules left out.
 * @param files paths or file URLs
 */
export async function digestFiles(files: readonly string[]): Promise<string> {
  const parts: string[] = [];
  for (const file of files) {
    const path = file.startsWith("file:") ? fileURLToPath(file) : file;
    for (const [name, content] of await contents(path, basename(path))) parts.push(`${name} ${sha256(content)}`);
  }
  return sha256(parts.sort().join("\n"));
}

async function contents(path: string, name: string): Promise<[string, Uint8Array][]> {
  if (!(await stat(path)).isDirectory()) return [[name, await readFile(path)]];
  const entries = await readdir(path, { withFileTypes: true });
  const found: [string, Uint8Array][] = [];
  for (const entry of entries) {
    if (entry.name === "node_modules" || entry.name.startsWith(".") || /\.test\.[jt]sx?$|\.md$/.test(entry.name))
      continue;
    found.push(...(await contents(join(path, entry.name), `${name}/${entry.name}`)));
  }
  return found;
}
