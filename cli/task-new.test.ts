import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { PassThrough } from "node:stream";
import { afterAll, describe, expect, it } from "vitest";
import { createOutput } from "./output.ts";
import { createProgram } from "./program.ts";
import { taskPlan } from "./task-new.ts";

const root = mkdtempSync(join(tmpdir(), "artesian-task-new-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const file = (name: string, text: string): string => {
  writeFileSync(join(root, name), text);
  return join(root, name);
};

async function run(...words: string[]): Promise<{ code: number | undefined; data: string }> {
  let data = "";
  let code: number | undefined;
  const [stdout, stderr] = [new PassThrough(), new PassThrough().resume()];
  stdout.on("data", (chunk) => (data += String(chunk)));
  const program = createProgram(createOutput({ stdout, stderr }), (exit) => {
    code = exit;
  });
  await program.parseAsync(words, { from: "user" });
  return { code, data };
}

const none = {};

describe("a script made a task", () => {
  it("runs for each file by the command that is printed, and does nothing twice", async () => {
    const script = file(
      "Count wells.sh",
      'grep -c . "$1" > "count.{txt}"; cat factor.txt >> "count.{txt}"; echo "{\\"wells\\": $(grep -c . "$1")}"\n',
    );
    const files = [file("P1.csv", "a\nb\n"), file("P 2.csv", "a\nb\nc\n")];
    const to = join(root, "made");
    const made = await run(
      "task",
      "new",
      script,
      ...files,
      "--with",
      file("factor.txt", "7\n"),
      "--output",
      "count.{txt}",
      "--to",
      to,
      "--json",
    );
    const told = JSON.parse(made.data) as { run: string };
    expect(made.code).toBe(0);
    const words = told.run.replace(/^artesian /, "").split(" ");
    const first = await run(...words);
    const results = first.data
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { key: string; value: { wells: number; outputs: { uri: string }[] } });
    expect(first.code).toBe(0);
    expect(results.map(({ key, value }) => [basename(key), value.wells]).sort()).toEqual([
      ["P 2.csv", 3],
      ["P1.csv", 2],
    ]);
    expect(results.map(({ value }) => readFileSync(value.outputs[0]!.uri, "utf8")).sort()).toEqual([
      "2\n7\n",
      "3\n7\n",
    ]);
    const again = await run(...words);
    expect(again.data).toBe(first.data);
  }, 60_000);

  it("is run by what its ending or its first line says, in a container when one is named", () => {
    const commandOf = (script: string, image?: string) => {
      const plan = taskPlan(script, [], { ...none, to: join(root, "x"), ...(image && { image }) });
      const { graph } = JSON.parse(plan.written.get("workflow.json")!);
      return [
        graph.ran.parameters.command,
        graph.ran.parameters.image,
        JSON.parse(plan.written.get("executors.json")!).local.kind,
      ];
    };
    expect(commandOf(file("a.py", ""))).toEqual(["python3", undefined, "process"]);
    expect(commandOf(file("a.R", ""), "r-base@sha256:1")).toEqual(["Rscript", "r-base@sha256:1", "container"]);
    expect(commandOf(file("ruby-like", "#!/usr/bin/env ruby\n"))).toEqual(["ruby", undefined, "process"]);
    expect(commandOf(file("zsh-like", "#!/bin/zsh\n"))[0]).toBe("zsh");
  });

  it("is refused with the reason when something is missing or in the way, and nothing is written", () => {
    const script = file("s.py", "");
    expect(() => taskPlan("nowhere.py", [], none)).toThrow("nowhere.py: there is no such file.");
    expect(() => taskPlan(file("s.xyz", "print"), [], { ...none, to: join(root, "y") })).toThrow("what runs it?");
    expect(() => taskPlan(script, [], { ...none, to: root })).toThrow("is there already");
    expect(() => taskPlan(script, [], { ...none, name: "Ü" })).toThrow("--name Ü: expected small letters");
    expect(() => taskPlan(script, [script], { ...none, to: join(root, "y") })).toThrow("Two files are called s.py");
  });
});
