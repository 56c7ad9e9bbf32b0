import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["**/*.test.ts", "**/*.test.tsx"],
    exclude: ["**/node_modules/**", "**/dist/**", "e2e/**"],
    pool: "threads",
    testTimeout: 30_000,
    reporters: ["default"],
  },
});
