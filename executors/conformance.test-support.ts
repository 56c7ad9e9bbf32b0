import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { attemptFolder, prepareAttempt } from "./attempt-folder.ts";
import type { AttemptRef, AttemptState, Executor, TaskSpec } from "./executor.ts";
import { stageInputs } from "./inputs.ts";
import { publishOutputs } from "./outputs.ts";

/** SHA-256 of what `digestTask` makes, wherever it runs. */
export const digestOfTask = createHash("sha256").update("4\tP1\n9\tP2\n").digest("hex");

/** An attempt with what a test says of it. */
export function attempt(given: Partial<TaskSpec> & { attemptId: string }): TaskSpec {
  return {
    taskId: given.attemptId,
    command: "sh",
    argv: ["-c", "true"],
    inputs: [],
    outputs: [],
    resources: {},
    env: {},
    priority: 0,
    preemptible: false,
    ...given,
  };
}

/** Prepares attempts' folders and hands them over together. */
export async function run(executor: Executor, scope: string, specs: readonly TaskSpec[]): Promise<AttemptRef[]> {
  for (const spec of specs) {
    const dir = attemptFolder(scope, spec.attemptId);
    await prepareAttempt(scope, spec, executor.commandOf(spec, dir), (work) =>
      stageInputs(spec.inputs, work, {}, new AbortController().signal),
    );
  }
  return executor.submit(specs, scope);
}

/** Polls until every attempt is in one of `states`. */
export async function until(
  executor: Executor,
  refs: readonly AttemptRef[],
  ...states: AttemptState["state"][]
): Promise<AttemptState[]> {
  for (const end = Date.now() + 60_000; Date.now() < end; ) {
    const found = await executor.poll(refs);
    if (found.every(({ state }) => states.includes(state))) return found;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`After 60 s: ${JSON.stringify(await executor.poll(refs))}`);
}

/** What every kind of executor does alike. @param image where the kind wants one: an image with sh and the usual tools */
export function conformance(name: string, make: () => Executor, image?: string): void {
  describe(`the ${name} executor`, () => {
    const scope = mkdtempSync(join(tmpdir(), "artesian-attempts-"));
    afterAll(() => rmSync(scope, { recursive: true, force: true }));
    const executor = make();
    let number = 0;
    const spec = (script: string, more: Partial<TaskSpec> = {}): TaskSpec =>
      attempt({
        attemptId: `conf-${process.pid}-${number++}`,
        argv: ["-c", script],
        ...(image === undefined ? {} : { image }),
        ...more,
      });
    const said = (ref: AttemptRef | undefined, file = "stdout"): string =>
      readFileSync(join(ref?.dir ?? "", file), "utf8");

    it("runs commands with their arguments and variables, and keeps what they say and how they end", {
      timeout: 90_000,
    }, async () => {
      const refs = await run(executor, scope, [
        spec('echo "$A"; echo "$1|$2" >&2', {
          argv: ["-c", 'echo "$A"; echo "$1|$2" >&2', "x", "it's", 'a "b" $c'],
          env: { A: "ä ' \" $x" },
        }),
        spec("exit 7"),
        spec("no-such-program"),
      ]);
      const states = await until(executor, refs, "exited", "cut");
      expect(states.map((state) => (state.state === "exited" ? state.exit.code : state))).toEqual([0, 7, 127]);
      expect(said(refs[0])).toBe("ä ' \" $x\n");
      expect(said(refs[0], "stderr")).toBe('it\'s|a "b" $c\n');
    });

    it("makes equal outputs of equal inputs", { timeout: 90_000 }, async () => {
      const source = join(scope, `input-${number}.tsv`);
      writeFileSync(source, "P1\t4\nP2\t9\n");
      const task = spec("", {
        command: "awk",
        argv: ["-F", "\t", '{ print $2 "\t" $1 > "swapped.tsv" }', "in/table.tsv"],
        inputs: [{ uri: source, as: "in/table.tsv" }],
        outputs: [{ glob: "*.tsv", uri: join(scope, "published") }],
      });
      const refs = await run(executor, scope, [task]);
      expect(await until(executor, refs, "exited", "cut")).toMatchObject([{ state: "exited", exit: { code: 0 } }]);
      const work = join(refs[0]?.dir ?? "", "work");
      const { files } = await publishOutputs(task, work, {}, new AbortController().signal);
      expect(files).toMatchObject([{ path: "swapped.tsv", sha256: digestOfTask, sizeBytes: 10 }]);
    });

    it("ends what is called off, with everything it started, and leaves no exit code", {
      timeout: 90_000,
    }, async () => {
      const refs = await run(executor, scope, [spec("(sleep 300; echo late > late) & echo begun; sleep 300")]);
      await until(executor, refs, "running");
      await executor.cancel(refs);
      expect(await until(executor, refs, "exited", "cut")).toMatchObject([{ state: "cut" }]);
    });

    it("finds by its name alone what another process handed over, and runs nothing twice", {
      timeout: 90_000,
    }, async () => {
      const task = spec("echo once >> runs; sleep 1; cat runs");
      const [first] = await run(executor, scope, [task]);
      await until(executor, first === undefined ? [] : [first], "running", "exited");
      const other = make();
      const [adopted, ...rest] = await other.adopt(scope, ["never", task.attemptId]);
      expect(adopted?.attemptId).toBe(task.attemptId);
      expect(rest).toEqual([]);
      // Somebody who does not know hands it over again.
      const again = await other.submit([task], scope);
      await until(other, [...(adopted === undefined ? [] : [adopted]), ...again], "exited");
      expect(said(first)).toBe("once\n");
    });
  });
}
