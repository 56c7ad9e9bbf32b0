import type { RunPartitions } from "@artesian/server/api.ts";
import { expect, test } from "vitest";
import { awaySentence, partitionsSentence, stableWords } from "./run-partitions.ts";

type Partition = RunPartitions["partitions"][number];

const worker = (memberId: string) => ({ memberId, clientId: "artesian", host: "10.0.0.7" });
const eight = (given: Partial<Partition> = {}): Partition[] =>
  Array.from({ length: 8 }, (_, partition) => {
    const one = { partition, worker: worker(partition < 4 ? "a" : "b"), lag: 0, undecided: 0, held: null };
    return partition === 3 ? { ...one, ...given } : one;
  });
const held = { topic: "wells", offset: 40, since: "2026-11-20T08:29:20.000Z" };
const now = Date.parse("2026-11-20T08:30:00.000Z");

test("one sentence tells partitions, workers, what waits and what stands", () => {
  const said = (partitions: Partition[], isMoving = false) => partitionsSentence({ partitions, isMoving });
  expect(said(eight())).toBe("8 partitions on 2 workers, all read.");
  expect(said(eight({ lag: 1234 }))).toBe("8 partitions on 2 workers, 1,234 records not read yet.");
  expect(said(eight({ worker: null, lag: 1 }))).toBe("8 partitions on 2 workers, 1 nobody's, 1 record not read yet.");
  expect(said(eight({ held, undecided: 3, lag: 3 }))).toBe(
    "8 partitions on 2 workers, 3 records not read yet. An open transaction holds one back.",
  );
  const nobody = eight().map((one) => ({ ...one, worker: null }));
  expect(said(nobody)).toBe("8 partitions on no worker, all read.");
  expect(said(nobody, true)).toBe("8 partitions are being given to workers, all read.");
});

test("brokers that are away are told of with the moment of what is shown", () => {
  const away = { since: new Date(2026, 10, 20, 8, 29).toISOString(), reason: null };
  expect(awaySentence({ away: null, asOf: away.since })).toBeUndefined();
  expect(awaySentence({ away, asOf: null })).toBe("Kafka has not answered since 08:29:00.");
  expect(awaySentence({ away, asOf: new Date(2026, 10, 20, 8, 28, 58).toISOString() })).toBe(
    "Kafka has not answered since 08:29:00. What is shown was so at 08:28:58.",
  );
});

test("a last stable offset is told by its distance, and by how long it has stood when it is held back", () => {
  const [one] = eight();
  expect(stableWords(one!, now)).toBe("at the end");
  expect(stableWords({ ...one!, undecided: 1200 }, now)).toBe("1,200 before the end");
  expect(stableWords({ ...one!, undecided: 3, held }, now)).toBe("held back for 40 s, 3 before the end");
});
