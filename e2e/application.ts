import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

/** A running application. */
export interface Application {
  url: string;
  stop(): Promise<void>;
}

const START_MS = 60_000;

/** Waits until the application answers. @throws Error when it does not within START_MS */
async function answering(url: string): Promise<void> {
  const start = Date.now();
  while (Date.now() - start < START_MS) {
    const response = await fetch(`${url}/api/v1/home`).catch(() => undefined);
    if (response?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  throw new Error(`${url} did not answer within ${START_MS} ms: is ARTESIAN_URL the address of a running application?`);
}

/** The application at ARTESIAN_URL, or the demonstration started here and stopped at the end. */
export async function application(): Promise<Application> {
  const given = process.env.ARTESIAN_URL;
  if (given) {
    const url = given.replace(/\/$/, "");
    await answering(url);
    return { url, stop: async () => undefined };
  }
  const bin = fileURLToPath(new URL("../cli/bin/artesian.js", import.meta.url));
  const child = spawn(process.execPath, [bin, "demo"], { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  const url = await new Promise<string>((resolve, reject) => {
    const late = setTimeout(
      () => reject(new Error(`the demonstration printed no address within ${START_MS} ms:\n${output}`)),
      START_MS,
    );
    const read = (chunk: Buffer): void => {
      output += chunk.toString();
      const found = /https?:\/\/(?:127\.0\.0\.1|localhost):\d+/.exec(output)?.[0];
      if (!found) return;
      clearTimeout(late);
      resolve(found);
    };
    child.stdout.on("data", read);
    child.stderr.on("data", read);
    child.on("exit", (code) => {
      clearTimeout(late);
      reject(new Error(`the demonstration ended with ${code} before it printed an address:\n${output}`));
    });
  });
  return {
    url,
    stop: () =>
      new Promise((resolve) => {
        if (child.exitCode !== null) return resolve();
        child.once("exit", () => resolve());
        child.kill("SIGTERM");
        setTimeout(() => child.kill("SIGKILL"), 10_000).unref();
      }),
  };
}
