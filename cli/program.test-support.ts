import { PassThrough } from "node:stream";
import { createOutput } from "./output.ts";
import { createProgram } from "./program.ts";

/** What a command ended with, put out as data, and said to people. */
export interface Ran {
  code: number | undefined;
  data: string;
  said: string;
}

/** Runs a command in this process. Rejects with what it throws. */
export async function run(...words: string[]): Promise<Ran> {
  const ran: Ran = { code: undefined, data: "", said: "" };
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  stdout.on("data", (chunk) => (ran.data += String(chunk)));
  stderr.on("data", (chunk) => (ran.said += String(chunk)));
  const program = createProgram(createOutput({ stdout, stderr }), (code) => {
    ran.code = code;
  });
  await program.parseAsync(words, { from: "user" });
  return ran;
}
