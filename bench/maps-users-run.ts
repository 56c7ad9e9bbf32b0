/**
 * People who pan a heat map, in a process of their own: `node bench/maps-users-run.ts URL USERS SECONDS PAUSE_MS ROWS PATH`
 * each asks for another block of 200 × 200, waits, and asks again; prints one JSON document with all times in ms.
 */
import { Agent, request } from "node:http";
import { seededRandom } from "@artesian/numerics";

const [url = "", users = "50", seconds = "5", pause = "500", rows = "20000", path = "similarity.f32"] =
  process.argv.slice(2);
const agent = new Agent({ keepAlive: true, maxSockets: Number(users) });
const random = seededRandom(3);
const times: number[] = [];
let bytes = 0;
const until = performance.now() + 1000 * Number(seconds);

function block(): string {
  const list = (): string => {
    const first = random.below(Number(rows) - 200);
    return Array.from({ length: 200 }, (_, i) => first + i).join(",");
  };
  return `${url}/api/v1/maps/groups/panned/${path}?rows=${list()}&columns=${list()}`;
}

async function user(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, random.below(Number(pause))));
  while (performance.now() < until) {
    const address = block();
    const start = performance.now();
    await new Promise<void>((resolve, reject) => {
      request(address, { agent }, (answer) => {
        if (answer.statusCode !== 200) reject(new Error(`status ${answer.statusCode}`));
        answer.on("data", (chunk: Buffer) => {
          bytes += chunk.length;
        });
        answer.on("end", resolve);
      })
        .on("error", reject)
        .end();
    });
    times.push(performance.now() - start);
    await new Promise((resolve) => setTimeout(resolve, Number(pause) * (0.5 + random.uniform())));
  }
}

await Promise.all(Array.from({ length: Number(users) }, user));
agent.destroy();
times.sort((a, b) => a - b);
const at = (share: number): number => times[Math.min(times.length - 1, Math.floor(share * times.length))]!;
console.log(JSON.stringify({ answers: times.length, bytes, p50: at(0.5), p99: at(0.99) }));
