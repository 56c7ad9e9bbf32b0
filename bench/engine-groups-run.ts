/**
 * Many open groups in a process of its own: `node --expose-gc bench/engine-groups-run.ts FOLDER COUNT` prints one JSON
 * document with the seconds from a start to the first output, and the process's memory in MiB.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { openEmbedded, type Value } from "@artesian/engine";
import { channels, complete, sitePlan } from "./engine-site.ts";

const [root = ".", count = "1000000"] = process.argv.slice(2);
const groups = Number(count);
const dir = mkdtempSync(join(root, "engine-bench-"));
const plans = [sitePlan(false)];
const first = await openEmbedded({ dir, plans });
await first.append("metadata", [{ key: "EXP-0147", value: { channels } }]);
const one = (group: number, channel: string): { value: Value } => ({
  value: {
    experiment: "EXP-0147",
    plate: `P${Math.floor(group / 1232)}`,
    well: `W${Math.floor(group / 4) % 308}`,
    site: group % 4,
    channel,
    uri: `s3://images/${group}_${channel}.tif`,
  },
});
for (let from = 0; from < groups; from += 10_000) {
  await first.append(
    "images",
    Array.from({ length: Math.min(10_000, groups - from) }, (_, index) => one(from + index, "DNA")),
  );
}
globalThis.gc?.();
const megabytes = process.memoryUsage().rss / 2 ** 20;
await first.stop();
const started = performance.now();
const second = await openEmbedded({ dir, plans });
await second.append(
  "images",
  channels.slice(1).map((channel) => one(groups >> 1, channel)),
);
while (complete(second) < 1) await new Promise((resolve) => setImmediate(resolve));
const seconds = (performance.now() - started) / 1000;
await second.stop();
rmSync(dir, { recursive: true, force: true });
console.log(JSON.stringify({ seconds, megabytes }));
