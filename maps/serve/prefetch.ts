import type { GroupManifest } from "../group-manifest.ts";
import type { ServiceLog } from "./follow-catalog.ts";
import type { LocalLayer } from "./local-layer.ts";

/** Fetches a version to this machine's disk behind the answers, unless it is there, on its way, or too large. */
export function prefetch(layer: LocalLayer, manifest: GroupManifest, clock: () => number, log: ServiceLog): void {
  if (layer.stateOf(manifest) !== "absent") return;
  const group = `${manifest.id}@${manifest.version}`;
  const startedMs = clock();
  layer.fetch(manifest).then(
    () => log("info", "fetched a group version", { group, ms: clock() - startedMs, state: layer.stateOf(manifest) }),
    (error: Error) => log("warn", "could not fetch a group version", { group, problem: error.message }),
  );
}
