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
  test.skip("9 tests of scripts/services run with the services: scripts/services up s3, then set ARTESIAN_S3", () => {});
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
      expect((await services("status")).stdout).toBe("s3: not running\nversitygw: not running\n");
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

  test.each([[[]], [["up"]], [["up", "cassandra"]], [["up", "s3", "http"]], [["status", "s3", "80"]], [["restart"]]])(
    "calls that are none are told how to: %j",
    async (words) => {
      const { code, stderr, stdout } = await services(...words);
      expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
      expect(stderr).toContain("scripts/services up s3 [PORT]");
    },
  );
}
