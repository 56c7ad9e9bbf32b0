import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dataFolder, planOf } from "@artesian/workflows";
import { afterEach, expect, test } from "vitest";
import { enterDeployment, isDeployment, refuseDeployment } from "./deployment-folder.ts";

let dir = mkdtempSync(join(tmpdir(), "deployment-"));
afterEach(() => {
  rmSync(dir, { recursive: true, force: true });
  dir = mkdtempSync(join(tmpdir(), "deployment-"));
});

test("a folder in which an embedded engine has worked is not tied to Kafka, before anything is connected", async () => {
  const folder = dataFolder(dir);
  mkdirSync(folder.engine);
  writeFileSync(join(folder.engine, "engine.db"), "");
  const given = { plan: planOf("phenomics"), kafka: { brokers: ["127.0.0.1:1"] }, now: new Date(0) };
  await expect(enterDeployment(folder, given)).rejects.toThrow("an embedded engine has worked here");
});

test("a folder that is tied to Kafka is refused to an embedded engine", () => {
  const folder = dataFolder(dir);
  expect(() => refuseDeployment(folder)).not.toThrow();
  mkdirSync(folder.engine);
  writeFileSync(join(folder.engine, "deployment.json"), '{"id":"x"}');
  expect(isDeployment(folder.engine)).toBe(true);
  expect(() => refuseDeployment(folder)).toThrow("the results in this folder come from Kafka");
});
