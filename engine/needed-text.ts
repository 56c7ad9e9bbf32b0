import { MissingFieldError } from "./errors.ts";
import type { TopologyNode } from "./topology.ts";

/** A text that a template made, or an error that names the fields it needs. */
export function need(node: TopologyNode, text: string | undefined, fields: string): string {
  if (text !== undefined) return text;
  throw new MissingFieldError(node.id, fields);
}
