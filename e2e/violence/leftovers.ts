import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { canonicalJson, folderStore } from "@artesian/data";
import { openReader } from "@artesian/engine";
import { dataFolder } from "@artesian/workflows";
import { phenomicsRows } from "@artesian/workflows/phenomics.sinks.ts";

/** Everything a run leaves in its folder, as lines in canonical order by what they are of; clocks and run identities are left out. */
export type Leftovers = Map<string, string[]>;

/** Tables that tell of runs and people, not of results. */
const ASIDE = new Set(["run", "audit", "verdict", "sink_offset"]);
const CLOCKS = new Set(["at", "created_at", "updated_at", "seen_at", "complete_at", "stored_at", "image_to_site_ms"]);
/** Topics that a person's hand fills: giving the same input again adds the same records again. */
export const INPUTS = new Set(["images_channels", "experiment_metadata", "plate_layouts"]);
const URI = /sha256:[0-9a-f]{64}/g;

/** Rows of the store by table, without clocks and without `dropped` columns. */
export function storeRows(dir: string, dropped: readonly string[] = []): Leftovers {
  const found: Leftovers = new Map();
  const db = new DatabaseSync(dataFolder(dir).store, { readOnly: true });
  try {
    const tables = db.prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'").all();
    for (const table of tables.map(({ name }) => String(name))) {
      if (ASIDE.has(table)) continue;
      const rows = db.prepare(`SELECT * FROM "${table}"`).all();
      found.set(
        `store ${table}`,
        rows
          .map((row) => Object.entries(row).filter(([column]) => !CLOCKS.has(column) && !dropped.includes(column)))
          .map((cells) => canonicalJson(Object.fromEntries(cells)))
          .sort(),
      );
    }
  } finally {
    db.close();
  }
  return found;
}

/** Whether the report is there, which is the last thing to be made. */
export function reported(dir: string): boolean {
  try {
    return (storeRows(dir).get("store experiment_result") ?? []).some((row) => row.includes('"kind":"report"'));
  } catch {
    return false; // the store is not made yet
  }
}

/** Records of every topic; of topics that are fed from outside each record once. */
export function topicRecords(dir: string): Leftovers {
  const found: Leftovers = new Map();
  using reader = openReader(dataFolder(dir).engine);
  if (reader === undefined) throw new Error(`${dir} has no engine`);
  const { inspector } = reader;
  for (const topic of inspector.topics()) {
    const lines = inspector
      .partitions(topic)
      .flatMap(({ partition, next }) => inspector.readTopic(topic, partition, 0, next))
      .map(({ key, value, failure }) => `${key} ${canonicalJson(value)} ${failure?.code ?? ""}`)
      .sort();
    found.set(`topic ${topic}`, INPUTS.has(topic) ? [...new Set(lines)] : lines);
  }
  found.set(
    "tasks",
    inspector
      .tasks({ limit: 1_000_000 })
      .map(({ taskId, node, key, generation, state }) => `${node} ${key} ${generation} ${state} ${taskId}`)
      .sort(),
  );
  found.set(
    "dead letters",
    inspector
      .deadLetters({ limit: 1_000_000 })
      .map(({ node, key, code, message, state }) => `${node} ${key} ${code} ${message} ${state}`)
      .sort(),
  );
  return found;
}

/** Objects that rows and records lead to, also through objects that name others; each with the digest of what is there now. */
export async function reachableObjects(dir: string, from: Leftovers): Promise<string[]> {
  const objects = folderStore(dataFolder(dir).objects);
  const seen = new Map<string, string>();
  const waiting = [...from.values()].flatMap((lines) => lines.flatMap((line) => line.match(URI) ?? []));
  for (let uri = waiting.pop(); uri !== undefined; uri = waiting.pop()) {
    if (seen.has(uri)) continue;
    const bytes = await objects.get(uri);
    seen.set(uri, createHash("sha256").update(bytes).digest("hex"));
    if (bytes[0] === 0x7b || bytes[0] === 0x5b) waiting.push(...(Buffer.from(bytes).toString("utf8").match(URI) ?? []));
  }
  return [...seen].map(([uri, digest]) => `${uri} ${uri.endsWith(digest) ? "whole" : "DAMAGED"}`).sort();
}

/** What people open: report.html and tables/. */
export function openedFiles(dir: string): string[] {
  const paths = [
    "report.html",
    ...(existsSync(join(dir, "tables")) ? readdirSync(join(dir, "tables")) : []).map((name) => join("tables", name)),
  ];
  return paths
    .filter((path) => existsSync(join(dir, path)))
    .map(
      (path) =>
        `${relative(".", path)} ${createHash("sha256")
          .update(readFileSync(join(dir, path)))
          .digest("hex")}`,
    )
    .sort();
}

/** Topics whose last records the store has not seen: none, when nothing was lost on the way to it. */
export function behindInStore(dir: string): string[] {
  using reader = openReader(dataFolder(dir).engine);
  if (reader === undefined) throw new Error(`${dir} has no engine`);
  const db = new DatabaseSync(dataFolder(dir).store, { readOnly: true });
  try {
    const position = db.prepare("SELECT next_offset FROM sink_offset WHERE topic = ? AND partition = ?");
    return Object.keys(phenomicsRows().topics).flatMap((topic) =>
      reader.inspector
        .partitions(topic)
        .filter(({ partition, next }) => next > 0 && Number(position.get(topic, partition)?.next_offset ?? 0) !== next)
        .map(({ partition, next }) => `${topic}/${partition}: the store has not seen all ${next} records`),
    );
  } finally {
    db.close();
  }
}

/** All of it. */
export async function leftovers(dir: string): Promise<Leftovers> {
  const found: Leftovers = new Map([...storeRows(dir), ...topicRecords(dir)]);
  found.set("objects", await reachableObjects(dir, found));
  found.set("files", openedFiles(dir));
  found.set("behind", behindInStore(dir));
  return found;
}

/** What differs, in a few lines a person can read; none when both are the same. */
export function differences(found: Leftovers, expected: Leftovers): string[] {
  const lines: string[] = [];
  for (const name of new Set([...found.keys(), ...expected.keys()])) {
    const [have, want] = [tally(found.get(name) ?? []), tally(expected.get(name) ?? [])];
    for (const line of new Set([...have.keys(), ...want.keys()])) {
      const [a, b] = [have.get(line) ?? 0, want.get(line) ?? 0];
      if (a !== b) lines.push(`${name}: ${a} times instead of ${b}: ${line.slice(0, 400)}`);
    }
  }
  return lines.length <= 12 ? lines : [...lines.slice(0, 12), `… and ${lines.length - 12} more`];
}

function tally(lines: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const line of lines) counts.set(line, (counts.get(line) ?? 0) + 1);
  return counts;
}
