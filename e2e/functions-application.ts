import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";

/** An application whose functions run on a folder. */
export interface FunctionsApplication {
  url: string;
  /** The folder that files are dropped into. */
  inbox: string;
  stop(): Promise<void>;
}

const DECLARATIONS = `functions:
  - id: plate-readings
    description: Exports of plate readers become readings of an experiment's plate.
    trigger: { suffix: [.csv] }
    use: plate-readings
  - id: start-editing
    description: A whole sequencing run goes to editing.
    trigger: { prefix: runs/ }
    use: editing-runs
`;
const START_MS = 60_000;

/** Starts functions on an empty folder. @throws Error when they do not answer within a minute */
export async function functionsApplication(): Promise<FunctionsApplication> {
  const root = mkdtempSync(join(tmpdir(), "artesian-e2e-functions-"));
  const inbox = join(root, "inbox");
  mkdirSync(inbox, { recursive: true });
  writeFileSync(join(root, "functions.yml"), DECLARATIONS);
  const bin = fileURLToPath(new URL("../cli/bin/artesian.js", import.meta.url));
  const words = ["functions", "watch", inbox, "--functions", join(root, "functions.yml"), "--data", join(root, "data")];
  const child = spawn(process.execPath, [bin, ...words, "--port", "0", "--workers", "1"], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let printed = "";
  let said = "";
  child.stdout.on("data", (chunk: Buffer) => (printed += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
  const stop = async (): Promise<void> => {
    if (child.exitCode === null) {
      const exited = once(child, "exit");
      child.kill("SIGTERM");
      setTimeout(() => child.kill("SIGKILL"), 10_000).unref();
      await exited;
    }
    rmSync(root, { recursive: true, force: true });
  };
  for (const end = Date.now() + START_MS; Date.now() < end && child.exitCode === null; await wait(100)) {
    const url = /^https?:\/\/\S+$/m.exec(printed)?.[0];
    if (url !== undefined) return { url: url.replace(/\/$/, ""), inbox, stop };
  }
  await stop();
  throw new Error(`functions gave no address within ${START_MS / 1000} s:\n${said.slice(-2000)}`);
}
