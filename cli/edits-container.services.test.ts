import { execFileSync, spawnSync } from "node:child_process";
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { fastqText, simulateSample } from "@artesian/editing";
import { afterAll, describe, expect, it } from "vitest";

const root = mkdtempSync(join(tmpdir(), "artesian-container-"));
afterAll(() => {
  if (how !== undefined) spawnSync("podman", ["rmi", "--force", image]);
  rmSync(root, { recursive: true, force: true });
});
const repository = dirname(import.meta.dirname);
const image = "artesian-test-node";

const limits = ["--ulimit", "nofile=4096:4096", "--ulimit", "nproc=1000:1000"];
const runtimes = [["--cgroup-manager=cgroupfs", "--runtime=runc"], []];

/** An image of nothing but this Node and the libraries that it and its packages are linked with. */
function makeImage(): boolean {
  const files = join(root, "image");
  mkdirSync(join(files, "tmp"), { recursive: true });
  const linked = execFileSync("ldd", [process.execPath], { encoding: "utf8" }).match(/\/\S+/g) ?? [];
  const libraries = dirname(linked.find((path) => path.includes("libc.so")) ?? "/lib");
  const more = ["libresolv.so.2", "librt.so.1"].map((name) => join(libraries, name));
  for (const path of [...linked, ...more]) {
    mkdirSync(join(files, dirname(path)), { recursive: true });
    copyFileSync(path, join(files, path));
  }
  mkdirSync(join(files, "bin"), { recursive: true });
  copyFileSync(process.execPath, join(files, "bin/node"));
  execFileSync("chmod", ["755", join(files, "bin/node")]);
  execFileSync("tar", ["cf", join(root, "image.tar"), "-C", files, "."]);
  return spawnSync("podman", ["import", join(root, "image.tar"), image]).status === 0;
}

const inContainer = (how: readonly string[], words: readonly string[]) =>
  spawnSync(
    "podman",
    [...how, "run", "--rm", "--network=none", ...limits]
      .concat(["-v", `${repository}:${repository}:ro`, "-v", `${root}:${root}`, "-w", root, image, "/bin/node"])
      .concat(words),
    { encoding: "utf8" },
  );

/** How containers run here; undefined when they do not. */
function containers(): readonly string[] | undefined {
  if (spawnSync("podman", ["--version"]).status !== 0 || !makeImage()) return undefined;
  return runtimes.find((how) => inContainer(how, ["--version"]).stdout?.trim() === process.version);
}

const how = process.platform === "linux" ? containers() : undefined;
if (how === undefined) console.warn("No containers here (podman, runc): one test of equal bytes is skipped.");

/** Every file below a folder with its bytes. */
function filesOf(folder: string, below = ""): [string, string][] {
  return readdirSync(join(folder, below))
    .sort()
    .flatMap((name): [string, string][] => {
      const path = join(below, name);
      if (statSync(join(folder, path)).isDirectory()) return filesOf(folder, path);
      return [[path, readFileSync(join(folder, path)).toString("base64")]];
    });
}

describe.skipIf(how === undefined)("edits in a container", () => {
  it("come out byte for byte as in a process", { timeout: 180_000 }, () => {
    const guide = "GGAATCCCTTCTGCAGCACC";
    const amplicon = `TTGACCTAGCATCGGATTACAGGCTATCCAGTTACG${guide}TGGATCGCTTTAGCACGTACTTGCAATCGGTCAATGCATTGC`;
    const cut = amplicon.indexOf(guide) + 17;
    const plan = { amplicon, cut, molecules: 400, nhej: { share: 0.4 }, otherStrand: 0.5, readLength: 80 };
    for (const [name, text] of Object.entries(fastqText(simulateSample({ seed: 3, ...plan }))))
      writeFileSync(join(root, `${name}.fastq.gz`), gzipSync(text));
    const words = (out: string): string[] =>
      [join(repository, "cli/main.ts"), "edits", "run", "--reads", "r1.fastq.gz", "r2.fastq.gz"].concat([
        ...["--amplicon", amplicon, "--guide", guide, "--sample", "S1", "--bam", "--out", join(root, out)],
      ]);
    const contained = inContainer(how ?? [], words("container"));
    expect(contained.status, contained.stderr).toBe(0);
    const own = spawnSync(process.execPath, words("process"), { cwd: root, encoding: "utf8" });
    expect(own.status, own.stderr).toBe(0);
    const [inside, outside] = [filesOf(join(root, "container")), filesOf(join(root, "process"))];
    expect(inside.map(([name]) => basename(name))).toContain("editing.json");
    expect(inside).toEqual(outside);
  });
});
