/** A thread that passes over one part of a matrix, again and again. */
import { parentPort } from "node:worker_threads";
import { buffersOf, type MatrixPart, type PartJob, passOverPart } from "./pass-part.ts";

export type ToPass = { kind: "part"; part: MatrixPart } | { kind: "job"; job: PartJob };

let part: MatrixPart | undefined;
parentPort?.on("message", async (message: ToPass) => {
  if (message.kind === "part") {
    part = message.part;
    return;
  }
  try {
    const result = await passOverPart(part!, message.job);
    parentPort?.postMessage({ result }, buffersOf(result));
  } catch (error) {
    parentPort?.postMessage({ problem: error instanceof Error ? error.message : String(error) });
  }
});
