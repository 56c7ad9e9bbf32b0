import { Agent, request } from "node:http";
import { workerData } from "node:worker_threads";

const { url, count, batch, workers } = workerData as { url: string; count: number; batch: number; workers: number };
const agent = new Agent({ keepAlive: true, maxSockets: workers });
let left = count;

function ask<T>(path: string, body: object): Promise<T> {
  return new Promise((resolve, reject) => {
    const asked = request(
      `${url}/tasks/${path}`,
      { method: "POST", agent, headers: { "content-type": "application/json" } },
      (answer) => {
        let text = "";
        answer.setEncoding("utf8").on("data", (chunk: string) => {
          text += chunk;
        });
        answer.on("end", () => {
          if (answer.statusCode === 200) resolve(JSON.parse(text) as T);
          else reject(new Error(`${path} answered ${answer.statusCode}: ${text}`));
        });
      },
    );
    asked.on("error", reject);
    asked.end(JSON.stringify(body));
  });
}

async function work(): Promise<void> {
  while (left > 0) {
    const { leases } = await ask<{ leases: { taskId: string; token: string }[] }>("lease", {
      names: ["extract"],
      max: batch,
      waitMs: 200,
    });
    if (leases.length === 0) continue;
    const tasks = leases.map(({ taskId, token }) => ({ taskId, token, result: { cells: 42 } }));
    const { accepted } = await ask<{ accepted: boolean[] }>("complete", { tasks });
    left -= accepted.filter(Boolean).length;
  }
}

await Promise.all(Array.from({ length: workers }, work));
agent.destroy();
