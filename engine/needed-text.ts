import { KeyTypeError, MissingFieldError } from "./errors.ts";
import { isLong } from "./partition.ts";
import type { TopologyNode } from "./topology.ts";

/** A text that a template made, or an error that names the fields it needs. */
export function need(node: TopologyNode, text: string | undefined, fields: string): string {
  if (text !== undefined) return text;
  throw new MissingFieldError(node.id, fields);
}

/** A key of a node's records, made or kept, or an error that says what it is not. */
export function needKey(node: TopologyNode, key: string | undefined, fields: string): string {
  const text = need(node, key, fields);
  if (node.plan.keys === "long" && !isLong(text)) throw new KeyTypeError(node.id, text);
  return text;
}
