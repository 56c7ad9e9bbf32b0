import { seededRandom } from "@artesian/numerics";
import { expect, it } from "vitest";
import { agreeingReplicates } from "./agreeing-replicates.ts";

const random = seededRandom(4);
const replicate = (centre: number): number[] => Array.from({ length: 30 }, () => centre + random.normal());

it("sets a broken replicate aside, of three or of six", () => {
  expect(agreeingReplicates([replicate(5), replicate(40), replicate(5)])).toEqual([0, 2]);
  expect(agreeingReplicates([1, 1, 90, 1, 1, -70].map(replicate))).toEqual([0, 1, 3, 4]);
});

it("keeps ordinary replicates, pairs, and more than half of any set", () => {
  for (let trial = 0; trial < 200; trial++) expect(agreeingReplicates([0, 0, 0].map(replicate))).toHaveLength(3);
  expect(agreeingReplicates([replicate(0), replicate(99)])).toEqual([0, 1]);
  expect(agreeingReplicates([0, 500, 1000, 0].map(replicate)).length).toBeGreaterThan(2);
  expect(agreeingReplicates([])).toEqual([]);
});
