import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import { CommanderError } from "commander";
import { afterAll, describe, expect, it } from "vitest";
import { describeError, UsageError } from "./exit.ts";
import { channelChoice, experimentOptions } from "./experiment-options.ts";
import { listFiles } from "./image-files.ts";
import { createOutput, duration } from "./output.ts";
import { createProgram } from "./program.ts";
import { newRunId } from "./run-id.ts";

const root = mkdtempSync(join(tmpdir(), "artesian-cli-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const dag = join(import.meta.dirname, "..", "workflows", "phenomics.json");

/** Runs a command in this process. */
async function artesian(
  ...argv: string[]
): Promise<{ code: number | undefined; out: string; err: string; error?: unknown }> {
  const written = { stdout: "", stderr: "" };
  const stream = (name: "stdout" | "stderr"): Writable =>
    new Writable({
      write(chunk, _encoding, done) {
        written[name] += String(chunk);
        done();
      },
    });
  const streams = { stdout: stream("stdout"), stderr: stream("stderr") };
  let code: number | undefined;
  const program = createProgram(createOutput(streams), (exit) => {
    code = exit;
  });
  let help = "";
  const silence = { writeOut: (text: string) => (help += text), writeErr: (text: string) => (help += text) };
  for (const command of [program, ...program.commands, ...program.commands.flatMap(({ commands }) => commands)])
    command.exitOverride().configureOutput(silence);
  let error: unknown;
  try {
    await program.parseAsync(["node", "artesian", ...argv]);
  } catch (thrown) {
    error = thrown;
  }
  return {
    code,
    out: written.stdout + help,
    err: written.stderr,
    ...(error === undefined ? {} : { error }),
  };
}

describe("artesian", () => {
  it("teaches with its help: every command, examples and exit codes", async () => {
    const { out, error } = await artesian("--help");
    expect((error as CommanderError).exitCode).toBe(0);
    for (const command of ["demo", "run", "watch", "serve", "dag", "doctor"]) expect(out).toContain(`\n  ${command}`);
    expect(out).toContain("Exit codes: 0 done, 1 failed, 2 wrong usage, 3 refused or incomplete");
  });
  it("suggests the command that was meant", async () => {
    const { out, error } = await artesian("wacth", "x");
    expect(error).toBeInstanceOf(CommanderError);
    expect(out).toMatch(/Did you mean watch/);
  });
});

describe("artesian dag", () => {
  it("checks a sound workflow", async () => {
    const { code, out } = await artesian("dag", "check", dag, "--json");
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ ok: true, dag: "phenomics" });
  });
  it("says what is wrong with another, with exit code 1", async () => {
    const file = join(root, "broken.json");
    writeFileSync(
      file,
      JSON.stringify({ name: "x", graph: { out: { type: "publish", "topic-name": "t", stream: "nowhere" } } }),
    );
    const { code, out } = await artesian("dag", "check", file, "--json");
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({
      ok: false,
      code: "engine/unknown-node",
      message: expect.stringContaining("nowhere"),
    });
  });
  it("explains promises, stores and topics", async () => {
    const { out } = await artesian("dag", "explain", dag);
    for (const words of ["sub-topology 0", "stores:", "topics:", "exactly once"]) expect(out).toContain(words);
    expect(out).toContain(
      [
        "  sites — group-complete of channel by experiment, plate, well, site, those of experiment-metadata.channels",
        "      reads   image-metrics by way of phenomics.sites-repartition, table experiment-metadata",
        "      key     {experiment}/{plate}/{well}/{site}",
        "      keeps   store phenomics.sites (group)",
        "      writes  topic phenomics.sites",
        "      promise members sorted, whatever order they came in; exactly one completion per generation",
      ].join("\n"),
    );
    expect(out).toMatch(/images_channels +external +8 partitions .* read by channel-images, image-metrics\n/);
  });
  it("draws one box a node as SVG", async () => {
    const { out } = await artesian("dag", "draw", dag);
    expect(out.startsWith("<svg")).toBe(true);
    expect(out).toContain(">image metrics<");
  });
  it("draws boxes that do not lie on each other, within a page that is not wider than a screen", async () => {
    const { out } = await artesian("dag", "draw", dag);
    const width = Number(/width="(\d+)"/.exec(out)?.[1]);
    const boxes = [...out.matchAll(/<rect x="([\d.]+)" y="([\d.]+)" width="(\d+)" height="46"/g)].map((match) =>
      match.slice(1).map(Number),
    ) as [number, number, number][];
    expect(boxes).toHaveLength(43);
    expect(width).toBeLessThan(1600);
    for (const [index, [x, y, w]] of boxes.entries()) {
      expect(x + w).toBeLessThan(width);
      const over = boxes
        .slice(index + 1)
        .filter(([left, top, wide]) => left < x + w && x < left + wide && Math.abs(top - y) < 46);
      expect(over).toEqual([]);
    }
  });
  it("says that a file is not there", async () => {
    const { error } = await artesian("dag", "check", join(root, "absent.json"));
    expect(error).toBeInstanceOf(UsageError);
  });
});

describe("artesian doctor", () => {
  it("looks at everything and names a remedy where something is wrong", async () => {
    const { out } = await artesian("doctor", "--json", "--data", join(root, "absent"));
    const { checks } = JSON.parse(out) as { checks: { name: string; state: string; remedy?: string }[] };
    expect(checks.map(({ name }) => name)).toEqual([
      "Node",
      "image decoder",
      "SQLite",
      "pages",
      "port",
      "disk",
      "memory",
    ]);
    expect(checks.filter(({ state, remedy }) => state !== "ok" && remedy === undefined)).toEqual([]);
    expect(checks.find(({ name }) => name === "disk")?.state).toBe("missing");
  });
});

describe("artesian run phenomics", () => {
  it("refuses a folder that is not there, and one without images it understands, saying what it saw", async () => {
    const out = join(root, "out");
    expect((await artesian("run", "phenomics", "--images", join(root, "none"), "--out", out)).error).toMatchObject({
      message: expect.stringContaining("no such folder"),
    });
    const folder = join(root, "odd");
    mkdirSync(folder);
    writeFileSync(join(folder, "holiday.tif"), "");
    expect((await artesian("run", "phenomics", "--images", folder, "--out", out)).error).toMatchObject({
      message: expect.stringMatching(
        /none of 1 files is an image whose name is understood \(for example holiday\.tif\)/,
      ),
    });
  });
  it("refuses a pattern that is no regular expression", async () => {
    const folder = join(root, "one");
    mkdirSync(folder);
    const { error } = await artesian(
      "run",
      "phenomics",
      "--images",
      folder,
      "--out",
      join(root, "out"),
      "--pattern",
      "(?<well>",
    );
    expect(describeError(error).code).toBe("imaging/file-name-pattern");
  });
});

describe("options of an experiment", () => {
  it("rename and order channels", () => {
    expect(channelChoice("5=DNA, ER")).toEqual([
      { file: "5", name: "DNA" },
      { file: "ER", name: "ER" },
    ]);
    expect(() => channelChoice("a=DNA,b=DNA")).toThrow(/DNA is named twice/);
    expect(() => channelChoice("=DNA")).toThrow(UsageError);
  });
  it("take the folder's name as identity and refuse numbers that are none", () => {
    expect(experimentOptions({}, "/data/My plate 7").experiment).toBe("My-plate-7");
    expect(() => experimentOptions({ sites: "two" }, "/x")).toThrow(/--sites two/);
    expect(() => experimentOptions({ pixelSize: "-1" }, "/x")).toThrow(/above 0/);
    expect(() => experimentOptions({ metadata: join(root, "absent.csv") }, "/x")).toThrow(/no such file/);
  });
});

it("lists files below a folder without hidden ones and those of the results", () => {
  const folder = join(root, "tree");
  for (const path of ["a/1.tif", "a/.hidden/2.tif", ".dot", "out/3.tif", "b.tif"]) {
    mkdirSync(join(folder, path, ".."), { recursive: true });
    writeFileSync(join(folder, path), "");
  }
  expect(listFiles(folder, join(folder, "out")).map((path) => path.slice(folder.length + 1))).toEqual([
    "a/1.tif",
    "b.tif",
  ]);
});

it("names runs so that they sort by their start", () => {
  const ids = [0, 1_700_000_000_000, 1_700_000_000_001].map((now) => newRunId(now, () => 0.5));
  expect(ids.every((id) => /^[0-9A-HJKMNP-TV-Z]{16}$/.test(id))).toBe(true);
  expect([...ids].sort()).toEqual(ids);
});

it("says durations as people do", () => {
  expect([3.4, 65, 3725].map(duration)).toEqual(["3 s", "1 min 5 s", "1 h 2 min"]);
});

it("tells an error's code and its chain of causes", () => {
  const error = Object.assign(new Error("outer", { cause: new Error("inner") }), { code: "x/y" });
  expect(describeError(error)).toEqual({ code: "x/y", message: "outer Cause: inner" });
});
