import { expect, test } from "vitest";
import { isOfImages, openTasks } from "./run-counts.ts";

test("a run of a workflow of one's own tells of tasks, one of an experiment of its plates", () => {
  expect(isOfImages({ workflow: "reading", experimentId: null })).toBe(false);
  expect(isOfImages({ workflow: "profiling", experimentId: "SMALL" })).toBe(true);
  // before its first image, an experiment is not known
  expect(isOfImages({ workflow: "phenomics", experimentId: null })).toBe(true);
});

test("what is open is summed over nodes that run tasks", () => {
  const node = {
    label: "",
    kind: "external-task",
    state: "running",
    total: null,
    cached: 0,
    lag: 0,
    ratePerS: 0,
  } as const;
  const tasks = { waiting: 3, running: 2, retrying: 1, done: 9, failed: 1 };
  const nodes = [tasks, null, tasks].map((given, index) => ({
    ...node,
    id: `n${index}`,
    done: 0,
    failed: 0,
    oldestAgeMs: null,
    tasks: given,
  }));
  expect(openTasks({ nodes, edges: [] })).toEqual({ waiting: 6, running: 4, retrying: 2 });
});
