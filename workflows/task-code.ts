import { digestFiles } from "@artesian/engine/code-digest.ts";
import { phenomicsPlan } from "./phenomics.runtime.ts";
import { createTasks } from "./phenomics.tasks.ts";

/** Digest of the code behind each task, and of the graph that binds them: what a recorded result was made by. */
export async function taskCode(): Promise<Record<string, string>> {
  const digests: Record<string, string> = { "the workflow": phenomicsPlan().sha256 };
  const known = new Map<string, Promise<string>>();
  for (const [name, { files = [] }] of Object.entries(createTasks({ objects: "" }))) {
    const key = files.join("\n");
    const digest = known.get(key) ?? digestFiles(files);
    known.set(key, digest);
    digests[name] = await digest;
  }
  return digests;
}
