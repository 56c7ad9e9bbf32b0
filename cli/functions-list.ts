import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { listFunctions, openReader, openStore, type StoredFunction } from "@artesian/store";
import { bodyText, dataFolder, readFunctions, triggerText } from "@artesian/workflows";
import type { CommandContext } from "./command.ts";
import { EXIT } from "./exit.ts";

/** `artesian functions list`: declared functions, and those of the ledger that are declared no more. */
export async function functionsList(
  flags: { functions: string; data: string; json?: true },
  { output, exit }: CommandContext,
): Promise<void> {
  const declared = readFunctions(flags.functions);
  const known = await registered(flags.data);
  const rows = declared.map((fn) => {
    const { counts, lastAt = null, digest } = known.find(({ id }) => id === fn.id) ?? {};
    return {
      id: fn.id,
      trigger: triggerText(fn.trigger),
      runs: bodyText(fn.body),
      digest: fn.digest,
      /** Whether the ledger's newest entries were made by another digest. */
      changed: digest !== undefined && digest !== fn.digest,
      counts: counts ?? { waiting: 0, done: 0, superseded: 0, failed: 0 },
      lastAt,
      declared: true,
    };
  });
  const gone = known.filter(({ id }) => !declared.some((fn) => fn.id === id));
  const removed = gone.map(({ id, digest, counts, lastAt, doc }) => ({
    id,
    trigger: String(doc.trigger ?? ""),
    runs: String(doc.runs ?? ""),
    digest,
    changed: false,
    counts,
    lastAt,
    declared: false,
  }));
  const all = [...rows, ...removed];
  if (flags.json) output.json({ functions: all });
  else
    for (const { id, trigger, runs, digest, changed, counts, declared: is } of all) {
      const state = is ? (changed ? ", changed since it last ran" : "") : ", no longer declared";
      output.data(`${id}: ${trigger || "every object"} → ${runs} (${digest.slice(0, 12)}${state})`);
      output.data(
        `  ${counts.done} done, ${counts.waiting} waiting, ${counts.failed} failed, ${counts.superseded} superseded`,
      );
    }
  exit(EXIT.done);
}

async function registered(data: string): Promise<StoredFunction[]> {
  const { store } = dataFolder(resolve(data));
  if (!existsSync(store)) return [];
  // Brings an older store's schema forward, which a reader cannot.
  openStore(store).close();
  const reader = openReader(store);
  try {
    return await listFunctions(reader.db);
  } finally {
    await reader.close();
  }
}
