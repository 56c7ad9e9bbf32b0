import { availableParallelism } from "node:os";
import { join } from "node:path";
import { defineConfig } from "vitest/config";

const tests = ["test.ts", "test.tsx"];
const others = ["**/node_modules/**", "**/dist/**", "e2e/**"];
/** Rooms without state of their own: their files share a thread's modules, which saves a seventh of their time. */
const pure = ["data", "numerics", "figures", "imaging", "profiling", "maps", "expression", "editing", "web"];
const ofPure = pure.flatMap((room) => tests.map((ending) => `${room}/**/*.${ending}`));

export default defineConfig({
  test: {
    pool: "threads",
    // One core fewer than there are would be one of two.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    testTimeout: 30_000,
    reporters: ["default"],
    // Processes and threads that tests start share what Node has compiled: half of what a short one takes.
    env: {
      NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? join(import.meta.dirname, "node_modules/.cache/compiled"),
    },
    projects: [
      { extends: true, test: { name: "pure rooms", isolate: false, include: ofPure, exclude: others } },
      {
        extends: true,
        test: {
          name: "other rooms",
          include: tests.map((ending) => `**/*.${ending}`),
          exclude: [...others, ...ofPure],
        },
      },
    ],
  },
});
