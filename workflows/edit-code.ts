import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { digestFiles } from "@artesian/engine/code-digest.ts";

const manifest = (room: string): string => fileURLToPath(import.meta.resolve(`@artesian/${room}/package.json`));

/** What results of editing say of the code that made them: the same whatever runs it, a command or a workflow. */
export async function editingCode(): Promise<{ version: string; digest: string }> {
  const { version } = JSON.parse(readFileSync(manifest("editing"), "utf8")) as { version: string };
  const rooms = ["editing", "numerics", "data", "figures"];
  return { version, digest: await digestFiles(rooms.map((room) => dirname(manifest(room)))) };
}
