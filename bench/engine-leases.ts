import { mkdtempSync, rmSync } from "node:fs";
import { Agent, request } from "node:http";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { folderStore } from "@artesian/data";
import { compile, startRuntimeThread } from "@artesian/engine";
import { createServer, engineRegistry } from "@artesian/server";
import { openReader, openStore } from "@artesian/store";

/** The workflow whose tasks are leased; also what the runtime's thread is given. */
export const leasePlan = compile({
  name: "leases",
  partitions: 8,
  graph: {
    sites: { type: "topic-stream", "topic-name": "sites", key: "{site}" },
    done: { type: "external-task", stream: "sites", "task-name": "extract", executor: "lease", cache: false },
    idle: { type: "topic-stream", "topic-name": "idle", key: "{site}" },
    waited: { type: "external-task", stream: "idle", "task-name": "never", executor: "lease" },
  },
});
export const runtimeOptions = ({ dir }: { dir: string }) => ({ dir, plans: [leasePlan], limits: { window: 4000 } });

const batch = 10;
const workers = 16;

/**
 * Tasks a second leased and completed over HTTP, in batches of ten, by workers in a thread of their own, while polls of another task name
 * are held; each result is on disk when its answer comes.
 */
export async function leasesPerSecond(root: string, count: number, idlePolls: number): Promise<number> {
  const dir = mkdtempSync(join(root, "engine-leases-"));
  const runtime = await startRuntimeThread({ module: import.meta.url, options: { dir: join(dir, "engine") } });
  const store = openStore(join(dir, "store.db"));
  const reader = openReader(join(dir, "store.db"));
  const engines = engineRegistry();
  engines.add("bench", join(dir, "engine"), runtime);
  const objects = folderStore(join(dir, "objects"));
  const limits = { burst: 1e9, perSecond: 1e9 };
  const server = await createServer({ reader, store, objects, engines, imageRoots: [], limits });
  const { url } = await server.listen({ port: 0 });
  const idle = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY });
  const polls = Array.from({ length: idlePolls }, () => holdPoll(url, idle));
  try {
    for (let from = 0; from < count; from += 5000) {
      const values = Array.from({ length: Math.min(5000, count - from) }, (_, index) => ({
        value: { site: `S${from + index}` },
      }));
      await runtime.append("sites", values);
    }
    // So that all polls are held before anything is measured.
    await new Promise((resolve) => setTimeout(resolve, 1500));
    const started = performance.now();
    const thread = new Worker(new URL("./engine-leases-worker.ts", import.meta.url), {
      workerData: { url, count, batch, workers },
    });
    await new Promise<void>((resolve, reject) => {
      thread.once("error", reject);
      thread.once("exit", (code) => (code === 0 ? resolve() : reject(new Error(`The workers ended with ${code}.`))));
    });
    const seconds = (performance.now() - started) / 1000;
    const held = polls.filter((poll) => poll.held()).length;
    if (held !== idlePolls) throw new Error(`Only ${held} of ${idlePolls} polls were held.`);
    return count / seconds;
  } finally {
    for (const poll of polls) poll.end();
    idle.destroy();
    await server.close();
    engines.close();
    await runtime.stop(0);
    await reader.close();
    store.close();
    rmSync(dir, { recursive: true, force: true });
  }
}

function holdPoll(url: string, agent: Agent): { held(): boolean; end(): void } {
  let held = true;
  const asked = request(
    `${url}/tasks/lease`,
    { method: "POST", agent, headers: { "content-type": "application/json" } },
    (answer) => {
      held = false;
      answer.resume();
    },
  );
  asked.on("error", () => {
    held = false;
  });
  asked.end(JSON.stringify({ names: ["never"], waitMs: 60_000 }));
  return { held: () => held, end: () => asked.destroy() };
}
