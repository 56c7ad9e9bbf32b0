import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { columnOf, folderPlace, readCsv, sha256 } from "@artesian/data";
import { openEmbedded, type Runtime, testDriver } from "@artesian/engine";
import { presets } from "@artesian/expression";
import { expressedGenes, listProjects, matricesOfProject, openReader, projectById } from "@artesian/store";
import { afterAll, describe, expect, it } from "vitest";
import { dataFolder } from "./data-folder.ts";
import { expressionRows } from "./expression.sinks.ts";
import { asCsv, tinyMatrix, writeTinyPortal } from "./fixtures/tiny-portal.ts";
import { FILES, fileOf, LOOKS, type LookOptions, lookAt, PORTALS, portalOf } from "./portal-look.ts";
import { readIndex, readPortalIndex } from "./publish-tasks.ts";
import { runtimeOptions } from "./runtime.ts";
import { verifyPortal } from "./verify-portal.ts";
import { planOf } from "./workflow.ts";

const root = mkdtempSync(join(tmpdir(), "artesian-expression-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const json = (value: unknown) => JSON.parse(JSON.stringify(value)) as Record<string, never>;

describe("the expression workflow as data", () => {
  const portal = portalOf({ source: "/in", dest: "/out", parameters: presets.modern });
  const files = `sha256:${"0".repeat(64)}`;
  const project = (name: string) => ({
    project: name,
    title: null,
    projectCount: 2,
    lookMs: 1,
    full: true,
    dest: "/out",
    member: "..",
    kind: "listing",
    memberCount: 2,
    skip: null,
    files,
  });
  const matrix = (member: string) => ({
    kind: "matrix",
    member,
    digest: member,
    matrix: { key: member, format: "csv" },
  });
  const listing = { kind: "listing", member: "..", contentDigest: "c", leftovers: [] };

  it("has a topic for every row", () => {
    const topics = new Set(planOf("expression").topics.map(({ name }) => name));
    expect(Object.keys(expressionRows().topics).filter((topic) => !topics.has(topic))).toEqual([]);
  });

  it("publishes a project once all of its matrices are summarised or failed, and the portal once all projects are", async () => {
    const driver = testDriver(planOf("expression"), {
      tasks: {
        "list-portal": { run: () => ({ projects: [project("A"), project("B")] }) },
        "read-project": {
          run: (input) => {
            if (input.project === "B")
              throw Object.assign(new Error("gone"), { code: "data/access-denied", retryable: false });
            return { members: [listing, matrix("m1"), matrix("m2")], memberCount: 4 };
          },
        },
        "summarise-matrix": {
          run: (input) => {
            if (input.member === "m2")
              throw Object.assign(new Error("cut off"), { code: "expression/x", retryable: false });
            return { summary: "s", counts: {} };
          },
        },
        "publish-project": { run: () => ({ status: "partial", entry: {} }) },
        "publish-portal": { run: () => ({}) },
      },
    });
    driver.push(LOOKS, json(lookAt(portal, { look: "L", because: "test" })));
    await driver.runTasks();
    const parts = driver.read("expression.project-parts").map(({ value }) => value);
    expect(parts).toHaveLength(2);
    const [a, b] = ["A", "B"].map((name) => parts.find((value) => value.project === name));
    expect(a).toMatchObject({
      complete: true,
      parts: [{ kind: "project" }, { kind: "listing" }, { member: "m1", summary: "s" }],
      failed: [{ member: "m2", code: "expression/x" }],
    });
    expect(b).toMatchObject({ parts: [{ kind: "project" }], failed: [{ member: "..", code: "data/access-denied" }] });
    expect(driver.read("expression.portal-index")).toHaveLength(1);
    expect(driver.deadLetters().map(({ code }) => code)).toEqual(
      expect.arrayContaining(["expression/x", "data/access-denied"]),
    );
  });

  it("looks at a project once its files have been quiet, not at files that were known", async () => {
    const looked: unknown[] = [];
    const driver = testDriver(planOf("expression"), {
      tasks: {
        "list-portal": {
          run: (input) => {
            looked.push(input);
            return { projects: [] };
          },
        },
      },
    });
    const name = "in → out";
    const push = (key: string, etag: string, known: boolean): void => {
      driver.push(FILES, json(fileOf(portal, { name, key, etag, known })));
    };
    driver.push(PORTALS, json({ name, ...portal }));
    push("A/old.csv", "1", true);
    push("B/x.zarr/0.0", "1", false);
    driver.advance(10_000);
    push("B/x.zarr/0.1", "2", false);
    driver.advance(10_000);
    await driver.runTasks();
    expect(looked).toEqual([]);
    driver.advance(6_000);
    await driver.runTasks();
    push("B/y.csv", "3", false);
    driver.advance(16_000);
    await driver.runTasks();
    expect(looked).toMatchObject([
      { single: "B", because: "new files of B", fresh: "", portal: { source: "/in" } },
      { single: "B" },
    ]);
    expect(new Set(looked.map((one) => (one as { look: string }).look)).size).toBe(2);
  });
});

describe("a portal of small projects, one broken, one skipped", () => {
  writeTinyPortal(root);
  const data = join(root, "data");
  const out = join(root, "out");
  const dest = folderPlace(out);
  const source = join(root, "projects");
  const portal = portalOf({ source, dest: out, parameters: presets.modern, skip: join(root, "blacklist") });

  async function look(name: string, options: Partial<LookOptions> = {}): Promise<{ computed: number }> {
    const runtime: Runtime = await openEmbedded(
      runtimeOptions({ workflow: "expression", dir: data, runId: "R", workers: 2 }),
    );
    const figures = () => runtime.stats().nodes.find(({ node }) => node === "figures")?.tasks;
    const before = figures();
    await runtime.append(LOOKS, [
      { eventId: name, value: json(lookAt(portal, { look: name, because: "test", ...options })) },
    ]);
    await runtime.drain();
    const after = figures();
    await runtime.stop();
    return { computed: (after?.done ?? 0) - (after?.cached ?? 0) - ((before?.done ?? 0) - (before?.cached ?? 0)) };
  }
  const published = (): Record<string, string> =>
    Object.fromEntries(
      readdirSync(out, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name))
        .map((path) => [path.slice(out.length), sha256(readFileSync(path))]),
    );

  it("is summarised as far as it goes, and every file is as its index says", async () => {
    expect(await look("01")).toEqual({ computed: 4 });
    const entries = await readPortalIndex(dest);
    expect(entries.map(({ project, status, matrices, figures }) => [project, status, matrices, figures > 0])).toEqual([
      ["broken", "failed", 1, false],
      ["csv", "done", 1, true],
      ["mtx", "done", 1, true],
      ["notes", "empty", 0, false],
      ["secret", "skipped", 0, false],
      ["two", "done", 2, true],
    ]);
    expect(entries[0]?.problem?.code).toMatch(/^expression\//);
    expect(entries[4]?.skip).toEqual({ reason: "not public before June", owner: "Ada" });
    const names = Object.keys(published());
    for (const ending of ["svg", "png", "csv", "vl.json"])
      expect(names).toContain(`/project-assets/project-stats/csv/all/knee.${ending}`);
    expect(names).toContain("/project-assets/project-stats/two/late.all/knee.svg");
    expect(readFileSync(join(out, "project-assets/project-stats/index.html"), "utf8")).toContain(
      "not public before June",
    );
    expect(await verifyPortal(dest, { redraw: true })).toMatchObject({ projects: 6, faults: [] });
  }, 60_000);

  it("is in the store: projects, matrices, reasons, every gene", async () => {
    const reader = openReader(dataFolder(data, "expression").store);
    const { counts } = await listProjects(reader.db, { limit: 10, offset: 0 });
    expect(counts).toEqual({ failed: 1, done: 3, empty: 1, skipped: 1 });
    const [broken] = await matricesOfProject(reader.db, "broken");
    expect(broken?.problem?.taskId).toMatch(/^[0-9a-f]{64}$/);
    expect(await projectById(reader.db, "notes")).toMatchObject({ leftovers: [{ key: "notes/readme.pdf" }] });
    const genes = await expressedGenes(reader.db, "mtx");
    const table = readCsv(readFileSync(join(out, "project-assets/project-stats/mtx/all/genes.csv"), "utf8"));
    const percent = columnOf(table, "percent_of_cells_kept");
    const row = columnOf(table, "gene")?.values.indexOf("MT-CO1" as never) ?? -1;
    expect(genes.get("MT-CO1")).toBeCloseTo(Number(percent?.values[row]) / 100, 12);
    expect(genes.size).toBeGreaterThan(50);
    await reader.close();
  });

  it("is not computed again while nothing changed, whatever the files' times say, and loses nothing", async () => {
    const before = published();
    utimesSync(join(source, "csv/counts.csv"), new Date(), new Date());
    cpSync(join(source, "two/late.csv"), join(source, "two/late.copy"));
    cpSync(join(source, "two/late.copy"), join(source, "two/late.csv"));
    rmSync(join(source, "two/late.copy"));
    rmSync(join(out, "project-assets/project-stats/csv/all/knee.svg"));
    expect((await verifyPortal(dest)).faults).toMatchObject([
      { fault: "missing", key: expect.stringMatching(/csv\/all\/knee.svg$/) },
    ]);
    expect(await look("02")).toEqual({ computed: 0 });
    expect(published()).toEqual(before);
  }, 60_000);

  it("is computed anew where content changed, of one project alone, or by force; damage is named and mended", async () => {
    const before = published();
    writeFileSync(join(source, "csv/counts.csv"), asCsv(tinyMatrix(50)));
    writeFileSync(join(source, "two/early.csv"), asCsv(tinyMatrix(51)));
    expect(await look("03", { only: ["csv"] })).toEqual({ computed: 1 });
    const after = published();
    expect(after["/project-assets/project-stats/csv/index.json"]).not.toBe(
      before["/project-assets/project-stats/csv/index.json"],
    );
    expect(after["/project-assets/project-stats/two/index.json"]).toBe(
      before["/project-assets/project-stats/two/index.json"],
    );
    expect((await readPortalIndex(dest)).map(({ project }) => project)).toHaveLength(6);
    const svg = join(out, "project-assets/project-stats/mtx/all/knee.svg");
    const bytes = readFileSync(svg);
    writeFileSync(svg, bytes.toReversed());
    expect((await verifyPortal(dest)).faults).toMatchObject([
      { fault: "damaged", key: expect.stringMatching(/mtx\/all\/knee.svg$/) },
    ]);
    expect(await look("04", { only: ["mtx"], force: true })).toEqual({ computed: 1 });
    expect(readFileSync(svg).equals(bytes)).toBe(true);
    expect(await look("05")).toEqual({ computed: 1 });
    expect(await verifyPortal(dest, { redraw: true })).toMatchObject({ faults: [] });
  }, 60_000);

  it("keeps the figures of a matrix that was fine before it broke, saying so, and forgets what is gone", async () => {
    const whole = readFileSync(join(source, "two/late.csv"), "utf8");
    writeFileSync(join(source, "two/late.csv"), `${whole}GENE-X,1,2\n`);
    rmSync(join(source, "notes"), { recursive: true });
    rmSync(join(source, "csv"), { recursive: true });
    await look("06");
    const index = await readIndex(dest, "two");
    expect(index?.status).toBe("partial");
    expect(index?.matrices.find(({ matrix }) => matrix === "late")).toMatchObject({
      status: "failed",
      figuresOf: expect.stringMatching(/^[0-9a-f]{64}$/),
      splits: [{ folder: "late.all", figures: expect.arrayContaining([expect.objectContaining({ id: "knee" })]) }],
    });
    expect((await verifyPortal(dest)).faults).toEqual([]);
    expect((await readPortalIndex(dest)).map(({ project }) => project)).toEqual(["broken", "mtx", "secret", "two"]);
    const reader = openReader(dataFolder(data, "expression").store);
    expect((await listProjects(reader.db, { limit: 10, offset: 0 })).projects.map(({ id }) => id).sort()).toEqual([
      "broken",
      "mtx",
      "secret",
      "two",
    ]);
    expect((await expressedGenes(reader.db, "csv")).size).toBe(0);
    await reader.close();
  }, 60_000);
});
