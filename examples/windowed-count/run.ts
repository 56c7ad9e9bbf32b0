import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compile, openEmbedded, openReader } from "@artesian/engine";

const dir = mkdtempSync(join(tmpdir(), "artesian-example-window-"));
const plan = compile(readFileSync(join(import.meta.dirname, "workflow.json"), "utf8"));
const start = Date.UTC(2026, 0, 5, 9);

/** An image of a plate, so many seconds after nine. */
const image = (plate: string, second: number) => ({
  value: { plate, sizeBytes: 2_000_000 },
  timestamp: start + second * 1000,
});

const runtime = await openEmbedded({ dir, plans: [plan] });
await runtime.append("images", [image("P1", 3), image("P2", 10), image("P1", 58), image("P1", 57)]);
// event time passes the first minute and its grace: the window of each plate is put out, once
await runtime.append("images", [image("P1", 66), image("P2", 70)]);
// too late for its window: set aside with its reason
await runtime.append("images", [image("P1", 5)]);
await runtime.closeInput();
await runtime.stop();

using reader = openReader(dir);
const { inspector } = reader ?? { inspector: undefined };
const rows =
  inspector
    ?.partitions("images_per_minute")
    .flatMap(({ partition }) => inspector.readTopic("images_per_minute", partition)) ?? [];
for (const { value } of rows.sort((a, b) => (a.key < b.key ? -1 : 1))) console.log(JSON.stringify(value));
const letters = inspector?.deadLetters() ?? [];
for (const { key, code, message } of letters) console.log(`${key} set aside: ${message} [${code}]`);
reader?.close();
rmSync(dir, { recursive: true, force: true });
process.exitCode = rows.length === 4 && letters.length === 1 ? 0 : 1;
