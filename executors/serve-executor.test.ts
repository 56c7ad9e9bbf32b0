import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compile, openEmbedded, type Runtime, type Value } from "@artesian/engine";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { AttemptState, Executor } from "./executor.ts";
import { processExecutor } from "./process-executor.ts";
import { type ExecutorServing, serveByExecutor } from "./serve-executor.ts";

let root = "";
let runtime: Runtime | undefined;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "artesian-serve-"));
});
afterEach(async () => {
  await runtime?.stop(0);
  runtime = undefined;
  rmSync(root, { recursive: true, force: true });
});

/** Runs one task node by an executor until everything is done. */
async function run(
  parameters: object,
  values: readonly Value[],
  given: { serving?: Partial<ExecutorServing>; node?: object; drain?: boolean } = {},
): Promise<Runtime> {
  const plan = compile({
    name: "test",
    graph: {
      wells: { type: "topic-stream", "topic-name": "wells", key: "{well}" },
      ran: {
        type: "external-task",
        stream: "wells",
        "task-name": "ran",
        executor: "local",
        retry: { attempts: 2, delayMs: 0 },
        parameters,
        ...given.node,
      },
    },
  } as Parameters<typeof compile>[0]);
  const serving: ExecutorServing = {
    executor: processExecutor(process.env),
    scope: join(root, "attempts"),
    outputs: join(root, "outputs"),
    slots: 16,
    share: { cpu: 16, memoryMb: 16_000 },
    pollMs: 20,
    atStop: "leave",
    folder: root,
    env: process.env,
    onTrouble: (error) => {
      throw error;
    },
    ...given.serving,
  };
  runtime = await openEmbedded({
    dir: join(root, "engine"),
    plans: [plan],
    executors: { local: serveByExecutor(serving) },
  });
  await runtime.append(
    "wells",
    values.map((value, index) => ({ value, eventId: String(index) })),
  );
  if (given.drain !== false) await runtime.drain();
  return runtime;
}
const results = (of: Runtime) =>
  of.partitions("test.ran").flatMap(({ partition, next }) => of.readTopic("test.ran", partition, 0, next));
const shell = (script: string, more: object = {}) => ({ command: "sh", argv: ["-c", script], ...more });

/** An executor whose polls say of the first attempts what a scheduler would. */
function interrupted(by: (attemptId: string) => AttemptState | undefined): Executor {
  const real = processExecutor(process.env);
  return {
    ...real,
    async poll(refs) {
      const states = await real.poll(refs);
      return states.map((state, index) => by(refs[index]?.attemptId ?? "") ?? state);
    },
  };
}

it("preemption costs no attempt: the task runs again in a folder of its own, and is kept among the attempts", async () => {
  const taken = new Set<string>();
  const executor = interrupted((attemptId) => {
    if (taken.size >= 5 && !taken.has(attemptId)) return undefined;
    taken.add(attemptId);
    return { state: "cut", how: "preempted", reason: "the spot was taken back" };
  });
  const engine = await run(shell("echo '{\"ok\": true}'"), [{ well: "A01" }], {
    serving: { executor },
    node: { retry: { attempts: 1 } },
  });
  expect(results(engine)).toMatchObject([{ value: { ok: true } }]);
  const [task] = engine.tasks();
  expect(task).toMatchObject({ state: "done", attempts: 1 });
  const outcomes = engine.task(task?.taskId ?? "")?.attemptRows.map(({ outcome }) => outcome);
  expect(outcomes).toEqual([...Array.from({ length: 5 }, () => "preempted"), "done"]);
  expect(readdirSync(join(root, "attempts")).filter((name) => !name.startsWith("."))).toHaveLength(6);
});

it("an attempt that was lost is an attempt: the task fails when it has no more", async () => {
  const executor = interrupted(() => ({ state: "cut", how: "lost", reason: "gone" }));
  const engine = await run(shell("true"), [{ well: "A01" }], { serving: { executor } });
  expect(results(engine)).toMatchObject([{ failure: { code: "executors/lost" } }]);
  expect(engine.tasks()).toMatchObject([{ state: "failed", attempts: 2 }]);
});

it("exit code 65 says that the input is wrong, and is not tried again", async () => {
  const engine = await run(shell("echo no such well >&2; exit 65"), [{ well: "A01" }]);
  expect(engine.deadLetters()).toMatchObject([
    { code: "executors/exit-code", message: expect.stringContaining("no such well") },
  ]);
  expect(engine.tasks()).toMatchObject([{ attempts: 1 }]);
});

it("ends what runs longer than its node allows, and says so", async () => {
  const node = { resources: { timeS: 0.3 }, retry: { attempts: 1 } };
  const engine = await run(shell("sleep 60"), [{ well: "A01" }], { node });
  expect(engine.deadLetters()).toMatchObject([
    { code: "executors/time-limit", message: expect.stringContaining("0.3 s") },
  ]);
});

it("refuses what the executor does not have, rather than leaving it aside", async () => {
  const gpu = await run(shell("true"), [{ well: "A01" }], { node: { resources: { gpu: 1 } } });
  expect(gpu.deadLetters()).toMatchObject([{ code: "executors/resources", message: expect.stringContaining("gpu") }]);
  await gpu.stop();
  rmSync(join(root, "engine"), { recursive: true });
  const image = await run(shell("true", { image: "busybox" }), [{ well: "A01" }]);
  expect(image.deadLetters()).toMatchObject([{ code: "executors/resources" }]);
});

it("runs at one time what the cores are enough for, and never more than the node's concurrency", async () => {
  const most = async (node: object): Promise<number> => {
    rmSync(root, { recursive: true, force: true });
    const log = join(root, "log");
    const script = `echo + >> '${log}'; sleep 0.3; echo - >> '${log}'`;
    const wells = Array.from({ length: 6 }, (_, index) => ({ well: `A0${index}` }));
    const engine = await run(shell(script), wells, { node, serving: { share: { cpu: 4, memoryMb: 1000 } } });
    await engine.stop();
    let running = 0;
    return Math.max(
      ...readFileSync(log, "utf8")
        .trim()
        .split("\n")
        .map((sign) => (sign === "+" ? ++running : --running)),
    );
  };
  expect(await most({ resources: { cpu: 2 } })).toBe(2);
  expect(await most({ resources: { cpu: 1, memoryMb: 400 } })).toBe(2);
  expect(await most({ concurrency: 1 })).toBe(1);
});

it("trap 6: of two attempts of one task each writes below its own prefix, the first pointer stays, later ones repeat it", async () => {
  const executor = processExecutor(process.env);
  const parameters = shell("echo $ARTESIAN_ATTEMPT > made.txt; [ $ARTESIAN_ATTEMPT = 2 ]", {
    outputs: [{ glob: "*.txt" }],
  });
  const engine = await run(parameters, [{ well: "A01" }], { serving: { executor } });
  const [{ value }] = results(engine) as unknown as [{ value: { outputs: { uri: string }[] } }];
  expect(value.outputs).toHaveLength(1);
  expect(readFileSync(value.outputs[0]?.uri ?? "", "utf8")).toBe("2\n");
  const [task] = engine.tasks();
  const pointer = join(root, "outputs/tasks", `${task?.taskId}.json`);
  const first = readFileSync(pointer, "utf8");
  const { publishOutputs } = await import("./outputs.ts");
  const work = join(root, "late");
  const spec = {
    taskId: task?.taskId ?? "",
    attemptId: "late-9",
    outputs: [{ glob: "*.txt", uri: join(root, "outputs") }],
  };
  const late = await publishOutputs(spec, work, {}, new AbortController().signal);
  expect(late).toEqual(JSON.parse(first));
  expect(readFileSync(pointer, "utf8")).toBe(first);
  expect(existsSync(join(root, "outputs/attempts/late-9"))).toBe(false);
});

it("trap 6: two attempts that end at one moment leave one whole set of files, the one that the pointer names", async () => {
  const { publishOutputs } = await import("./outputs.ts");
  const publish = (attemptId: string) => {
    const work = join(root, attemptId);
    mkdirSync(work);
    writeFileSync(join(work, "made.txt"), attemptId);
    const spec = { taskId: "t", attemptId, outputs: [{ glob: "*.txt", uri: join(root, "outputs") }] };
    return publishOutputs(spec, work, {}, new AbortController().signal);
  };
  const [one, other] = await Promise.all([publish("t-1"), publish("t-2")]);
  expect(one).toEqual(other);
  expect(readFileSync(one.files[0]?.uri ?? "", "utf8")).toBe(one.attemptId);
  const left = readdirSync(join(root, "outputs/attempts"), { recursive: true }).map(String);
  expect(left.filter((path) => path.endsWith(".txt"))).toEqual([join(one.attemptId, "made.txt")]);
});

it("stages inputs under their names, and refuses one that was replaced", async () => {
  writeFileSync(join(root, "a.txt"), "a");
  writeFileSync(join(root, "b.txt"), "b");
  const sha256 = "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb";
  const inputs = [{ each: "images", uri: "{file}", sha256: "{sha256}", as: "in/{channel}.txt" }];
  const engine = await run(shell('printf \'{"read": "%s"}\' "$(cat in/*.txt)"', { inputs }), [
    { well: "A01", images: [{ channel: "DNA", file: "a.txt", sha256 }] },
    { well: "A02", images: [{ channel: "DNA", file: "b.txt", sha256 }] },
  ]);
  const found = Object.fromEntries(
    results(engine).map(({ key, value, failure }) => [key, failure?.code ?? value.read]),
  );
  expect(found).toEqual({ A01: "a", A02: "executors/input-changed" });
});

it("names what is wrong with parameters that describe no command", async () => {
  const engine = await run(shell("echo {plate}"), [{ well: "A01" }]);
  expect(engine.deadLetters()).toMatchObject([
    { code: "executors/task-parameters", message: expect.stringContaining("{plate}") },
  ]);
  await engine.stop();
  rmSync(join(root, "engine"), { recursive: true });
  const leading = { each: "files", uri: "{uri}", as: "{name}" };
  const outside = await run(shell("true", { inputs: [leading] }), [
    { well: "A01", files: [{ uri: "a.txt", name: "../../x" }] },
  ]);
  expect(outside.deadLetters()).toMatchObject([{ message: expect.stringContaining('"../../x" lies outside') }]);
});

it("says which pattern no output fits, and what there is", async () => {
  const engine = await run(shell("touch here.tsv", { outputs: [{ glob: "*.csv" }] }), [{ well: "A01" }]);
  expect(engine.deadLetters()).toMatchObject([
    { code: "executors/missing-output", message: expect.stringContaining("here.tsv") },
  ]);
});

it("a stop leaves attempts running, and the next start takes them up", async () => {
  const script = `sleep 1; echo done >> '${join(root, "ran")}'; echo '{"ok": 1}'`;
  const engine = await run(shell(script), [{ well: "A01" }], { drain: false });
  for (
    const until = Date.now() + 5000;
    !existsSync(join(root, "attempts")) || engine.stats().nodes[1]?.tasks?.running !== 1;
  ) {
    if (Date.now() > until) throw new Error("not begun");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await engine.stop(0);
  const again = await run(shell(script), [{ well: "A01" }]);
  expect(results(again)).toMatchObject([{ value: { ok: 1 } }]);
  expect(readFileSync(join(root, "ran"), "utf8")).toBe("done\n");
  expect(again.tasks()).toMatchObject([{ attempts: 1 }]);
});
