import { canonicalJson, sha256 } from "@artesian/data/hash.ts";
import type { ExternalTaskSpec } from "./spec.ts";
import { allAtPath, type Value } from "./template.ts";

/** What makes a task's result: equal components, equal result. */
export interface CacheComponents {
  task: string;
  /** Digest of the task's source files or image. */
  code: string;
  version: string;
  /** Digest of the node's parameters. */
  parameters: string;
  /** Digest of the inputs: the whole value, or what `cache.inputs` names. */
  inputs: string;
}

export interface TaskIdentity {
  taskId: string;
  cacheKey: string;
  components: CacheComponents;
}

/**
 * Names a task: cacheKey = digest(task name, code, version, parameters, inputs); taskId = digest(dag, node, key, generation, cacheKey,
 * value), so that a request that comes twice is one task, and equal work anywhere is one result.
 */
export function taskIdentity(
  place: { dag: string; node: string; key: string; generation: number },
  spec: ExternalTaskSpec,
  code: { digest: string; version: string },
  value: Value,
): TaskIdentity {
  const whole = sha256(canonicalJson(value));
  const selected = spec.cache === undefined || spec.cache === false ? undefined : spec.cache.inputs;
  const components: CacheComponents = {
    task: spec["task-name"],
    code: code.digest,
    version: spec.version === undefined ? code.version : `${code.version}/${spec.version}`,
    parameters: sha256(canonicalJson(spec.parameters ?? {})),
    inputs:
      selected === undefined ? whole : sha256(canonicalJson(selected.map((path) => [path, allAtPath(value, path)]))),
  };
  const cacheKey = sha256(canonicalJson(components));
  const taskId = sha256([place.dag, place.node, place.key, place.generation, cacheKey, whole].join("\u0000"));
  return { taskId, cacheKey, components };
}

/** The generation that a value carries; 1 when it has none. */
export function generationOf(value: Value): number {
  return typeof value.generation === "number" ? value.generation : 1;
}
