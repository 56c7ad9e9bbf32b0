import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { packEngine } from "./pack-engine.ts";

const root = mkdtempSync(join(tmpdir(), "engine-package-"));
const folder = join(root, "elsewhere");
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** Runs a command in the empty folder, without a registry and without the repository's modules. */
function run(command: string, ...words: string[]): { status: number | null; said: string } {
  const env = { ...process.env, npm_config_registry: "http://127.0.0.1:9", npm_config_cache: join(root, "cache") };
  const { status, stdout, stderr } = spawnSync(command, words, { cwd: folder, encoding: "utf8", env });
  return { status, said: `${stdout}${stderr}` };
}

const example = (): string => /```ts\n([\s\S]*?)```/.exec(readFileSync("engine/README.md", "utf8"))?.[1] ?? "";

describe.skipIf(process.env.ARTESIAN_SLOW !== "1")("the engine as a package of its own", () => {
  beforeAll(() => {
    mkdirSync(folder);
    writeFileSync(join(folder, "package.json"), '{"type": "module", "private": true}');
    const tarball = packEngine(root, true);
    const installed = run("npm", "install", "--offline", "--no-audit", "--no-fund", "--ignore-scripts", tarball);
    expect(installed).toMatchObject({ status: 0 });
  }, 120_000);

  it("runs the README's example in an empty folder, installed without a registry", () => {
    const last = 'driver.read("features")[0]?.value.count;';
    expect(example()).toContain(last);
    writeFileSync(join(folder, "example.ts"), example().replace(last, `console.log(${last.slice(0, -1)});`));
    expect(run(process.execPath, "example.ts")).toEqual({ status: 0, said: "2\n" });
  });

  it("carries types: the example compiles strictly against them, and a wrong call does not", () => {
    const tsc = join(process.cwd(), "node_modules/typescript/bin/tsc");
    const options = [
      "--strict",
      "--noEmit",
      "--module",
      "nodenext",
      "--target",
      "esnext",
      "--skipLibCheck",
      "--allowImportingTsExtensions",
    ];
    const types = ["--types", "node", "--typeRoots", join(process.cwd(), "node_modules/@types")];
    expect(run(process.execPath, tsc, ...options, ...types, "example.ts")).toEqual({ status: 0, said: "" });
    writeFileSync(
      join(folder, "wrong.ts"),
      'import { compile } from "@artesian/engine";\ncompile(1, { functions: 2 });\n',
    );
    expect(run(process.execPath, tsc, ...options, ...types, "wrong.ts").said).toMatch(/wrong\.ts\(2,/);
  });

  it("runs tasks in worker threads, durably", () => {
    writeFileSync(
      join(folder, "tasks.js"),
      "export const tasks = { extract: { run: ({ images }) => ({ count: images.length }) } };\n",
    );
    const program = example()
      .replace("compile, testDriver", "compile, openEmbedded, startRuntimeThread")
      .replace(
        /const driver =[\s\S]*/,
        `const runtime = await openEmbedded({ dir: "data", plans: [plan], tasks: { module: import.meta.resolve("./tasks.js"), threads: 1 } });
await runtime.append("images", ["DNA", "ER"].map((channel) => ({ key: channel, value: { experiment: "E1", well: "C05", channel } })));
await runtime.append("metadata", [{ key: "E1", value: { channels: ["DNA", "ER"] } }]);
console.log((await runtime.closeInput()).complete, runtime.partitions("features").reduce((sum, { next }) => sum + next, 0));
await runtime.stop();
`,
      );
    writeFileSync(join(folder, "embedded.ts"), program);
    expect(run(process.execPath, "embedded.ts")).toEqual({ status: 0, said: "true 1\n" });
  });

  it("holds no test, no fixture and nothing of the other rooms but what the engine needs of data/", () => {
    const files = readdirSync(join(folder, "node_modules/@artesian/engine/dist"), { recursive: true }).map(String);
    expect(files.filter((file) => /\.test\.|test-support|fixtures/.test(file))).toEqual([]);
    expect(new Set(files.map((file) => file.split("/")[0]))).toEqual(new Set(["engine", "data"]));
    expect(files.some((file) => /s3|hdf5|parquet/.test(file))).toBe(false);
  });
});
