import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { withFileLock } from "./file-lock.ts";

const root = mkdtempSync(join(tmpdir(), "artesian-lock-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

it("lets one in at a time, and passes on what the call gives or throws", async () => {
  let inside = 0;
  let most = 0;
  const visit = async (name: number): Promise<number> =>
    withFileLock(join(root, "one"), async () => {
      most = Math.max(most, ++inside);
      await new Promise((resolve) => setTimeout(resolve, 2));
      inside--;
      return name;
    });
  expect(await Promise.all([1, 2, 3, 4, 5].map(visit))).toEqual([1, 2, 3, 4, 5]);
  expect(most).toBe(1);
  await expect(withFileLock(join(root, "one"), () => Promise.reject(new Error("inside")))).rejects.toThrow("inside");
  expect(await visit(6)).toBe(6);
});

it("is taken back from a process that was killed, and is waited for until then", async () => {
  const path = join(root, "killed");
  const program = `
    import { withFileLock } from ${JSON.stringify(new URL("file-lock.ts", import.meta.url).href)};
    await withFileLock(${JSON.stringify(path)}, () => new Promise((resolve) => { console.log("in"); setTimeout(resolve, 60_000); }));`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", program], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(child.stdout, "data");
  const gaveUp = withFileLock(path, async () => "in", AbortSignal.timeout(100));
  await expect(gaveUp).rejects.toThrow();
  const waiting = withFileLock(path, async () => "in");
  child.kill("SIGKILL");
  expect(await waiting).toBe("in");
});
