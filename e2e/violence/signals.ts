import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { differences, leftovers, reported, storeRows } from "./leftovers.ts";
import { layDown } from "./plate.ts";
import { artesian, type Started, start, until } from "./product.ts";
import { EXPERIMENT, expectEnd, insist, insistNone, runWords, type Trial } from "./trial.ts";

const STOP_MS = 10_000;
const START_MS = 120_000;

async function address(one: Started): Promise<string> {
  await until(
    `an address is printed; it said ${one.stderr()}`,
    START_MS,
    () => /^https?:/m.test(one.stdout()) || !one.alive(),
  );
  const found = /^https?:\S+/m.exec(one.stdout())?.[0];
  insist(found !== undefined, `no address was printed: ${one.stderr()}`);
  return found;
}

async function stopped(one: Started, signal: NodeJS.Signals): Promise<number> {
  const began = performance.now();
  one.signal(signal);
  await until(`everything ends after ${signal}`, STOP_MS, () => !one.alive());
  expectEnd(await one.ended, 0);
  return (performance.now() - began) / 1000;
}

function occupy(port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => resolve(server));
  });
}

async function takenPort(): Promise<{ port: number; server: Server }> {
  const server = await occupy(0);
  const given = server.address();
  insist(given !== null && typeof given === "object", "no port");
  return { port: given.port, server };
}

export const signals: Trial[] = [
  {
    name: "serve answers, stops within 10 s of SIGTERM, and starts again on the same folder",
    short: true,
    async run(lab) {
      const { dir } = await lab.reference();
      const spans: string[] = [];
      for (const signal of ["SIGTERM", "SIGINT"] as const) {
        const serving = start(["serve", "--data", dir]);
        const url = await address(serving);
        const response = await fetch(`${url.replace(/\/$/, "")}/api/v1/experiments`);
        insist(response.ok, `${url} answered ${response.status}`);
        insist(JSON.stringify(await response.json()).includes(EXPERIMENT), "the experiment is not listed");
        spans.push(`${(await stopped(serving, signal)).toFixed(1)} s`);
      }
      return `stopped in ${spans.join(" and ")}`;
    },
  },
  {
    name: "two serve on one machine take two ports; a port that was asked for and is taken is refused with a remedy",
    short: false,
    async run(lab) {
      const { dir } = await lab.reference();
      const one = start(["serve", "--data", dir]);
      const first = await address(one);
      const two = start(["serve", "--data", dir]);
      const second = await address(two);
      insist(first !== second, `both say ${first}`);
      await stopped(one, "SIGTERM");
      await stopped(two, "SIGTERM");
      const { port, server } = await takenPort();
      const refused = await artesian(["serve", "--data", dir, "--port", String(port)]);
      server.close();
      insist(refused.code === 3 || refused.code === 2 || refused.code === 1, `exit code ${refused.code}`);
      expectEnd(refused, refused.code);
      insist(refused.stderr.includes(String(port)) && /--port|another/.test(refused.stderr), refused.stderr);
      return `exit code ${refused.code}`;
    },
  },
  {
    name: "an address that others can reach is refused with a remedy, by serve and by watch, and the folder is left free",
    short: true,
    async run(lab) {
      const { dir } = await lab.reference();
      const data = join(lab.folder("open"), "data");
      const watch = ["watch", join(data, "..", "in"), "--data", data, "--channels", "DNA", "--sites", "1"];
      for (const words of [["serve", "--data", dir], watch]) {
        const refused = await artesian([...words, "--host", "0.0.0.0"]);
        expectEnd(refused, 3);
        insist(/0\.0\.0\.0/.test(refused.stderr) && /127\.0\.0\.1|loopback/.test(refused.stderr), refused.stderr);
      }
      insist(!existsSync(join(data, "engine", "lock")), "the lock of the refused watch is still there");
      return undefined;
    },
  },
  {
    name: "serve on a folder without results says how to make some",
    short: false,
    async run(lab) {
      const ended = await artesian(["serve", "--data", join(lab.folder("none"), "data")]);
      expectEnd(ended, 2);
      insist(/no results/.test(ended.stderr) && /artesian (?:run|demo)/.test(ended.stderr), ended.stderr);
      return undefined;
    },
  },
  {
    name: "watch stopped in the middle frees its folder, goes on when started again, and takes in what came meanwhile",
    short: true,
    async run(lab) {
      const dir = lab.folder("again");
      const [folder, data] = [join(dir, "in"), join(dir, "data")];
      const channels = lab.plate.channels.join(",");
      const metadata = lab.sheet;
      const words = [
        "watch",
        folder,
        "--data",
        data,
        "--metadata",
        metadata,
        "--experiment",
        EXPERIMENT,
        "--channels",
        channels,
        "--sites",
        "1",
      ];
      const files = [...lab.plate.images];
      mkdirSync(folder);
      layDown(folder, files.slice(0, 20));
      const first = start(words);
      await address(first);
      await setTimeout(1500);
      const span = await stopped(first, "SIGTERM");
      insist(!existsSync(join(data, "engine", "lock")), "the lock is still there");
      layDown(folder, files.slice(20));
      const second = start(words);
      await address(second);
      await until("the report is there", 180_000, () => reported(data));
      await stopped(second, "SIGTERM");
      const whole = lab.folder("whole");
      expectEnd(await artesian(runWords({ images: folder, metadata, out: whole }, "--channels", channels)), 0);
      insistNone(differences(storeRows(data), storeRows(whole)), "the store differs from a run's");
      return `stopped in ${span.toFixed(1)} s`;
    },
  },
  {
    name: "a run stopped with SIGTERM says how to go on, ends with 3, and the same command ends as an undisturbed run",
    short: true,
    async run(lab) {
      const out = lab.folder("stopped");
      const words = runWords({ images: lab.images, metadata: lab.sheet, out });
      const run = start(words);
      await until("the first results are there", 60_000, () => existsSync(join(out, "objects")));
      run.signal("SIGTERM");
      const ended = await run.ended;
      expectEnd(ended, 3);
      insist(/same command/.test(ended.stderr), ended.stderr);
      insist(!existsSync(join(out, "engine", "lock")), "the lock is still there");
      expectEnd(await artesian(words), 0);
      insistNone(differences(await leftovers(out), (await lab.reference()).left), "after the stop");
      return undefined;
    },
  },
  {
    name: "when only the launcher is killed, its child ends by itself and the folder is free",
    short: true,
    async run(lab) {
      const out = lab.folder("orphan");
      const words = runWords({ images: lab.images, metadata: lab.sheet, out });
      const run = start(words);
      await until("the run is at work", 60_000, () => existsSync(join(out, "engine", "lock")));
      await setTimeout(1000);
      run.signal("SIGKILL");
      await until("the child ends", STOP_MS, () => !run.alive());
      expectEnd(await artesian(words), 0);
      insistNone(differences(await leftovers(out), (await lab.reference()).left), "after the launcher's death");
      return undefined;
    },
  },
  {
    name: "the same command over finished results computes nothing again",
    short: false,
    async run(lab) {
      const out = lab.folder("again");
      const words = runWords({ images: lab.images, metadata: lab.sheet, out });
      expectEnd(await artesian(words), 0);
      writeFileSync(join(out, "tables", "mine.txt"), "a note of a person");
      expectEnd(await artesian(words), 0);
      insist(existsSync(join(out, "tables", "mine.txt")), "a file of a person is gone");
      const found = await leftovers(out);
      found.set(
        "files",
        (found.get("files") ?? []).filter((line) => !line.includes("mine.txt")),
      );
      insistNone(differences(found, (await lab.reference()).left), "after the second run");
      return undefined;
    },
  },
];
