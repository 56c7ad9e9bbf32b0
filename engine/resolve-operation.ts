import { InvalidSpecError, NotCoPartitionedError, UnknownFunctionError, WrongInputError } from "./errors.ts";
import { parseExpression } from "./expression.ts";
import type { FunctionRegistry } from "./functions.ts";
import { functionOf, type Operation, operationSchema, type StreamJoin } from "./operations.ts";
import { inputName, type PlanInput, type PlanNode } from "./plan.ts";

/** Inputs of an operation by what they are. */
export interface OperationInputs {
  streams: readonly PlanInput[];
  tables: readonly string[];
  byId: ReadonlyMap<string, PlanNode>;
}

/**
 * The operation that a node's `function` names or is; undefined when it is a function.
 * @param functions when given, every name must be among them
 * @throws UnknownFunctionError, InvalidSpecError
 */
export function resolveOperation(
  dag: string,
  id: string,
  given: string | Operation,
  functions: FunctionRegistry | undefined,
): Operation | undefined {
  const at = `graph.${id}.function`;
  const known = Object.keys(functions ?? {}).sort();
  const registered = (name: string): unknown => {
    const found = functions?.[name];
    if (functions !== undefined && found === undefined) throw new UnknownFunctionError(dag, at, name, known);
    return found;
  };
  if (typeof given !== "string") {
    const name = functionOf(given);
    if (name !== undefined) registered(name);
    return given;
  }
  const found = registered(given);
  if (found === undefined || typeof found === "function") return undefined;
  const parsed = operationSchema.safeParse(found);
  if (!parsed.success)
    throw new InvalidSpecError(dag, at, `registered "${given}" is neither a function nor an operation`);
  return parsed.data;
}

/**
 * Holds an operation against the inputs that it needs.
 * @throws WrongInputError, InvalidSpecError, InvalidExpressionError, NotCoPartitionedError
 */
export function checkOperation(dag: string, id: string, operation: Operation, inputs: OperationInputs): void {
  const { tables, streams } = inputs;
  const needTable = (table: string, path: string): void => {
    if (!tables.includes(table)) {
      const found = tables.length > 0 ? `tables ${tables.join(", ")}` : "no table";
      throw new WrongInputError(dag, `graph.${id}.inputs`, found, `table "${table}", which ${path} reads`);
    }
  };
  if ("stream-join" in operation) checkStreams(dag, id, operation["stream-join"], inputs);
  if ("table-join" in operation) checkSides(dag, id, operation["table-join"], "table", tables, streams.map(inputName));
  if ("join" in operation) needTable(operation.join.table, "join");
  if (!("group-complete" in operation)) return;
  const { expect } = operation["group-complete"];
  if ("expression" in expect) {
    parseExpression(expect.expression);
    if ((expect.table === undefined) !== (expect.key === undefined)) {
      throw new InvalidSpecError(dag, `graph.${id}.function.group-complete.expect`, "table and key belong together");
    }
  }
  if ("table" in expect && expect.table !== undefined) needTable(expect.table, "expect");
}

/** A join has exactly its two sides as inputs. */
function checkSides(
  dag: string,
  id: string,
  { left, right }: { left: string; right: string },
  kind: "stream" | "table",
  sides: readonly string[],
  others: readonly string[],
): void {
  const isSound = left !== right && sides.length === 2 && sides.includes(left) && sides.includes(right);
  if (isSound && others.length === 0) return;
  const found = [...sides.map((name) => `${kind} ${name}`), ...others].join(", ");
  throw new WrongInputError(
    dag,
    `graph.${id}.inputs`,
    found === "" ? `no ${kind}` : found,
    `the two ${kind}s "${left}" and "${right}" that ${kind}-join names`,
  );
}

/** Without `by` the own keys of two joined streams must lie in the same partitions. */
function checkStreams(dag: string, id: string, join: StreamJoin, { streams: inputs, byId }: OperationInputs): void {
  const names = inputs.map(inputName);
  checkSides(dag, id, join, "stream", names, []);
  if (join.by !== undefined) return;
  const [a, b] = inputs.map((input) => byId.get(input.node));
  const producersKeys = a?.type === "topic-stream" && b?.type === "topic-stream" && a.key === undefined;
  if (a?.key === b?.key && a?.keys === b?.keys && (a?.key !== undefined || producersKeys)) return;
  throw new NotCoPartitionedError(
    dag,
    id,
    [a, b].map((side, index) => ({ name: names[index] ?? "", key: side?.key, keys: side?.keys })),
  );
}
