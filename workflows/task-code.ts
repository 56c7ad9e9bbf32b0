import { digestFiles } from "@artesian/engine/code-digest.ts";
import { createTasks } from "./phenomics.tasks.ts";

/** Digest of the code behind each task: what a recorded result was made by. */
export async function taskCode(): Promise<Record<string, string>> {
  const digests: Record<string, string> = {};
  const known = new Map<string, Promise<string>>();
  for (const [name, { files = [] }] of Object.entries(createTasks({ objects: "" }))) {
    const key = files.join("\n");
    const digest = known.get(key) ?? digestFiles(files);
    known.set(key, digest);
    digests[name] = await digest;
  }
  return digests;
}
