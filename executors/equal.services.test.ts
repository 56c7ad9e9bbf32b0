import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { attempt, conformance, run, until } from "./conformance.test-support.ts";
import { containerExecutor } from "./container-executor.ts";
import { processExecutor } from "./process-executor.ts";
import { slurmExecutor } from "./slurm-executor.ts";

// Every kind passes the same suite, in which the digest of one task's output is written down: so they are equal.
const image = "localhost/artesian-test-busybox";
const root = mkdtempSync(join(tmpdir(), "artesian-busybox-"));
const settings = {
  run: ["--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024"],
  limits: false,
};
const runtimes = [
  ["podman"],
  ["podman", "--cgroup-manager=cgroupfs", "--runtime", "runc"],
  ["podman", "--cgroup-manager=cgroupfs", "--runtime", "runc", "--storage-driver=vfs"],
];

/** How containers run here, with an image of a static busybox and nothing else; undefined when they do not. */
function containers(): string[] | undefined {
  const busybox = "/bin/busybox";
  if (spawnSync("podman", ["--version"]).status !== 0 || spawnSync(busybox, ["true"]).status !== 0) return undefined;
  if (spawnSync("ldd", [busybox]).status === 0) return undefined;
  mkdirSync(join(root, "image/bin"), { recursive: true });
  copyFileSync(busybox, join(root, "image/bin/busybox"));
  execFileSync("chroot", [join(root, "image"), "/bin/busybox", "--install", "/bin"]);
  execFileSync("tar", ["cf", join(root, "image.tar"), "-C", join(root, "image"), "."]);
  return runtimes.find(([program = "", ...before]) => {
    const made = spawnSync(program, [...before, "import", join(root, "image.tar"), image]);
    const ran = spawnSync(program, [...before, "run", "--rm", ...settings.run, image, "/bin/true"]);
    return made.status === 0 && ran.status === 0;
  });
}

const runtime = process.platform === "linux" && process.getuid?.() === 0 ? containers() : undefined;
const slurm = process.env.SLURM_CONF !== undefined && spawnSync("sinfo", ["--noheader"]).stdout?.includes("main");
afterAll(() => {
  const [program = "", ...before] = runtime ?? [];
  if (runtime !== undefined) spawnSync(program, [...before, "rmi", "--force", image]);
  rmSync(root, { recursive: true, force: true });
});

conformance("process", () => processExecutor(process.env));
if (runtime === undefined) it.skip("5 tests of containers run where podman and a static busybox do, as root", () => {});
else {
  const make = () => containerExecutor({ runtime, ...settings }, process.env);
  conformance("container", make, image);
  it("a container sees its working folder and no network", async () => {
    const scope = mkdtempSync(join(root, "sees-"));
    const spec = attempt({ attemptId: "sees-1", image, argv: ["-c", "pwd; ls; ls /sys/class/net"] });
    const refs = await run(make(), scope, [spec]);
    expect(await until(make(), refs, "exited", "cut")).toMatchObject([{ exit: { code: 0 } }]);
    expect(execFileSync("cat", [join(scope, "sees-1/stdout")], { encoding: "utf8" })).toBe("/work\nlo\n");
  });
}

if (!slurm) it.skip("8 tests of SLURM run with it: scripts/services up slurm, then set SLURM_CONF", () => {});
else {
  const plain = { sbatch: [], preemptible: ["--partition=spare"], array: 3 };
  conformance("slurm", () => slurmExecutor(plain, process.env));
  if (runtime !== undefined)
    conformance(
      "slurm with containers",
      () => slurmExecutor({ ...plain, containers: { runtime, ...settings } }, process.env),
      image,
    );

  describe("the slurm executor", () => {
    it("makes arrays of attempts alike, each with its own end", { timeout: 90_000 }, async () => {
      const scope = mkdtempSync(join(root, "arrays-"));
      const executor = slurmExecutor(plain, process.env);
      const specs = Array.from({ length: 7 }, (_, index) =>
        attempt({ attemptId: `array-${index}`, argv: ["-c", `exit ${index}`] }),
      );
      const refs = await run(executor, scope, specs);
      expect(new Set(refs.map(({ handle }) => handle.split("_")[0])).size).toBe(3);
      const states = await until(executor, refs, "exited", "cut");
      expect(states.map((state) => (state.state === "exited" ? state.exit.code : state))).toEqual([
        0, 1, 2, 3, 4, 5, 6,
      ]);
    });

    it("tells a preempted attempt from a failed one", { timeout: 90_000 }, async () => {
      const scope = mkdtempSync(join(root, "spare-"));
      const executor = slurmExecutor(plain, process.env);
      const spec = attempt({
        attemptId: "spare-1",
        argv: ["-c", "sleep 300"],
        preemptible: true,
        resources: { cpu: 8 },
      });
      const refs = await run(executor, scope, [spec]);
      await until(executor, refs, "running");
      const urgent = attempt({ attemptId: "urgent-1", argv: ["-c", "true"], resources: { cpu: 8 } });
      const other = await run(executor, scope, [urgent]);
      expect(await until(executor, refs, "exited", "cut")).toMatchObject([{ state: "cut", how: "preempted" }]);
      expect(await until(executor, other, "exited", "cut")).toMatchObject([{ state: "exited" }]);
    });
  });
}
