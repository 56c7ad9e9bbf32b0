import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { folderPlace, folderStore } from "@artesian/data";
import { afterAll, describe, expect, it } from "vitest";
import { containerRuntime, planCommand } from "./function-command.ts";
import { type ObjectFunction, readFunctions } from "./function-declaration.ts";
import type { HandlerEvent } from "./function-handler.ts";
import { runFunction } from "./function-run.ts";

const root = mkdtempSync(join(tmpdir(), "artesian-commands-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
mkdirSync(join(root, "in"));
writeFileSync(join(root, "in", "a b.csv"), "1,2,3\n");
const image = `tools/demux@sha256:${"a".repeat(64)}`;
const event: HandlerEvent = {
  bucket: join(root, "in"),
  key: "a b.csv",
  uri: join(root, "in", "a b.csv"),
  type: "ObjectCreated",
  etag: "e1",
  versionId: null,
  sequencer: null,
  sizeBytes: 6,
  timeMs: 1,
  modifiedMs: 1,
  source: "folder",
  replay: null,
};
let count = 0;
function declared(body: object): ObjectFunction {
  const file = join(root, `${++count}.json`);
  writeFileSync(file, JSON.stringify({ functions: [{ id: "f", trigger: {}, ...body }] }));
  return readFunctions(file)[0] as ObjectFunction;
}
const run = (
  body: object,
  more: { signal?: AbortSignal; env?: Record<string, string>; log?: (line: string) => void } = {},
) =>
  runFunction(declared(body), event, {
    place: folderPlace(event.bucket),
    objects: folderStore(join(root, "objects")),
    cacheDir: join(root, "cache"),
    env: { PATH: process.env.PATH, SECRET: "s", ...more.env },
    idempotencyKey: "k".repeat(64),
    attempt: 1,
    test: false,
    now: 1,
    signal: more.signal ?? new AbortController().signal,
    log: more.log ?? (() => {}),
    heartbeat: () => {},
  });
const script = (text: string) => ({ command: [process.execPath, "-e", text, "{path}"] });

describe("a command", () => {
  it("gets the file as an argument and the event as its input, and what it prints last is its result", async () => {
    const text = `
      let said = "";
      process.stdin.on("data", (chunk) => (said += chunk)).on("end", () => {
        const { event, idempotencyKey, parameters } = JSON.parse(said);
        const content = require("node:fs").readFileSync(process.argv[1], "utf8");
        console.log("working");
        console.log(JSON.stringify({ key: event.key, content, short: idempotencyKey.slice(0, 2), parameters }));
      });`;
    expect(await run({ ...script(text), with: { x: 1 } })).toEqual({
      key: "a b.csv",
      content: "1,2,3\n",
      short: "kk",
      parameters: { x: 1 },
    });
  });

  it("that prints no object has what it printed as its result, or nothing", async () => {
    expect(await run({ command: ["echo", "hello {key} {unknown}"] })).toEqual({ output: "hello a b.csv {unknown}" });
    expect(await run({ command: ["true"] })).toEqual({});
  });

  it("goes through no shell, and sees no variables but its own and those it is allowed", async () => {
    const text = `console.log(JSON.stringify({ arguments: process.argv.slice(1), names: Object.keys(process.env).sort(), given: process.env.ALLOWED }))`;
    const body = { command: [process.execPath, "-e", text, "--", "$(id); {key}"], env: ["ALLOWED", "ABSENT"] };
    const found = await run(body, { env: { ALLOWED: "yes" } });
    expect(found).toMatchObject({ arguments: ["$(id); a b.csv"], given: "yes" });
    expect(found.names).toEqual(
      expect.arrayContaining(["ALLOWED", "ARTESIAN_IDEMPOTENCY_KEY", "ARTESIAN_URI", "PATH"]),
    );
    expect(found.names).not.toContain("SECRET");
  });

  it("that fails says how with the end of what it said; code 65 is not tried again", async () => {
    const failing = (code: number) =>
      run({ command: ["sh", "-c", `echo first >&2; echo "no plate" >&2; exit ${code}`] });
    await expect(failing(1)).rejects.toMatchObject({
      code: "workflows/function-run",
      retryable: true,
      message: expect.stringMatching(/Function f: sh ended with exit code 1\. It said: first\nno plate/),
    });
    await expect(failing(65)).rejects.toMatchObject({ retryable: false });
    await expect(run({ command: ["/nowhere/at-all"] })).rejects.toMatchObject({
      retryable: false,
      message: expect.stringContaining("/nowhere/at-all cannot be started"),
    });
  });

  it("ends with all that it started when it is called off", async () => {
    const mark = join(root, "alive");
    const stop = new AbortController();
    const text = `sh -c 'sleep 1; touch "${mark}"' & wait`;
    const ended = run({ command: ["sh", "-c", text] }, { signal: stop.signal });
    setTimeout(() => stop.abort(), 150);
    await expect(ended).rejects.toMatchObject({ message: expect.stringMatching(/was ended by SIG/) });
    await new Promise((resolve) => setTimeout(resolve, 1300));
    expect(existsSync(mark)).toBe(false);
  });

  it("has its standard error as the log", async () => {
    const lines: string[] = [];
    await run({ command: ["sh", "-c", "echo one >&2"] }, { log: (line) => lines.push(line) });
    expect(lines).toEqual(["one"]);
  });
});

describe("a container", () => {
  it("is planned with its image's digest, the object read-only, no network, and values out of the arguments", () => {
    const fn = declared({ container: { image, command: ["--in", "{path}", "--of", "{bucket}"] }, env: ["TOKEN"] });
    const { body } = fn;
    if (body.kind !== "container") throw new Error("no container");
    const given = {
      path: "/cache/x.csv",
      idempotencyKey: "k",
      name: "artesian-k-1",
      runtime: "/bin/podman",
      env: { TOKEN: "t", PATH: "/bin" },
    };
    expect(planCommand({ ...fn, body }, event, given)).toEqual({
      argv: [
        "/bin/podman",
        "run",
        "--rm",
        "--interactive",
        "--name",
        "artesian-k-1",
        "--network",
        "none",
        "--volume",
        "/cache/x.csv:/in/x.csv:ro",
        "--env",
        "TOKEN",
        "--env",
        "ARTESIAN_URI",
        "--env",
        "ARTESIAN_PATH",
        "--env",
        "ARTESIAN_IDEMPOTENCY_KEY",
        image,
        "--in",
        "/in/x.csv",
        "--of",
        event.bucket,
      ],
      env: {
        PATH: "/bin",
        TOKEN: "t",
        ARTESIAN_URI: event.uri,
        ARTESIAN_PATH: "/in/x.csv",
        ARTESIAN_IDEMPOTENCY_KEY: "k",
      },
      atEnd: ["/bin/podman", "kill", "artesian-k-1"],
    });
    const online = planCommand({ ...fn, body: { ...body, network: true } }, event, given);
    expect(online.argv).not.toContain("none");
  });

  it("is run by what the machine has, and killed by its name when it is called off", async () => {
    const calls = join(root, "calls");
    const runtime = join(root, "podman");
    writeFileSync(
      runtime,
      `#!/bin/sh\necho "$@" >> "${calls}"\n[ "$1" = kill ] && exit 0\nfor last; do :; done\n[ "$last" = wait ] && sleep 5\necho '{"ran": true}'\n`,
    );
    chmodSync(runtime, 0o755);
    const path = { env: { PATH: `${root}:/usr/bin:/bin`, ARTESIAN_CONTAINERS: runtime } };
    expect(await run({ container: { image } }, path)).toEqual({ ran: true });
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 150);
    await expect(run({ container: { image, command: ["wait"] } }, { ...path, signal: stop.signal })).rejects.toThrow(
      /was ended by/,
    );
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(readFileSync(calls, "utf8").trim().split("\n").at(-1)).toBe(`kill artesian-${"k".repeat(12)}-1`);
  });

  it("is found on the path, docker before podman; without either it is said and not tried again", () => {
    const bin = join(root, "bin");
    mkdirSync(bin);
    expect(() => containerRuntime("f", { PATH: bin })).toThrow(
      expect.objectContaining({ code: "workflows/function-run", retryable: false }) as Error,
    );
    for (const name of ["podman", "docker"]) {
      writeFileSync(join(bin, name), "#!/bin/sh\n");
      chmodSync(join(bin, name), 0o755);
      expect(containerRuntime("f", { PATH: `/nowhere:${bin}` })).toBe(join(bin, name));
    }
  });
});

describe("a module", () => {
  const module = (text: string) => {
    writeFileSync(join(root, `m${++count}.mjs`), text);
    return { handler: `m${count}.mjs` };
  };
  it("returns nothing or a small object of JSON", async () => {
    expect(await run(module("export default () => undefined"))).toEqual({});
    expect(
      await run(
        module(
          "export default async (event, { parameters, read }) => ({ at: new Date(0), key: event.key, size: (await read()).length })",
        ),
      ),
    ).toEqual({
      at: "1970-01-01T00:00:00.000Z",
      key: "a b.csv",
      size: 6,
    });
    for (const [text, said] of [
      ["[1]", "[1]"],
      ["'x'", '"x"'],
      ["({ n: 1n })", "BigInt"],
      ["({ x: 'x'.repeat(70000) })", "bytes"],
    ])
      await expect(run(module(`export default () => ${text}`))).rejects.toMatchObject({
        code: "workflows/function-result",
        retryable: false,
        message: expect.stringContaining(said ?? ""),
      });
  });

  it("that cannot be loaded, or is none, is said and not tried again; what it throws stays what it is", async () => {
    await expect(run(module("export default ("))).rejects.toMatchObject({
      code: "workflows/function-run",
      retryable: false,
    });
    await expect(run(module("export const x = 1"))).rejects.toThrow(/no function as its default export/);
    const own = module(
      "export default () => { throw Object.assign(new Error('mine'), { code: 'lab/mine', retryable: false }) }",
    );
    await expect(run(own)).rejects.toMatchObject({ code: "lab/mine", retryable: false });
  });
});
