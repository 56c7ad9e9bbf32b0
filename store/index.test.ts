import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import * as room from "./index.ts";

test("the room's names", () => {
  expect(Object.keys(room).sort()).toMatchSnapshot();
});

test("the README's example runs", async () => {
  const text = readFileSync(new URL("README.md", import.meta.url), "utf8");
  const code = /```ts\nimport \{(?<names>[^}]+)\} from "@artesian\/store";\n(?<body>[\s\S]*?)```/.exec(text)?.groups;
  expect(code?.names?.split(",").every((name) => name.trim() in room)).toBe(true);
  const dir = mkdtempSync(join(tmpdir(), "artesian-store-"));
  try {
    const body = (code?.body ?? "")
      .replaceAll('"store.db"', JSON.stringify(join(dir, "store.db")))
      .replace(")!)", "))");
    const names = Object.keys(room);
    const run = new Function(
      ...names,
      `return (async () => { ${body}; const seen = plate.images.seen; await reader.close(); store.close(); return seen; })()`,
    );
    expect(await run(...Object.values(room))).toBe(1);
  } finally {
    rmSync(dir, { recursive: true });
  }
});
