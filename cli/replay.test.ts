import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { afterAll, describe, expect, it } from "vitest";
import { createOutput } from "./output.ts";
import { createProgram } from "./program.ts";

const root = mkdtempSync(join(tmpdir(), "artesian-replay-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const file = (name: string, content: string): string => {
  const path = join(root, name);
  writeFileSync(path, content);
  return path;
};
const log = join(root, "runs.log");
const tasks = file(
  "tasks.ts",
  `import { appendFileSync } from "node:fs";
export const tasks = { length: { files: [import.meta.url], run: ({ sequence }) => {
  appendFileSync(${JSON.stringify(log)}, sequence + "\\n");
  return { length: sequence.length };
} } };`,
);
const sequences = file(
  "sequences.jsonl",
  ["GATTACA", "CCGG", "ACGT"].map((sequence, index) => `${JSON.stringify({ id: `s${index}`, sequence })}\n`).join(""),
);
/** The lengths of sequences, of those that are long enough. */
const workflow = (version: string, above: number, partitions = 8): string =>
  file(
    `lengths-${version}.json`,
    JSON.stringify({
      name: "lengths",
      version,
      partitions,
      graph: {
        sequences: { type: "topic-stream", "topic-name": "sequences", key: "{id}" },
        measured: { type: "external-task", stream: "sequences", "task-name": "length" },
        long: {
          type: "stream-operation",
          inputs: ["measured"],
          function: { filter: { field: "length", above } },
        },
        out: { type: "publish", "topic-name": "long_sequences", stream: "long" },
      },
    }),
  );

async function run(...words: string[]): Promise<{ code: number | undefined; data: string; said: string }> {
  let data = "";
  let said = "";
  let code: number | undefined;
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  stdout.on("data", (chunk) => (data += String(chunk)));
  stderr.on("data", (chunk) => (said += String(chunk)));
  const program = createProgram(createOutput({ stdout, stderr }), (exit) => {
    code = exit;
  });
  await program.parseAsync(words, { from: "user" });
  return { code, data, said };
}

const folder = join(root, "results");
const replay = (graph: string, ...words: string[]) =>
  run("replay", graph, "--data", folder, "--tasks", tasks, ...words);
const dagRun = (graph: string) =>
  run(
    "dag",
    "run",
    graph,
    "--data",
    folder,
    "--tasks",
    tasks,
    "--input",
    `sequences=${sequences}`,
    "--read",
    "long_sequences",
  );

describe("artesian replay", () => {
  it("says what a change does to what is published, and switches when it is told to", async () => {
    expect((await dagRun(workflow("1", 4))).code).toBe(0);
    const changed = workflow("2", 3);
    const compared = await replay(changed, "--from", "0", "--shadow");
    expect(compared.code, compared.said).toBe(3);
    expect(compared.data.split("\n")).toEqual(
      expect.arrayContaining([
        "tasks: 3 answered by recorded results, 0 run, 0 failed, 0 waiting",
        "long_sequences: 1 equal, 0 changed, 0 only old, 2 only new",
        "  only new: s1",
        '    + {"id":"s1","sequence":"CCGG","length":4}',
        "Not equal: outputs of long_sequences differ.",
      ]),
    );
    const refused = await replay(changed, "--from", "0", "--shadow", "--switch");
    expect(refused.code).toBe(3);
    expect(refused.said).toContain("Not switched: outputs differ. --switch alone switches nevertheless.");
    const switched = await replay(changed, "--switch", "--json");
    expect(switched.code, switched.said).toBe(0);
    const document = JSON.parse(switched.data) as { switched: boolean; aside: string; new: { version: string } };
    expect(document).toMatchObject({ switched: true, new: { version: "2" }, equal: false, behind: 0 });
    expect(existsSync(join(document.aside, "engine.db"))).toBe(true);
    const after = await dagRun(changed);
    expect(after.code, after.said).toBe(0);
    expect(after.data.trim().split("\n")).toHaveLength(3);
    expect(readFileSync(log, "utf8").trim().split("\n")).toHaveLength(3);
  });

  it("switches at once to a version that publishes the same, such as one with other partitions", async () => {
    const { code, said } = await replay(workflow("3", 3, 2), "--from", "earliest", "--shadow", "--switch");
    expect(code, said).toBe(0);
    expect(said).toMatch(/Switched to version 3; the old one is kept in .*before-/);
    expect((await dagRun(workflow("3", 3, 2))).code).toBe(0);
    expect(readFileSync(log, "utf8").trim().split("\n")).toHaveLength(3);
  });

  it("refuses what it cannot do, with what to do instead", async () => {
    const graph = workflow("4", 1);
    await expect(replay(graph)).rejects.toThrow("--shadow, --switch, or both");
    await expect(replay(graph, "--shadow")).rejects.toThrow("--shadow needs --from");
    await expect(replay(graph, "--switch", "--from", "0")).rejects.toThrow("--from is for --shadow");
    await expect(replay(graph, "--shadow", "--from", "x")).rejects.toThrow("--from x: expected a whole number");
    await expect(replay(graph, "--switch")).rejects.toMatchObject({ code: "engine/replay-refused" });
    await expect(replay(join(root, "none.json"), "--switch")).rejects.toThrow("there is no such file");
    await expect(run("replay", graph, "--data", join(root, "nowhere"), "--switch")).rejects.toThrow("no such folder");
    const ours = file(
      "phenomics.json",
      JSON.stringify({
        name: "phenomics",
        graph: {
          a: { type: "topic-stream", "topic-name": "a" },
          b: { type: "publish", stream: "a", "topic-name": "b" },
        },
      }),
    );
    await expect(replay(ours, "--switch")).rejects.toThrow("a workflow of the product");
  });
});
