import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { attemptFolder, prepareAttempt } from "./attempt-folder.ts";
import { attempt } from "./conformance.test-support.ts";
import type { AttemptRef, Executor } from "./executor.ts";
import { remoteExecutor } from "./remote-executor.ts";

let scope = "";
let now = 0;
/** What the scheduler says: states by its names of jobs. */
let jobs: Map<string, "queued" | "running">;
let cancelled: string[];
let executor: Executor;
beforeEach(() => {
  scope = mkdtempSync(join(tmpdir(), "artesian-remote-"));
  now = 0;
  jobs = new Map();
  cancelled = [];
  let submitted = 0;
  const remote = {
    kind: "test",
    capabilities: { images: "never", resources: [], outlives: true, array: 1 },
    commandOf: () => ["true"],
    alike: () => "",
    submit: async () => {
      jobs.set(`job-${++submitted}`, "queued");
      return [`job-${submitted}`];
    },
    states: async (refs: readonly AttemptRef[]) =>
      new Map(
        refs.flatMap(({ handle }) => {
          const state = jobs.get(handle);
          return state === undefined ? [] : [[handle, { state }] as const];
        }),
      ),
    cancel: async (handles: readonly string[]) => void cancelled.push(...handles),
  } as const;
  executor = remoteExecutor(remote, () => now);
});
afterEach(() => rmSync(scope, { recursive: true, force: true }));

const dir = (): string => attemptFolder(scope, "a-1");
async function submit(): Promise<AttemptRef> {
  const spec = attempt({ attemptId: "a-1" });
  await prepareAttempt(scope, spec, ["sleep", "0"], async () => {});
  const [ref] = await executor.submit([spec], scope);
  if (ref === undefined) throw new Error("not taken");
  return ref;
}
/** A job begins: its wrapper claims the attempt, and goes on as if its command took long. */
function begin(job: string): void {
  spawnSync("sh", [join(dir(), "run.sh")], { env: { ...process.env, ARTESIAN_HANDLE: job } });
  rmSync(join(dir(), "exit.json"), { force: true });
  jobs.set(job, "running");
}
const stateOf = async (ref: AttemptRef): Promise<string> => (await executor.poll([ref]))[0]?.state ?? "";

it("an attempt that was handed over twice is followed by the job that runs it, whichever was noted", async () => {
  await submit();
  const second = await submit();
  begin("job-1");
  // the second finds the claim and ends at once: its scheduler soon knows no more of it
  jobs.delete("job-2");
  for (now = 0; now < 60_000; now += 5000) expect(await stateOf(second)).toBe("running");
  await executor.cancel([second]);
  expect(cancelled.sort()).toEqual(["job-1", "job-2"]);
  jobs.clear();
  expect(await stateOf(second)).toBe("running");
  now += 20_000;
  expect((await executor.poll([second]))[0]).toMatchObject({
    state: "cut",
    how: "lost",
    reason: expect.stringContaining("job-1"),
  });
});

it("a job that began before its name was noted is found by what it wrote itself", async () => {
  const ref = await submit();
  rmSync(join(dir(), "ref.json"));
  expect(await executor.adopt(scope, ["a-1"])).toEqual([]);
  begin("job-1");
  expect(existsSync(join(dir(), "handle"))).toBe(true);
  expect(await executor.adopt(scope, ["a-1"])).toEqual([ref]);
});
