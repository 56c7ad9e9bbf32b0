import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const bin = fileURLToPath(new URL("../cli/bin/artesian.js", import.meta.url));

/** Runs a command to its end. @throws Error with what it said when it ends with another code than `expected` */
export async function artesian(words: readonly string[], expected: number): Promise<void> {
  const child = spawn(process.execPath, [bin, ...words], { stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => {
      said += chunk.toString();
    });
  const [code] = (await once(child, "exit")) as [number | null];
  if (code !== expected)
    throw new Error(
      `artesian ${words.slice(0, 2).join(" ")} ended with ${code}, expected ${expected}:\n${said.slice(-2000)}`,
    );
}
