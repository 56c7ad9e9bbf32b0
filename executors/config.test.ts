import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { readExecutors } from "./config.ts";
import { sbatchOptions } from "./slurm-executor.ts";

const root = mkdtempSync(join(tmpdir(), "artesian-executors-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const read = (document: unknown) => {
  const file = join(root, "executors.json");
  writeFileSync(file, typeof document === "string" ? document : JSON.stringify(document));
  return readExecutors(file);
};

it("reads executors of every kind, and none from a file that is not there", () => {
  expect(readExecutors(join(root, "absent.json"))).toEqual({});
  const volume = { claim: "attempts", mountPath: "/attempts" };
  const found = read({
    local: { kind: "process" },
    boxes: { kind: "container", runtime: ["podman", "--runtime", "runc"], run: ["--ulimit", "nofile=1024:1024"] },
    cluster: { kind: "slurm", sbatch: ["--partition=long"], containers: {} },
    k8s: { kind: "kubernetes", server: "https://k8s.example", namespace: "lab", volume },
    cloud: { kind: "aws-batch", region: "eu-central-1", queue: "lab", definition: "tools:3" },
  });
  expect(Object.values(found).map(({ kind }) => kind)).toEqual([
    "process",
    "container",
    "slurm",
    "kubernetes",
    "aws-batch",
  ]);
});

it.each([
  ["{", "is not JSON"],
  [{ local: { kind: "process", cores: 3 } }, "local: Unrecognized key"],
  [{ local: { kind: "pbs" } }, "local.kind"],
  [{ thread: { kind: "process" } }, "thread and lease are the engine's own"],
  [{ cloud: { kind: "aws-batch", region: "r", queue: "q" } }, "cloud.definition"],
])("names what is wrong with %j", (document, said) => {
  expect(() => read(document)).toThrow(said);
});

it("asks SLURM for everything that a task asks for", () => {
  const resources = { cpu: 1.5, memoryMb: 100.2, gpu: 2, timeS: 61, diskMb: 5 };
  const settings = { sbatch: ["--account=lab"], preemptible: ["--partition=spare"], array: 10 };
  expect(sbatchOptions(settings, { resources, priority: -3, preemptible: true })).toEqual([
    "--no-requeue",
    "--cpus-per-task=2",
    "--mem=101M",
    "--gres=gpu:2",
    "--time=2",
    "--tmp=5M",
    "--nice=3",
    "--account=lab",
    "--partition=spare",
  ]);
});
