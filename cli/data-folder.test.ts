import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { makeDataFolder } from "./data-folder.ts";
import { UsageError } from "./exit.ts";

const root = mkdtempSync(join(tmpdir(), "artesian-data-folder-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe("a folder for results", () => {
  it("is made with all folders above it, and taken as it is when it is there", () => {
    const dir = join(root, "a", "b", "c");
    expect(makeDataFolder(dir)).toBe(dir);
    expect(existsSync(dir)).toBe(true);
    expect(makeDataFolder(dir)).toBe(dir);
  });
  it("cannot be a file, nor stand below one", () => {
    const file = join(root, "file");
    writeFileSync(file, "");
    for (const path of [file, join(file, "below")]) {
      expect(() => makeDataFolder(path)).toThrow(UsageError);
      expect(() => makeDataFolder(path)).toThrow(
        /results cannot be kept there: .*file is a file\. Give another folder/,
      );
    }
  });
  it.skipIf(!existsSync("/proc/self"))("is refused where the system lets nobody make one (needs /proc)", () => {
    expect(() => makeDataFolder("/proc/artesian")).toThrow(/\/proc\/artesian: results cannot be kept there/);
  });
});
