import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { folderPlace } from "@artesian/data";
import { afterAll } from "vitest";
import { publishViolence } from "./publish-violence.test-support.ts";

const slow = process.env.ARTESIAN_SLOW === "1";
const root = mkdtempSync(join(tmpdir(), "artesian-publish-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

publishViolence("a folder", {
  makePlace: async (name) => ({ place: folderPlace(join(root, name)), uri: join(root, name), env: process.env }),
  kills: slow ? 200 : 10,
  crowd: slow ? { processes: 50, each: 1 } : { processes: 5, each: 10 },
});
