import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as data from "@artesian/data";
import { FAULT_LABELS } from "@artesian/imaging";
import * as store from "@artesian/store";
import { expect, test } from "vitest";
import * as schemas from "./api.ts";
import * as room from "./index.ts";

test("the room's names", () => {
  expect(Object.keys(room).sort()).toMatchSnapshot();
  expect(Object.keys(schemas).sort()).toMatchSnapshot();
});

test("every fault that imaging finds has a label on the wire", () => {
  expect(FAULT_LABELS.filter((label) => !schemas.FaultLabel.options.includes(label))).toEqual([]);
});

test("the README's example runs: the server answers", async () => {
  const text = readFileSync(new URL("README.md", import.meta.url), "utf8");
  const body = /```ts\n(?:import .*\n)+(?<body>[\s\S]*?)```/.exec(text)?.groups?.body ?? "";
  const dir = mkdtempSync(join(tmpdir(), "artesian-readme-"));
  mkdirSync(join(dir, "data"));
  mkdirSync(join(dir, "web", "dist"), { recursive: true });
  writeFileSync(join(dir, "web", "dist", "index.html"), "<!doctype html>");
  const names = { ...data, ...store, ...room };
  const placed = body
    .replaceAll(/"(data|web)\//g, (_all, folder) => `"${dir}/${folder}/`)
    .replace("port: 8080", "port: 0");
  const run = new Function(...Object.keys(names), `return (async () => { ${placed}; return { url, server }; })()`);
  const { url, server }: { url: string; server: room.Server } = await run(...Object.values(names));
  try {
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
  } finally {
    await server.close();
    rmSync(dir, { recursive: true });
  }
});

test("api.ts can be loaded in a browser: it imports zod and its own parts only", () => {
  const files = [
    "api.ts",
    ...[
      "common",
      "experiments",
      "hits",
      "live",
      "map-groups",
      "map-hypotheses",
      "map-questions",
      "perturbations",
      "plates",
      "runs",
    ].map((name) => `api/${name}.ts`),
  ];
  for (const file of files) {
    const source = readFileSync(new URL(file, import.meta.url), "utf8");
    const imported = [...source.matchAll(/from "([^"]+)"/g)].map((match) => match[1]);
    expect(imported.filter((name) => name !== "zod" && !/^\.\/(api\/)?[a-z-]+\.ts$/.test(name ?? ""))).toEqual([]);
  }
});
