import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, expect, it } from "vitest";
import { shellWord } from "./attempt-folder.ts";
import { attempt, conformance, run, until } from "./conformance.test-support.ts";
import { processExecutor } from "./process-executor.ts";

const executor = processExecutor(process.env);
conformance("process", () => processExecutor(process.env));

let scope = "";
beforeEach(() => {
  scope = mkdtempSync(join(tmpdir(), "artesian-process-"));
});
afterEach(() => rmSync(scope, { recursive: true, force: true }));

it("hands any text through the shell as it is", () => {
  const words = fc.array(
    fc.string({ unit: "grapheme" }).filter((text) => !text.includes("\0")),
    { maxLength: 5 },
  );
  fc.assert(
    fc.property(words, (given) => {
      const script = `for word in ${given.map(shellWord).join(" ")}; do printf '%s\\0' "$word"; done`;
      const said = execFileSync("sh", ["-c", script], { encoding: "utf8" });
      expect(said.split("\0").slice(0, -1)).toEqual(given);
    }),
    { numRuns: 40 },
  );
});

it("says that an attempt is lost when its wrapper was killed, and not before", async () => {
  const refs = await run(executor, scope, [attempt({ attemptId: "a-1", argv: ["-c", "sleep 300"] })]);
  await until(executor, refs, "running");
  const pid = Number(readFileSync(join(refs[0]?.dir ?? "", "pid"), "utf8"));
  process.kill(-pid, "SIGKILL");
  const [state] = await until(executor, refs, "exited", "cut");
  expect(state).toMatchObject({ state: "cut", how: "lost" });
});

it("starts the attempts of higher priority first", async () => {
  const specs = [1, 3, 2].map((priority) => attempt({ attemptId: `p-${priority}`, priority }));
  expect((await run(executor, scope, specs)).map(({ attemptId }) => attemptId)).toEqual(["p-3", "p-2", "p-1"]);
});
