/** The JavaScript that a page needs before it is useful, gzipped, from the build's manifest; exits 1 above the budget. */
import { existsSync, readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

/** Most JavaScript of the first page, in kB gzipped. */
export const FIRST_PAGE_BUDGET_KB = 250;

/** An entry of Vite's manifest. */
export interface ManifestEntry {
  file: string;
  src?: string;
  isEntry?: boolean;
  isDynamicEntry?: boolean;
  imports?: string[];
}
/** Vite's manifest: module → what was built from it. */
export type Manifest = Readonly<Record<string, ManifestEntry>>;

/** The built files that an entry loads before it runs: itself and its static imports, each once. */
export function filesOf(manifest: Manifest, entry: string): string[] {
  const seen = new Set<string>();
  const files: string[] = [];
  const visit = (name: string): void => {
    const found = manifest[name];
    if (!found || seen.has(name)) return;
    seen.add(name);
    if (found.file.endsWith(".js")) files.push(found.file);
    for (const imported of found.imports ?? []) visit(imported);
  };
  visit(entry);
  return files;
}

/** Gzipped size of every page: the frame's files plus those of the page itself. */
export function pageSizes(manifest: Manifest, sizeOf: (file: string) => number): { page: string; kB: number }[] {
  const entry = Object.keys(manifest).find((name) => manifest[name]?.isEntry) ?? "";
  const frame = filesOf(manifest, entry);
  const pages = Object.keys(manifest).filter((name) => manifest[name]?.isDynamicEntry && name.startsWith("pages/"));
  const total = (files: readonly string[]): number => files.reduce((sum, file) => sum + sizeOf(file), 0) / 1000;
  return [
    { page: "first page (home)", kB: total(frame) },
    ...pages.map((page) => ({ page, kB: total([...new Set([...frame, ...filesOf(manifest, page)])]) })),
  ];
}

if (import.meta.main) {
  const dist = new URL("dist/", import.meta.url);
  const manifestUrl = new URL(".vite/manifest.json", dist);
  if (!existsSync(manifestUrl)) {
    process.stderr.write("web/dist is not built: run `vite build web` first.\n");
    process.exit(2);
  }
  const manifest = JSON.parse(readFileSync(manifestUrl, "utf8")) as Manifest;
  const sizes = pageSizes(manifest, (file) => gzipSync(readFileSync(new URL(file, dist))).length);
  for (const { page, kB } of sizes) process.stdout.write(`${kB.toFixed(1).padStart(8)} kB  ${page}\n`);
  const first = sizes[0]?.kB ?? 0;
  process.stdout.write(
    `${first <= FIRST_PAGE_BUDGET_KB ? "within" : "ABOVE"} the budget of ${FIRST_PAGE_BUDGET_KB} kB for the first page\n`,
  );
  process.exitCode = first <= FIRST_PAGE_BUDGET_KB ? 0 : 1;
}
