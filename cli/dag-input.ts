import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { sha256 } from "@artesian/data";
import type { AppendRecord, Plan, Value } from "@artesian/engine";
import { inexactInteger } from "@artesian/engine/json.ts";
import { UsageError } from "./exit.ts";

/** Records that a file has for a topic. */
export interface DagInput {
  topic: string;
  path: string;
  records: AppendRecord[];
}

/**
 * Reads `TOPIC=FILE`, a JSON object a line; the same line of a file enters once, however often the file is given.
 * @throws UsageError naming file and line
 */
export function readInput(plan: Plan, text: string): DagInput {
  const at = text.indexOf("=");
  const [topic, path] = [text.slice(0, at), text.slice(at + 1)];
  if (at < 1 || path === "") throw new UsageError(`--input ${text}: expected TOPIC=FILE.`);
  const topics = plan.topics.filter(({ kind }) => kind === "external" || kind === "table").map(({ name }) => name);
  if (!topics.includes(topic))
    throw new UsageError(`--input ${text}: the workflow reads no topic "${topic}". It reads ${topics.join(", ")}.`);
  if (!existsSync(path)) throw new UsageError(`--input ${text}: there is no such file.`);
  const times = new Map<string, number>();
  const records = readFileSync(path, "utf8")
    .split("\n")
    .flatMap((line, index): AppendRecord[] => {
      if (line.trim() === "") return [];
      const record = recordOf(line, `${path}, line ${index + 1}`);
      // The same line again is another record; the same file again is none.
      const digest = sha256(line.trim());
      const time = (times.get(digest) ?? 0) + 1;
      times.set(digest, time);
      return [{ ...record, eventId: `line/${digest}/${time}` }];
    });
  return { topic, path: resolve(path), records };
}

function recordOf(line: string, where: string): AppendRecord {
  let parsed: unknown;
  try {
    parsed = JSON.parse(line);
  } catch (error) {
    throw new UsageError(`${where}: is not JSON: ${error instanceof Error ? error.message : error}`);
  }
  const wide = inexactInteger(line);
  if (wide !== undefined)
    throw new UsageError(`${where}: ${wide} is beyond 2^53 - 1 and would become another number. Write it as text.`);
  if (parsed === null || typeof parsed !== "object" || Array.isArray(parsed))
    throw new UsageError(`${where}: expected a JSON object.`);
  const value = parsed as Value;
  const isKeyed =
    Object.keys(value).sort().join() === "key,value" &&
    typeof value.key === "string" &&
    typeof value.value === "object";
  return isKeyed ? { key: String(value.key), value: value.value as Value | null } : { value };
}
