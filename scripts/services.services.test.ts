import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";

const script = join(import.meta.dirname, "services");

interface Said {
  code: number;
  stdout: string;
  stderr: string;
}

let run = "";
beforeEach(() => {
  run = mkdtempSync(join(tmpdir(), "artesian-services-"));
});
afterEach(async () => {
  await services("down");
  rmSync(run, { recursive: true, force: true });
});

/** Calls the script with records of its own, so that services of others stay as they are. */
function services(...words: string[]): Promise<Said> {
  return new Promise((resolve) => {
    execFile(script, words, { env: { ...process.env, ARTESIAN_SERVICES_RUN: run } }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

const running = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

interface Status {
  s3: { running: boolean; pid: number; port: number; env: Record<string, string> };
}
const statusOf = ({ stdout }: Said): Status => JSON.parse(stdout) as Status;

if (process.env.ARTESIAN_S3 === undefined) {
  test.skip("12 tests of scripts/services run with the services: scripts/services up s3, then set ARTESIAN_S3", () => {});
} else {
  test("a service is started once, says where it is in words and in JSON, and is gone when it is stopped", async () => {
    const first = await services("up", "s3");
    expect(first).toMatchObject({ code: 0 });
    const { s3 } = statusOf(await services("status", "s3", "--json"));
    expect(first.stdout.split("\n").filter((line) => line !== "")).toEqual(
      Object.entries(s3.env).map(([name, value]) => `export ${name}=${value}`),
    );
    expect(s3.env.ARTESIAN_S3).toBe(`http://127.0.0.1:${s3.port}`);
    expect((await fetch(s3.env.ARTESIAN_S3 ?? "")).headers.get("content-type")).toContain("xml");
    expect(await services("up", "s3")).toEqual({ code: 0, stdout: first.stdout, stderr: "" });
    expect(statusOf(await services("up", "s3", "--json"))).toEqual({ s3 });
    expect(await services("up", "s3", String(s3.port + 1))).toMatchObject({ code: 1, stdout: "" });
    expect(running(s3.pid)).toBe(true);
    expect(statusOf(await services("down", "--json"))).toMatchObject({ s3: { running: false } });
    expect(running(s3.pid)).toBe(false);
    expect(readdirSync(run)).toEqual(["s3.log"]);
    expect(await services("down", "s3")).toEqual({ code: 0, stdout: "", stderr: "" });
  });

  test("a process that got a dead service's id is left alone", async () => {
    let stranger: ChildProcess | undefined;
    try {
      stranger = spawn("sleep", ["60"]);
      writeFileSync(join(run, "s3.pid"), `${stranger.pid} 1`);
      writeFileSync(join(run, "s3.port"), "1");
      expect((await services("status", "s3")).stdout).toBe("s3: not running\n");
      expect((await services("down")).code).toBe(0);
      expect(running(stranger.pid ?? 0)).toBe(true);
    } finally {
      stranger?.kill();
    }
  });

  test("a port that somebody has is refused, and nothing is left behind", async () => {
    const server = createServer();
    const port = await new Promise<number>((resolve) => {
      server.listen(0, "127.0.0.1", () => resolve(Number((server.address() as { port: number }).port)));
    });
    try {
      const { code, stderr, stdout } = await services("up", "s3", String(port));
      expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
      expect(stderr).toContain(`port ${port} is taken`);
      expect(readdirSync(run)).toEqual([]);
    } finally {
      server.close();
    }
  });

  test.each([
    [[]],
    [["up"]],
    [["up", "cassandra"]],
    [["up", "s3", "http"]],
    [["status", "s3", "80"]],
    [["restart"]],
    [["kill", "s3", "1"]],
    [["kill", "kafka"]],
    [["up", "s3", "--nodes", "3"]],
  ])("calls that are none are told how to: %j", async (words) => {
    const { code, stderr, stdout } = await services(...words);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain("scripts/services up s3 [PORT]");
  });
}

interface KafkaStatus {
  kafka: {
    running: boolean;
    nodes: { node: number; running: boolean; pid?: number; port: number }[];
    env: Record<string, string>;
  };
}

if (process.env.ARTESIAN_KAFKA === undefined) {
  test.skip("1 test of scripts/services runs with the brokers: scripts/services up kafka, then set ARTESIAN_KAFKA", () => {});
} else {
  test("three brokers come up, lose one to SIGKILL, get it back as the same node, and leave nothing", {
    timeout: 180_000,
  }, async () => {
    const up = await services("up", "kafka", "--nodes", "3", "--json");
    expect(up.code, up.stderr).toBe(0);
    const { kafka } = JSON.parse(up.stdout) as KafkaStatus;
    expect(kafka.nodes.map(({ node }) => node)).toEqual([1, 2, 3]);
    expect(kafka.env.ARTESIAN_KAFKA).toBe(kafka.nodes.map(({ port }) => `127.0.0.1:${port}`).join(","));
    expect((await services("up", "kafka")).stdout).toBe(`export ARTESIAN_KAFKA=${kafka.env.ARTESIAN_KAFKA}\n`);
    expect(await services("up", "kafka", "--nodes", "1")).toMatchObject({ code: 1, stdout: "" });

    expect((await services("kill", "kafka", "2")).code).toBe(0);
    expect(running(kafka.nodes[1]?.pid ?? 0)).toBe(false);
    const without = JSON.parse((await services("status", "kafka", "--json")).stdout) as KafkaStatus;
    expect(without.kafka.nodes.map((node) => node.running)).toEqual([true, false, true]);
    expect((await services("kill", "kafka", "2")).code).toBe(1);
    const back = JSON.parse((await services("start", "kafka", "2", "--json")).stdout) as KafkaStatus;
    expect(back.kafka.nodes.map(({ port }) => port)).toEqual(kafka.nodes.map(({ port }) => port));
    expect(back.kafka.nodes[1]?.running).toBe(true);
    expect(await services("start", "kafka", "4")).toMatchObject({ code: 1, stdout: "" });

    expect((await services("down", "kafka", "--json")).stdout).toBe('{"kafka":{"running":false}}\n');
    for (const { pid } of kafka.nodes) expect(running(pid ?? 0)).toBe(false);
    expect(readdirSync(run)).toEqual(["kafka-1.log", "kafka-2.log", "kafka-3.log"]);
  });
}
