import type { DatabaseSync } from "node:sqlite";
import { canonicalJson, sha256 } from "@artesian/data/hash.ts";
import { Inspector } from "./inspect.ts";
import { decodeRecords } from "./log.ts";
import type { Plan } from "./plan.ts";
import { sameJson, type Value } from "./template.ts";

/** A key whose published value is not the same in both. */
export interface OutputDifference {
  kind: "changed" | "only-old" | "only-new";
  key: string;
  old?: Value;
  new?: Value;
}

/** A published topic, old beside new, by the last value of each key. */
export interface TopicComparison {
  topic: string;
  equal: number;
  changed: number;
  onlyOld: number;
  onlyNew: number;
  /** Keys that the old version put out last before the replay's first record had entered: they cannot come of it and are not compared. */
  earlier: number;
  /** Of changed keys: top-level fields that differ, with the number of keys. */
  changedFields: Record<string, number>;
  examples: OutputDifference[];
}

interface Last {
  digest: string;
  partition: number;
  offset: number;
  at: number;
}

/** The last record of every key of a topic. */
function lastValues(db: DatabaseSync, topic: string): Map<string, Last> {
  const last = new Map<string, Last>();
  const rows = db.prepare(
    "SELECT partition, base, at, body FROM log WHERE topic = (SELECT id FROM names WHERE name = ?) ORDER BY partition, base",
  );
  for (const row of rows.iterate(topic)) {
    for (const [index, { key, value }] of decodeRecords(String(row.body)).entries())
      last.set(key, {
        digest: sha256(canonicalJson(value)),
        partition: Number(row.partition),
        offset: Number(row.base) + index,
        at: Number(row.at),
      });
  }
  return last;
}

const published = (plan: Plan): string[] =>
  plan.topics.filter(({ kind }) => kind === "published").map(({ name }) => name);

/**
 * Compares what two versions of a workflow have published, by key.
 * @param began when the earliest replayed record entered the old one, ms since 1970
 * @param most examples of each kind and topic
 */
export function compareOutputs(
  old: { db: DatabaseSync; plan: Plan },
  next: { db: DatabaseSync; plan: Plan },
  began: number,
  most: number,
): TopicComparison[] {
  const topics = [...new Set([...published(old.plan), ...published(next.plan)])].sort();
  return topics.map((topic) => compareTopic(topic, old.db, next.db, began, most));
}

function compareTopic(
  topic: string,
  old: DatabaseSync,
  next: DatabaseSync,
  began: number,
  most: number,
): TopicComparison {
  const before = lastValues(old, topic);
  const after = lastValues(next, topic);
  const [oldReader, newReader] = [new Inspector(old), new Inspector(next)];
  const found: TopicComparison = {
    topic,
    equal: 0,
    changed: 0,
    onlyOld: 0,
    onlyNew: 0,
    earlier: 0,
    changedFields: {},
    examples: [],
  };
  const valueAt = (reader: Inspector, { partition, offset }: Last): Value =>
    reader.readTopic(topic, partition, offset, 1)[0]?.value ?? {};
  const examples: Record<OutputDifference["kind"], number> = { changed: 0, "only-old": 0, "only-new": 0 };
  const show = (difference: () => OutputDifference, kind: OutputDifference["kind"]): void => {
    if (examples[kind]++ < most) found.examples.push(difference());
  };
  for (const key of [...new Set([...before.keys(), ...after.keys()])].sort()) {
    const [was, is] = [before.get(key), after.get(key)];
    if (was !== undefined && is !== undefined) {
      if (was.digest === is.digest) {
        found.equal++;
        continue;
      }
      found.changed++;
      const difference = { kind: "changed", key, old: valueAt(oldReader, was), new: valueAt(newReader, is) } as const;
      for (const name of new Set([...Object.keys(difference.old), ...Object.keys(difference.new)]))
        if (!sameJson(difference.old[name], difference.new[name]))
          found.changedFields[name] = (found.changedFields[name] ?? 0) + 1;
      show(() => difference, "changed");
    } else if (is !== undefined) {
      found.onlyNew++;
      show(() => ({ kind: "only-new", key, new: valueAt(newReader, is) }), "only-new");
    } else if (was !== undefined && was.at < began) found.earlier++;
    else if (was !== undefined) {
      found.onlyOld++;
      show(() => ({ kind: "only-old", key, old: valueAt(oldReader, was) }), "only-old");
    }
  }
  return found;
}

/** Whether nothing differs. */
export function allEqual(topics: readonly TopicComparison[]): boolean {
  return topics.every(({ changed, onlyOld, onlyNew }) => changed + onlyOld + onlyNew === 0);
}
