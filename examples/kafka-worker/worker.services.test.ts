import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";

const brokers = process.env.ARTESIAN_KAFKA;
const home = join(
  process.env.ARTESIAN_SERVICES ?? join(homedir(), ".cache/artesian/services"),
  "confluent-kafka-2.16.1",
);
const python = join(home, "bin", "python");

/** A Python with the client that the example needs, made once. */
function makePython(): void {
  if (existsSync(python) && spawnSync(python, ["-c", "import confluent_kafka"]).status === 0) return;
  expect(spawnSync(process.env.PYTHON ?? "python3", ["-m", "venv", "--clear", home]).status).toBe(0);
  expect(spawnSync(python, ["-m", "pip", "install", "--quiet", "confluent-kafka==2.16.1"]).status).toBe(0);
}

if (brokers === undefined || brokers === "") {
  test.skip("1 test of the Python worker needs a broker: scripts/services up kafka, then set ARTESIAN_KAFKA", () => {});
} else {
  test("thirty lines of Python serve a task: results flow on, what fails is tried again and set aside", {
    timeout: 240_000,
  }, () => {
    makePython();
    const script = join(import.meta.dirname, "run.ts");
    const { status, stdout } = spawnSync(process.execPath, [script], {
      env: { ...process.env, PYTHON: python },
      encoding: "utf8",
    });
    expect(stdout.trim().split("\n")).toEqual([
      "A01.tif brightness 20",
      "A02.tif brightness 5",
      "A03.tif set aside: python/ZeroDivisionError, division by zero",
    ]);
    expect(status).toBe(0);
  });
}
