import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it, vi } from "vitest";
import { createOutput } from "./output.ts";
import { createProgram } from "./program.ts";

const root = mkdtempSync(join(tmpdir(), "artesian-dag-run-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const file = (name: string, content: unknown): string => {
  const path = join(root, name);
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
  return path;
};
const executors = file("executors.json", { local: { kind: "process", cpu: 4 } });
const workflow = (script: string, more: object = {}): object => ({
  name: "shell",
  graph: {
    wells: { type: "topic-stream", "topic-name": "wells", key: "{well}" },
    ran: {
      type: "external-task",
      stream: "wells",
      "task-name": "shell",
      executor: "local",
      retry: { attempts: 2, delayMs: 0 },
      parameters: { command: "sh", argv: ["-c", script, "sh", "{well}"], ...more },
    },
    out: { type: "publish", "topic-name": "done", stream: "ran" },
  },
});
const wells = (...names: string[]): string => names.map((well) => `${JSON.stringify({ well })}\n`).join("");

async function run(
  ...words: string[]
): Promise<{ code: number | undefined; data: string; said: string; lines: () => Record<string, unknown>[] }> {
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
  const lines = (): Record<string, unknown>[] =>
    data
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  return { code, data, said, lines };
}
const dagRun = (graph: string, data: string, input: string) =>
  run(
    "dag",
    "run",
    graph,
    "--data",
    join(root, data),
    "--executors",
    executors,
    "--input",
    `wells=${input}`,
    "--read",
    "done",
  );

describe("artesian dag run", () => {
  it("runs commands by the executor that a node names, publishes their files, and enters each line once", async () => {
    const graph = file(
      "files.json",
      workflow('echo "$1" > well.txt; echo "{\\"said\\": \\"$1\\"}"', { outputs: [{ glob: "*.txt" }] }),
    );
    const input = file("wells.jsonl", wells("A01", "A02"));
    const first = await dagRun(graph, "files", input);
    expect(first.code, first.said).toBe(0);
    const found = first
      .lines()
      .map(({ value }) => value as { said: string; outputs: { uri: string; sizeBytes: number }[] });
    expect(found.map(({ said }) => said).sort()).toEqual(["A01", "A02"]);
    for (const { said, outputs } of found) expect(readFileSync(outputs[0]?.uri ?? "", "utf8")).toBe(`${said}\n`);
    const again = await dagRun(graph, "files", input);
    expect(again.data).toBe(first.data);
  });

  it("refuses an executor that is not configured, and one that cannot be", async () => {
    const graph = file("other.json", { ...workflow("true"), name: "other" });
    const input = file("none.jsonl", "");
    const none = run(
      "dag",
      "run",
      graph,
      "--data",
      join(root, "other"),
      "--executors",
      join(root, "absent.json"),
      "--input",
      `wells=${input}`,
    );
    await expect(none).rejects.toMatchObject({ code: "engine/unknown-executor" });
    const wrong = file("wrong.json", { local: { kind: "process", cores: 3 } });
    const bad = run(
      "dag",
      "run",
      graph,
      "--data",
      join(root, "other"),
      "--executors",
      wrong,
      "--input",
      `wells=${input}`,
    );
    await expect(bad).rejects.toMatchObject({ code: "executors/config" });
  });

  it("after SIGKILL finds what still runs, and runs nothing twice", { timeout: 60_000 }, async () => {
    const ran = join(root, "ran");
    const graph = file("slow.json", { ...workflow(`echo "$1" >> '${ran}'; sleep 3`), name: "slow" });
    const input = file("slow.jsonl", wells("A01", "A02", "A03"));
    const words = [
      "dag",
      "run",
      graph,
      "--data",
      join(root, "slow"),
      "--executors",
      executors,
      "--input",
      `wells=${input}`,
    ];
    const killed = spawn(process.execPath, [fileURLToPath(new URL("main.ts", import.meta.url)), ...words], {
      stdio: "ignore",
    });
    await vi.waitUntil(() => existsSync(ran) && readFileSync(ran, "utf8").split("\n").length === 4, {
      timeout: 20_000,
      interval: 50,
    });
    killed.kill("SIGKILL");
    await new Promise((resolve) => killed.once("exit", resolve));
    const { code, said } = await run(...words);
    expect(code, said).toBe(0);
    expect(readFileSync(ran, "utf8").trim().split("\n").sort()).toEqual(["A01", "A02", "A03"]);
  });
});

describe("artesian dag run --engine kafka", () => {
  const onKafka = (graph: string, ...more: string[]) =>
    run("dag", "run", graph, "--data", join(root, "kafka"), "--engine", "kafka", "--brokers", "127.0.0.1:9", ...more);

  it("refuses by name what Kafka cannot hold, before anything is connected or made", async () => {
    const plain = file("plain.json", {
      name: "plain",
      graph: {
        wells: { type: "topic-stream", "topic-name": "wells", key: "{well}" },
        once: { type: "stream-operation", inputs: ["wells"], function: { dedupe: { by: ["path"] } } },
        out: { type: "publish", "topic-name": "done", stream: "once" },
      },
    });
    await expect(onKafka(plain)).rejects.toMatchObject({
      code: "engine/kafka-plan",
      message: expect.stringMatching(/once/),
    });
    const absent = join(root, "absent.json");
    await expect(onKafka(plain, "--executors", absent)).rejects.toThrow(/absent.json: there is no such file/);
    await expect(onKafka(plain, "--discard-state")).rejects.toThrow(/--discard-state .*--shadow/);
    await expect(onKafka(plain, "--tasks", join(root, "absent.ts"))).rejects.toThrow(
      /absent.ts: there is no such file/,
    );
    await expect(onKafka(plain, "--partitions", "0")).rejects.toThrow(/--partitions 0/);
    expect(existsSync(join(root, "kafka", "engine-plain"))).toBe(false);
    const embedded = run("dag", "run", plain, "--data", join(root, "plain"), "--brokers", "127.0.0.1:9");
    await expect(embedded).rejects.toThrow(/--brokers is of Kafka/);
  });
});

describe("artesian why task and dead-letters", () => {
  it("names what differs from the nearest cached task, and does not run again what succeeded only after a retry", async () => {
    const flag = join(root, "flag");
    // The first attempt fails, the second succeeds.
    const script = `[ -e '${flag}' ] || { touch '${flag}'; exit 1; }; echo "$1" >> '${flag}'`;
    const graph = file("retry.json", { ...workflow(script), name: "retry" });
    const ids = async (): Promise<string[]> => {
      const { data } = await run("why", "task", "", "--data", join(root, "retry"), "--json").catch((error: Error) => ({
        data: error.message,
      }));
      return [...data.matchAll(/[0-9a-f]{64}/g)].map(([id]) => id);
    };
    expect((await dagRun(graph, "retry", file("one.jsonl", wells("A01")))).code).toBe(0);
    const report = JSON.parse((await run("why", "task", "", "--data", join(root, "retry"), "--json")).data);
    expect(report).toMatchObject({
      cached: false,
      task: { attempts: 2, attemptRows: [{ outcome: "failed" }, { outcome: "done" }] },
    });
    const changed = file("retry.json", { ...workflow(`${script} # changed`), name: "retry" });
    await dagRun(changed, "retry", file("two.jsonl", wells("A02")));
    const others = (await ids()).filter((id) => id !== report.taskId);
    const { data } = await run("why", "task", others[0]?.slice(0, 12) ?? "", "--data", join(root, "retry"));
    expect(data).toMatch(/parameters\s+[0-9a-f]{12}\s+[0-9a-f]{12}\s+differs/);
    expect(data).toMatch(/inputs\s+[0-9a-f]{12}\s+[0-9a-f]{12}\s+differs: well/);
    expect(readFileSync(flag, "utf8")).toBe("A01\nA02\n");
    await expect(run("why", "task", "zz", "--data", join(root, "retry"))).rejects.toMatchObject({ code: "cli/usage" });
  });

  it("list, show and send again what failed", async () => {
    const mended = join(root, "mended");
    const graph = file("fails.json", { ...workflow(`echo "no such dye" >&2; [ -e '${mended}' ]`), name: "fails" });
    const input = file("fails.jsonl", wells("A01"));
    const data = join(root, "fails");
    const first = await dagRun(graph, "fails", input);
    expect(first.code).toBe(3);
    const list = JSON.parse((await run("dead-letters", "list", "--data", data, "--json")).data);
    expect(list).toMatchObject([{ node: "fails.ran", key: "A01", code: "executors/exit-code", state: "open" }]);
    const shown = await run("dead-letters", "show", list[0].id, "--data", data);
    expect(shown.data).toContain("sh ended with exit code 1, expected 0. It said: no such dye [executors/exit-code]");
    writeFileSync(mended, "");
    const redriven = await run("dead-letters", "redrive", "--all", "--data", data, "--json");
    expect(JSON.parse(redriven.data)).toEqual({ redriven: 1 });
    expect((await dagRun(graph, "fails", input)).code).toBe(0);
    expect(JSON.parse((await run("dead-letters", "list", "--data", data, "--json")).data)).toEqual([]);
  });
});
