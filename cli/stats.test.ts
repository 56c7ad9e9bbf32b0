import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import { writeTinyPortal } from "@artesian/workflows/fixtures/tiny-portal.ts";
import { afterAll, describe, expect, it } from "vitest";
import { createOutput } from "./output.ts";
import { createProgram } from "./program.ts";
import { progressLine } from "./stats-progress.ts";

const root = mkdtempSync(join(tmpdir(), "artesian-stats-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
writeTinyPortal(root);
const source = join(root, "projects");
const out = join(root, "out");

async function artesian(...words: string[]): Promise<{ code: number | undefined; out: string; said: string }> {
  const texts = { out: "", said: "" };
  const into = (name: keyof typeof texts) =>
    new Writable({
      write(chunk, _encoding, done) {
        texts[name] += String(chunk);
        done();
      },
    });
  let code: number | undefined;
  const program = createProgram(createOutput({ stdout: into("out"), stderr: into("said") }), (exit) => {
    code = exit;
  });
  await program.parseAsync(["node", "artesian", "stats", ...words]);
  return { code, ...texts };
}

describe("artesian stats", () => {
  it("summarises a portal, says each project and why not, and fails when one did", async () => {
    const run = await artesian("run", source, "--out", out, "--skip", join(root, "blacklist"), "--min-genes", "5");
    expect(run.code).toBe(1);
    const lines = run.out.split("\n");
    expect(lines[0]).toMatch(/^broken: failed, one matrix, 0 figures$/);
    expect(lines[1]).toMatch(/^ {2}.*\[expression\//);
    expect(lines).toContain("notes: without a matrix");
    expect(lines).toContain("secret: skipped: not public before June (Ada)");
    expect(run.said).toMatch(
      /6 projects: 3 done, 1 failed, 1 skipped, 1 without a matrix; 4 matrices summarised, 0 unchanged/,
    );
  }, 60_000);

  it("does nothing twice, and succeeds where all is well", async () => {
    const words = ["run", source, "--out", out, "--skip", join(root, "blacklist"), "--min-genes", "5"];
    const run = await artesian(...words, "--project", "csv", "two", "--json");
    expect(run.code).toBe(0);
    const result = JSON.parse(run.out) as { projects: { project: string; status: string }[]; summarised: number };
    expect(result).toMatchObject({ summarised: 0, unchanged: 3 });
    expect(result.projects.map(({ project, status }) => [project, status])).toEqual([
      ["csv", "done"],
      ["two", "done"],
    ]);
  }, 60_000);

  it("shows what is published, and names what is not as it was", async () => {
    expect((await artesian("show", "--out", out)).out.split("\n").filter((line) => /^\w/.test(line))).toHaveLength(6);
    const csv = (await artesian("show", "csv", "--out", out)).out;
    expect(csv).toMatch(/counts: done, csv, 60 cells, \d+ kept, 120 genes/);
    expect(csv).toContain("project-assets/project-stats/csv/all/knee.{vl.json,csv,svg,png}");
    expect((await artesian("verify", "--out", out)).code).toBe(0);
    const svg = join(out, "project-assets/project-stats/csv/all/knee.svg");
    writeFileSync(svg, `${readFileSync(svg, "utf8")} `);
    const verify = await artesian("verify", "--out", out);
    expect(verify.code).toBe(1);
    expect(verify.out).toMatch(/^project-assets\/project-stats\/csv\/all\/knee.svg: damaged: /);
  }, 30_000);

  it.each([
    [["run", join(root, "nowhere"), "--out", out], /there is no such folder/],
    [["run", source, "--out", out, "--preset", "old"], /there are modern and hca-2020/],
    [["run", source, "--out", out, "--min-genes", "few"], /a whole number, or mad/],
    [["run", source, "--out", out, "--skip", join(root, "no-list")], /there is no such file/],
    [["run", source, "--out", out, "--manifest", "list.csv"], /there is no such file/],
    [["run", source, "--out", "ftp://x/y"], /ftp:\/\/ is not understood/],
    [["show", "zzz", "--out", out], /There are broken, csv/],
    [["show", "--out", root], /nothing is published there/],
    [["watch", source, "--out", out, "--schedule", "61 * * * *"], /61/],
    [["watch", source, "--out", out, "--poll", "0"], /at least 1/],
  ])("refuses %j", async (words, message) => {
    await expect(artesian(...words)).rejects.toThrow(message);
  });

  it("says that a folder has nothing in it", async () => {
    mkdirSync(join(root, "empty"));
    await expect(artesian("run", join(root, "empty"), "--out", join(root, "empty-out"))).rejects.toThrow(
      /there is no file in it/,
    );
  }, 30_000);
});

it("tells the rate, and the time left once every project's matrices are known", () => {
  const node = (name: string, done: number, failed: number, waiting: number) =>
    ({ node: name, tasks: { done, failed, waiting, running: 0, retrying: 0 } }) as never;
  const line = progressLine([node("contents", 4, 0, 0), node("figures", 3, 1, 4)], [], 2, 60);
  expect(line).toBe("projects 2/4 · matrices 4/8 · 1 failed · 4.0 matrices/min, about 1 min 0 s left");
  const early = progressLine([node("contents", 2, 0, 2), node("figures", 3, 0, 1)], [node("figures", 1, 0, 0)], 1, 60);
  expect(early).toBe("projects 1/4 · matrices 2/3 · 2.0 matrices/min");
});
