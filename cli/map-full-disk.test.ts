import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { folderPlace } from "@artesian/data";
import { openCatalog, openGroup, readGroup, readGroupFile, simulatedFiles, simulateMap } from "@artesian/maps";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const root = mkdtempSync(join(tmpdir(), "artesian-map-disk-"));
const disk = join(root, "disk");
const mount = (...options: string[]): unknown =>
  execFileSync("mount", ["-t", "tmpfs", "-o", options.join(), "tmpfs", disk], { stdio: "pipe" });

/** Whether this machine lets us mount a small disk. */
const mountable = ((): boolean => {
  mkdirSync(disk);
  try {
    mount("size=64k");
    execFileSync("umount", [disk], { stdio: "pipe" });
    return true;
  } catch {
    return false;
  }
})();

function artesian(...words: string[]): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(import.meta.dirname, "main.ts"), ...words], {
    encoding: "utf8",
    cwd: root,
  });
  return { status, stdout, stderr };
}

/** A configuration whose store, or build, lies on the small disk. */
function config(name: string, where: { store: string; build: string }, seed = 1): string {
  const text = `map: small
${Object.entries(where)
  .map(([key, path]) => `${key}: ${path}\n`)
  .join("")}inputs: [{ profiles: profiles/plate_*.parquet }]
columns: { perturbation: Metadata_Gene, type: Metadata_Type, concentration: Metadata_Dose }
controls: { column: Metadata_Gene, values: [non-targeting] }
features: { prefix: Feature_ }
label: ${name}
seed: ${seed}
`;
  writeFileSync(join(root, `${name}.yml`), text);
  return `${name}.yml`;
}

describe.skipIf(!mountable)(
  `maps on a disk that fills up${mountable ? "" : " (SKIPPED, 3 tests: only root may mount a small disk)"}`,
  () => {
    beforeAll(() => {
      for (const [key, content] of simulatedFiles(simulateMap({ seed: 3, genes: 60, features: 12 }))) {
        mkdirSync(dirname(join(root, key)), { recursive: true });
        writeFileSync(join(root, key), content);
      }
      mount("size=600k");
    });
    afterAll(() => {
      execFileSync("umount", ["-l", disk], { stdio: "pipe" });
    });

    it("keep being read: publishing says that the disk is full, and the version before stays current and whole", async () => {
      const first = config("first", { store: "disk/maps", build: "build-1" });
      expect(artesian("map", "build", "--config", first).status).toBe(0);
      expect(artesian("map", "publish", "--config", first).status).toBe(0);
      const store = folderPlace(join(disk, "maps"));
      const { catalog: before } = await openCatalog(store);
      for (let n = 0, full = false; !full; n++) {
        try {
          writeFileSync(join(disk, `other-${n}`), Buffer.alloc(20_000));
        } catch {
          full = true;
        }
      }
      rmSync(join(disk, "other-0"));
      const second = config("second", { store: "disk/maps", build: "build-2" }, 2);
      expect(artesian("map", "build", "--config", second).status).toBe(0);
      const refused = artesian("map", "publish", "--config", second, "--force");
      expect(refused.status).toBe(1);
      expect(refused.stderr).toMatch(/The disk takes nothing more.*free some space and run the same command again/);
      expect(refused.stderr).toContain("[cli/disk-full]");
      const { catalog } = await openCatalog(store);
      expect(catalog).toEqual(before);
      const manifest = await openGroup(store, catalog, "small");
      await readGroup(store, manifest);
      for (const name of Object.keys(manifest.files)) await readGroupFile(store, manifest, name);
      expect(artesian("map", "list", "--store", "disk/maps").status).toBe(0);
    }, 60_000);

    it("are published by the same command once there is room, without what was left of the attempt", async () => {
      mount("remount", "size=20m");
      const published = artesian("map", "publish", "--config", "second.yml", "--force");
      expect(published).toMatchObject({ status: 0 });
      const store = folderPlace(join(disk, "maps"));
      const { catalog } = await openCatalog(store);
      expect(catalog.revision).toBe(2);
      await readGroup(store, await openGroup(store, catalog, "small"));
      const names = readdirSync(disk, { recursive: true, encoding: "utf8" });
      expect(names.filter((name) => name.endsWith(".part"))).toEqual([]);
    }, 60_000);

    it("are not built half: the build's record is written last, and the same command finishes it", () => {
      mount("remount", "size=20m");
      for (const name of readdirSync(disk)) rmSync(join(disk, name), { recursive: true });
      mount("remount", "size=80k");
      const built = config("third", { store: "maps", build: "disk/build" }, 3);
      const refused = artesian("map", "build", "--config", built);
      expect(refused.status).toBe(1);
      expect(refused.stderr).toContain("[cli/disk-full]");
      expect(readdirSync(join(disk, "build"))).not.toContain("build.json");
      mount("remount", "size=20m");
      expect(artesian("map", "build", "--config", built).status).toBe(0);
      expect(readdirSync(join(disk, "build"))).toContain("build.json");
      expect(artesian("map", "publish", "--config", built).status).toBe(0);
    }, 60_000);
  },
);

afterAll(() => rmSync(root, { recursive: true, force: true }));
