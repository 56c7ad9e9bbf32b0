import type { OperationDocument } from "./operations.ts";
import type { Value } from "./template.ts";

/** What a registered function may look at. It must be pure: equal arguments, equal results. */
export interface FunctionContext {
  node: string;
  timestamp: number;
  /** The row of a table that is an input of the node. */
  table(node: string, key: string): Value | undefined;
}

/**
 * A registered function. As `map` it returns the new value, or undefined to drop the record; as `filter` a boolean; as `flat-map` an
 * array of `{ key?, value }`.
 */
export type RecordFunction = (value: Value, key: string, context: FunctionContext) => unknown;

/** A registered aggregation: `add` returns the new state, which is also what is emitted. */
export interface Aggregator {
  initial: () => Value;
  add: (state: Value, value: Value, key: string) => Value;
}

/** What a name in a graph may stand for: a function, an aggregation, or an operation written as data. */
export type RegisteredFunction = RecordFunction | Aggregator | OperationDocument;
export type FunctionRegistry = Readonly<Record<string, RegisteredFunction>>;
