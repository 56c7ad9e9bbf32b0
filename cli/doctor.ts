import { existsSync, statfsSync } from "node:fs";
import { createServer } from "node:net";
import { availableParallelism, totalmem } from "node:os";
import type { Command } from "commander";
import type { CommandContext } from "./command.ts";
import { EXIT } from "./exit.ts";

/** One thing that was looked at on this machine. */
export interface Check {
  name: string;
  state: "ok" | "warn" | "missing";
  found: string;
  /** How to get it, when something is wrong. */
  remedy?: string;
}

export function registerDoctor(program: Command, { output, exit }: CommandContext): void {
  program
    .command("doctor")
    .description("Tell what this machine has, what is missing, and how to get it.")
    .option("--data <dir>", "data folder whose disk is looked at", ".")
    .option("--json", "one JSON document on stdout")
    .action(async (options: { data: string; json?: true }) => {
      const checks = await examine(options.data);
      if (options.json) output.json({ checks });
      else {
        const width = Math.max(...checks.map((check) => check.name.length));
        for (const check of checks) {
          const mark = { ok: "ok     ", warn: "warning", missing: "MISSING" }[check.state];
          output.data(`${mark}  ${check.name.padEnd(width)}  ${check.found}`);
          if (check.remedy !== undefined) output.data(`${" ".repeat(width + 11)}→ ${check.remedy}`);
        }
      }
      exit(checks.some((check) => check.state === "missing") ? EXIT.failed : EXIT.done);
    });
}

/** Looks at everything the product leans on; never throws. */
export async function examine(dataDir: string): Promise<Check[]> {
  return [
    checkNode(),
    await checkImport("image decoder", "sharp", 'Run "npm ci" without --omit=optional on this platform.'),
    checkSqlite(await import("node:sqlite")),
    checkWeb(),
    await checkPort(8080),
    checkDisk(dataDir),
    checkMemory(),
  ];
}

function checkNode(): Check {
  const major = Number(process.versions.node.split(".")[0]);
  return major >= 26
    ? { name: "Node", state: "ok", found: `${process.version} (${process.execPath})` }
    : {
        name: "Node",
        state: "missing",
        found: process.version,
        remedy: 'Node 26 comes with "npm ci" (optional packages).',
      };
}

async function checkImport(name: string, specifier: string, remedy: string): Promise<Check> {
  try {
    const module = (await import(specifier)) as { default?: { versions?: Record<string, string> } };
    return { name, state: "ok", found: `${specifier} ${module.default?.versions?.sharp ?? ""}`.trim() };
  } catch (error) {
    return {
      name,
      state: "missing",
      found: error instanceof Error ? (error.message.split("\n")[0] ?? "") : "",
      remedy,
    };
  }
}

function checkSqlite({ DatabaseSync }: typeof import("node:sqlite")): Check {
  const database = new DatabaseSync(":memory:");
  const row = database.prepare("select sqlite_version() as version").get();
  database.close();
  return { name: "SQLite", state: "ok", found: String(row?.version) };
}

function checkWeb(): Check {
  return existsSync(new URL("../web/dist/index.html", import.meta.url))
    ? { name: "pages", state: "ok", found: "built" }
    : {
        name: "pages",
        state: "warn",
        found: "not built yet",
        remedy: 'They are built when a command first serves them; or run "npm run build -w @artesian/web".',
      };
}

function checkPort(port: number): Promise<Check> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () =>
      resolve({
        name: "port",
        state: "warn",
        found: `${port} is taken`,
        remedy: "Another free port is chosen and printed; or give --port.",
      }),
    );
    server.listen(port, "127.0.0.1", () =>
      server.close(() => resolve({ name: "port", state: "ok", found: `${port} is free` })),
    );
  });
}

function checkDisk(dir: string): Check {
  try {
    const { bavail, bsize } = statfsSync(dir);
    const free = (Number(bavail) * Number(bsize)) / 1e9;
    const found = `${free.toFixed(1)} GB free at ${dir}`;
    return free >= 5
      ? { name: "disk", state: "ok", found }
      : {
          name: "disk",
          state: "warn",
          found,
          remedy: "The demo needs about 2 GB, a plate of 7,392 images about 5 GB beside the images.",
        };
  } catch {
    return {
      name: "disk",
      state: "missing",
      found: `${dir} cannot be read`,
      remedy: "Give an existing folder with --data.",
    };
  }
}

function checkMemory(): Check {
  const memory = totalmem() / 2 ** 30;
  const found = `${memory.toFixed(1)} GiB, ${availableParallelism()} cores`;
  return memory >= 3.5
    ? { name: "memory", state: "ok", found }
    : { name: "memory", state: "warn", found, remedy: "Two workers need about 2 GiB; give --workers 1." };
}
