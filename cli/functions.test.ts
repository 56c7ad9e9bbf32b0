import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it, vi } from "vitest";
import { createOutput } from "./output.ts";
import { createProgram } from "./program.ts";

const root = mkdtempSync(join(tmpdir(), "artesian-cli-functions-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const declarations = join(root, "functions.yml");
const inbox = join(root, "in");
mkdirSync(join(inbox, "E1"), { recursive: true });
writeFileSync(
  declarations,
  `functions:
  - id: readers
    trigger: { suffix: .csv }
    use: plate-readings
  - id: count
    trigger: { suffix: .txt }
    command: [sh, -c, 'wc -c < "$1"', count, "{path}"]
`,
);
const grid = ",1,2,3\nA,1,2,3\n";
const put = (name: string, content: string): string => {
  writeFileSync(join(inbox, name), content);
  return join(inbox, name);
};

/** Runs a command in this process. */
async function run(
  ...words: string[]
): Promise<{ code: number | undefined; data: string; said: string; json: () => unknown }> {
  let data = "";
  let said = "";
  let code: number | undefined;
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  stdout.on("data", (chunk) => (data += String(chunk)));
  stderr.on("data", (chunk) => (said += String(chunk)));
  const program = createProgram(createOutput({ stdout, stderr }), (exit) => {
    code = exit;
  });
  await program.parseAsync(["functions", ...words, "--functions", declarations], { from: "user" });
  return { code, data, said, json: () => JSON.parse(data) };
}

describe("artesian functions test", () => {
  it("shows what a function makes of an object, and writes nothing", async () => {
    const data = join(root, "untouched");
    const found = await run("test", "readers", put("E1/P1.csv", grid), "--place", inbox, "--data", data, "--json");
    expect(found.code).toBe(0);
    expect(found.json()).toMatchObject({
      wanted: true,
      applied: [],
      idempotencyKey: expect.stringMatching(/^[0-9a-f]{64}$/),
      result: { experiment: "E1", plates: ["P1"], wells: 3 },
    });
    expect(found.said).toContain("It would run");
    await expect(run("list", "--data", data, "--json").then(({ json }) => json())).resolves.toMatchObject({
      functions: [
        { id: "count", counts: { done: 0 } },
        { id: "readers", trigger: "*.csv", counts: { done: 0 } },
      ],
    });
  });

  it("tells what is wrong with an object, and whether it would be tried again", async () => {
    const found = await run("test", "readers", put("E1/bad.csv", "no readings"), "--json");
    expect(found.code).toBe(1);
    expect(found.json()).toMatchObject({ error: { code: "data/plate-reader", retryable: false } });
  });

  it("does not run on what the trigger does not want, unless it is told to", async () => {
    const text = put("note.csv.txt", "12345");
    expect(await run("test", "readers", text)).toMatchObject({ code: 3, data: "" });
    expect((await run("test", "count", text)).data).toContain('"output": "5"');
    expect(await run("test", "readers", text, "--anyway")).toMatchObject({ code: 1 });
  });

  it("takes a notification in place of an object", async () => {
    const file = put(
      "event.json.part",
      JSON.stringify({
        Records: [
          {
            eventName: "ObjectCreated:Put",
            s3: { bucket: { name: inbox }, object: { key: "E1%2FP1.csv", size: 1, eTag: "e" } },
          },
        ],
      }),
    );
    expect((await run("test", "readers", "--event", file, "--json")).json()).toMatchObject({
      version: "e",
      result: { wells: 3 },
    });
  });

  it("is told what it can be given", async () => {
    await expect(run("test", "nobody", inbox)).rejects.toThrow(/declares count, readers/);
    await expect(run("test", "readers")).rejects.toThrow(/Give an object, or a notification/);
    await expect(run("test", "readers", join(inbox, "gone.csv"))).rejects.toThrow(/there is no such object/);
    await expect(run("replay")).rejects.toThrow(/Give a place, or --dead-letters/);
    await expect(run("replay", "--dead-letters", "--force")).rejects.toThrow(/not about dead letters/);
    await expect(run("replay", inbox, "--since", "yesterday")).rejects.toThrow(/--since yesterday/);
    await expect(run("watch", inbox, "--events", "9070")).rejects.toThrow(/write HOST:PORT/);
    await expect(run("watch", inbox, "--events-token-file", "/nowhere")).rejects.toThrow(/there is no such file/);
  });
});

/** Functions at work in a process of their own. */
async function watching(
  data: string,
  ...more: string[]
): Promise<{ url: string; door: string; stop: () => Promise<number | null> }> {
  const main = fileURLToPath(new URL("./main.ts", import.meta.url));
  const words = [
    "functions",
    "watch",
    inbox,
    "--functions",
    declarations,
    "--data",
    data,
    "--port",
    "0",
    "--workers",
    "1",
    "--stable",
    "0.2",
    ...more,
  ];
  const child: ChildProcess = spawn(process.execPath, [main, ...words], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ARTESIAN_EVENTS_TOKEN: "0123456789abcdef" },
  });
  const ended = new Promise<number | null>((resolve) => child.on("exit", resolve));
  afterAll(() => child.kill("SIGKILL"));
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk) => (said += String(chunk)));
  await vi.waitFor(() => expect(said).toMatch(/Ctrl-C/), { timeout: 60_000, interval: 100 });
  const stop = (): Promise<number | null> => {
    child.kill("SIGTERM");
    return ended;
  };
  return { url: /^http:\S+/m.exec(said)?.[0] ?? "", door: /POST (http:\S+)/.exec(said)?.[1] ?? "", stop };
}

it("watch runs functions on files and notifications, replay reaches it while it runs and works alone when it does not", async () => {
  const data = join(root, "data");
  const wait = { timeout: 60_000, interval: 200 };
  const { url, door, stop } = await watching(data, "--events", "127.0.0.1:0");
  const ledger = async () =>
    (await (await fetch(new URL("/api/v1/functions/ledger", url))).json()) as { counts: object };
  // The good file, the bad one and the note of the tests above.
  await vi.waitFor(
    async () => expect((await ledger()).counts).toEqual({ waiting: 0, done: 2, superseded: 0, failed: 1 }),
    wait,
  );
  const notice = {
    Records: [
      {
        eventName: "s3:ObjectCreated:Put",
        s3: { bucket: { name: inbox }, object: { key: "gone.csv", size: 1, eTag: "e", sequencer: "1" } },
      },
    ],
  };
  const post = (authorization: string) =>
    fetch(door, { method: "POST", body: JSON.stringify(notice), headers: { authorization } });
  expect([(await post("Bearer no")).status, (await post("Bearer 0123456789abcdef")).status]).toEqual([401, 200]);
  await vi.waitFor(async () => expect((await ledger()).counts).toMatchObject({ superseded: 1 }), wait);
  const replayed = await run("replay", inbox, "--prefix", "E1/P1", "--force", "--data", data, "--json");
  expect(replayed.json()).toEqual({ accepted: 1, by: expect.stringContaining("http://127.0.0.1:") });
  await vi.waitFor(async () => expect((await ledger()).counts).toMatchObject({ done: 3 }), wait);
  expect(await stop()).toBe(0);

  put("E1/bad.csv", grid);
  const dead = await run("replay", "--dead-letters", "--data", data, "--json", "--workers", "1");
  expect([dead.code, dead.json()]).toEqual([0, { accepted: 1, failed: [] }]);
  const mended = await run("replay", inbox, "--function", "readers", "--data", data, "--json", "--workers", "1");
  expect([mended.code, mended.json()]).toEqual([0, { accepted: 2, failed: [] }]);
  expect((await run("list", "--data", data, "--json")).json()).toMatchObject({
    functions: [
      { id: "count", counts: { done: 1 } },
      { id: "readers", counts: { done: 3, failed: 0, superseded: 2 } },
    ],
  });
}, 180_000);
