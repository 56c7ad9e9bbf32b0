import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ObjectEvent } from "@artesian/engine";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readFunctions, triggerText, wants } from "./function-declaration.ts";

const root = mkdtempSync(join(tmpdir(), "artesian-declarations-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
beforeAll(() => writeFileSync(join(root, "h.ts"), "export default () => undefined;\n"));
let count = 0;
const file = (text: string, name = `${++count}.yml`): string => {
  writeFileSync(join(root, name), text);
  return join(root, name);
};
const one = (lines: string): string => `functions:\n  - id: f\n    ${lines.trim().replaceAll("\n", "\n    ")}\n`;
const smallest = one("trigger: {}\nhandler: h.ts");

describe("a declaration", () => {
  it("is filled in with defaults", () => {
    expect(readFunctions(file(smallest))).toEqual([
      {
        id: "f",
        description: "",
        trigger: { bucket: null, prefix: "", suffix: [], type: ["ObjectCreated:*"] },
        body: { kind: "module", path: join(root, "h.ts") },
        parameters: {},
        env: [],
        concurrency: null,
        timeoutMs: 600_000,
        retry: { attempts: 3, delayMs: 1000, factor: 2, maxDelayMs: 60_000 },
        folder: root,
        files: [join(root, "h.ts")],
        digest: expect.stringMatching(/^[0-9a-f]{64}$/),
      },
    ]);
  });

  it("may be JSON, a folder of files, and name folders relative to itself", () => {
    const dir = join(root, "many");
    mkdirSync(dir);
    writeFileSync(
      join(dir, "b.json"),
      JSON.stringify({ functions: [{ id: "b", trigger: { bucket: "./in" }, command: ["true"] }] }),
    );
    writeFileSync(join(dir, "a.yaml"), "functions: [{ id: a, trigger: { bucket: s3://plates }, use: plate-readings }]");
    writeFileSync(join(dir, "note.txt"), "not a declaration");
    expect(readFunctions(dir).map(({ id, trigger }) => [id, trigger.bucket])).toEqual([
      ["a", "plates"],
      ["b", join(dir, "in")],
    ]);
  });

  it("of a function that looks at runs is more patient than others, unless told otherwise", () => {
    const attempts = (more: string) =>
      readFunctions(file(one(`trigger: {}\nuse: editing-runs\n${more}`)))[0]?.retry.attempts;
    expect([attempts(""), attempts("retries: { attempts: 2 }")]).toEqual([20, 2]);
  });

  it("has a digest that changes with what it does, and with nothing else", () => {
    const digest = (text: string) => readFunctions(file(text))[0]?.digest;
    const first = digest(smallest);
    expect(digest(one("description: in other words\ntrigger: {}\nhandler: ./h.ts".replace("./", "")))).toBe(first);
    expect(digest(one("trigger: {}\nhandler: h.ts\nwith: { x: 1 }"))).not.toBe(first);
    expect(digest(one("trigger: { prefix: a }\nhandler: h.ts"))).not.toBe(first);
    writeFileSync(join(root, "extra.txt"), "1");
    const more = one("trigger: {}\nhandler: h.ts\nfiles: [extra.txt]");
    const before = digest(more);
    writeFileSync(join(root, "extra.txt"), "2");
    expect(digest(more)).not.toBe(before);
    writeFileSync(join(root, "h.ts"), "export default () => ({});\n");
    expect(digest(smallest)).not.toBe(first);
  });
});

describe("a declaration that cannot be used", () => {
  it.each([
    ["no YAML", "functions:\n  - id: [", /\d+\.yml, line \d: /],
    [
      "an identity of another form",
      "functions:\n  - trigger: {}\n    id: My Function\n    use: plate-readings",
      /line 3: functions\.0\.id: expected small letters/,
    ],
    [
      "a word that means nothing",
      one("trigger: { sufix: .csv }\nuse: plate-readings"),
      /line 3: functions\.0\.trigger: Unrecognized key: "sufix"/,
    ],
    [
      "nothing to run",
      one("trigger: {}"),
      /line 2: functions\.0: has neither; expected exactly one of use, handler, command, container/,
    ],
    ["two things to run", one("trigger: {}\nuse: plate-readings\ncommand: [x]"), /has use and command/],
    [
      "a handler that is not there",
      one("trigger: {}\nhandler: gone.ts"),
      /line 2: function "f": there is no file .*gone\.ts/,
    ],
    [
      "an image without its digest",
      one("trigger: {}\ncontainer: { image: bcl2fastq:latest }"),
      /line 4: .*name@sha256/,
    ],
    [
      "events that tell of nothing new",
      one("trigger: { type: ObjectRemoved:Delete }\nuse: plate-readings"),
      /line 3: .*ObjectCreated/,
    ],
    [
      "an identity twice",
      "functions:\n  - { id: f, trigger: {}, use: plate-readings }\n  - { id: f, trigger: {}, use: plate-readings }",
      /"f" is declared twice/,
    ],
    [
      "names that meet in the graph",
      "functions:\n  - { id: f, trigger: {}, use: plate-readings }\n  - { id: f-due, trigger: {}, use: plate-readings }",
      /"f" and "f-due" need the same name "f-due"/,
    ],
    [
      "a name of the graph's own",
      "functions: [{ id: events, trigger: {}, use: plate-readings }]",
      /cannot be called "events"/,
    ],
    [
      "aliases without end",
      `a: &a [x, x, x, x, x, x, x, x, x]\nb: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a]\nc: &c [*b, *b, *b, *b, *b, *b, *b, *b]\nfunctions: [*c, *c, *c]`,
      /alias/i,
    ],
  ])("is named with its line: %s", (_, text, said) => {
    expect(() => readFunctions(file(text))).toThrow(
      expect.objectContaining({
        code: "workflows/function-declaration",
        message: expect.stringMatching(said),
      }) as Error,
    );
  });

  it("is told of when it is not there, or declares nothing", () => {
    expect(() => readFunctions(join(root, "nowhere.yml"))).toThrow(/there is no such file or folder/);
    mkdirSync(join(root, "empty"));
    expect(() => readFunctions(join(root, "empty"))).toThrow(/declares no function/);
  });
});

describe("a trigger", () => {
  const trigger = { bucket: "plates", prefix: "raw/", suffix: [".csv", ".txt"], type: ["ObjectCreated:*"] };
  const event: ObjectEvent = {
    bucket: "plates",
    key: "raw/P1.csv",
    type: "ObjectCreated:Put",
    etag: "e",
    versionId: null,
    sequencer: null,
    sizeBytes: 1,
    timeMs: 1,
    modifiedMs: null,
    source: "notification",
    replay: null,
  };
  const wanted = (given: Partial<ObjectEvent>, type = ["ObjectCreated:*"]) =>
    wants({ id: "f", trigger: { ...trigger, type } }, { ...event, ...given });

  it("wants its bucket, prefix and one of its endings", () => {
    expect(wanted({})).toBe(true);
    expect([wanted({ bucket: "other" }), wanted({ key: "P1.csv" }), wanted({ key: "raw/P1.tif" })]).toEqual([
      false,
      false,
      false,
    ]);
    expect(
      wants({ id: "f", trigger: { bucket: null, prefix: "", suffix: [], type: ["ObjectCreated:*"] } }, event),
    ).toBe(true);
  });

  it("wants one kind of event when it says so; a listing does not know its kind", () => {
    expect(wanted({}, ["ObjectCreated:Copy"])).toBe(false);
    expect(wanted({ type: "ObjectCreated:Copy" }, ["ObjectCreated:Copy"])).toBe(true);
    expect(wanted({ type: "ObjectCreated" }, ["ObjectCreated:Copy"])).toBe(true);
  });

  it("wants a replay that is for it, or for all", () => {
    const replay = (name: string | null) => ({ replay: { id: "r", function: name, force: false } });
    expect([wanted(replay(null)), wanted(replay("f")), wanted(replay("g"))]).toEqual([true, true, false]);
  });

  it("is said in words", () => {
    expect(triggerText(trigger)).toBe("plates/raw/*.csv, raw/*.txt");
    expect(triggerText({ bucket: null, prefix: "", suffix: [], type: ["ObjectCreated:Put"] })).toBe(
      "* (ObjectCreated:Put)",
    );
  });
});
