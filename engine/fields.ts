import { FieldTypeError, SchemaMismatchError } from "./errors.ts";
import type { SchemaRegistry } from "./json-schema.ts";
import { nearestName } from "./nearest.ts";
import { inputName, type PlanNode } from "./plan.ts";
import { type FieldRead, readsOf } from "./reads.ts";
import {
  commonShape,
  describeShape,
  describeWant,
  fits,
  type Missing,
  mergedShape,
  type Shape,
  shapeAt,
} from "./shape.ts";
import { parseTemplate, pathSteps } from "./template.ts";
import { anyObject, declaredShape, fieldsShape, shapeWritten } from "./writes.ts";

interface Producer {
  id: string;
  shape: Shape;
}

/**
 * Follows what schemas promise and operations make along the edges of a graph, and holds against it what every node reads.
 * @param schemas the schemas that nodes name, resolved
 * @throws SchemaMismatchError (engine/schema-mismatch) for a field that its producer does not write
 * @throws FieldTypeError (engine/field-type) for a field that cannot be used as it is
 */
export function checkFields(dag: string, nodes: readonly PlanNode[], schemas: SchemaRegistry): void {
  const shapes = new Map<string, Shape>();
  const producer = (id: string): Producer => ({ id, shape: shapes.get(id) ?? anyObject });
  for (const node of nodes) {
    const inputs = node.inputs.map((input) => producer(input.node));
    const tables = new Map(node.tables.map((table) => [table, producer(table).shape]));
    for (const read of readsOf(node)) {
      const sources = sourcesOf(node, read, inputs, tables);
      const having = read.needed ? sources : sources.filter(({ shape }) => "shape" in shapeAt(shape, read.path));
      for (const from of having.length > 0 ? having : sources) check(dag, node, read, from);
    }
    const sides = new Map(node.inputs.map((input) => [inputName(input), producer(input.node).shape]));
    const written = shapeWritten(node, commonShape(inputs.map(({ shape }) => shape)), tables, sides);
    const declared = node.schema === undefined ? undefined : declaredShape(schemas[node.schema]);
    if (declared !== undefined) checkDeclared(dag, node, written, declared);
    const shape = declared ?? written;
    checkKey(dag, node, shape);
    shapes.set(node.id, shape);
  }
}

/** Whose values a read looks at: each has to have the field. */
function sourcesOf(
  node: PlanNode,
  { of }: FieldRead,
  inputs: readonly Producer[],
  tables: ReadonlyMap<string, Shape>,
): readonly Producer[] {
  if (of === "record") return inputs;
  const group = { id: node.id, shape: groupFields(node, inputs) };
  if (of === "group") return [group];
  if ("table" in of) return [{ id: of.table, shape: tables.get(of.table) ?? anyObject }];
  return [{ id: of.tableOrGroup, shape: mergedShape(group.shape, tables.get(of.tableOrGroup) ?? anyObject) }];
}

/** What a group knows of itself while it is open. */
function groupFields({ operation }: PlanNode, inputs: readonly Producer[]): Shape {
  const by = operation !== undefined && "group-complete" in operation ? operation["group-complete"].by : [];
  return fieldsShape(by, commonShape(inputs.map(({ shape }) => shape)));
}

function check(dag: string, node: PlanNode, read: FieldRead, from: Producer): void {
  const found = shapeAt(from.shape, read.path);
  if ("missing" in found)
    throw new SchemaMismatchError(
      dag,
      { node: from.id, ...(from.id === node.id ? { fields: "by" } : {}) },
      { node: node.id, at: read.at },
      read.path,
      found.missing,
      nearestPath(read.path, found.missing),
    );
  if (!fits(found.shape, read.wants))
    throw new FieldTypeError(
      dag,
      from.id,
      { node: node.id, at: read.at },
      read.path,
      describeShape(found.shape),
      describeWant(read.wants),
    );
}

function nearestPath(path: string, { at, step, known }: Missing): string | undefined {
  const nearest = nearestName(step, known);
  if (nearest === undefined) return undefined;
  const steps = pathSteps(path);
  const depth = at === "" ? 0 : at.split(".").length;
  return [...steps.slice(0, depth), nearest, ...steps.slice(depth + 1)].join(".");
}

/** A node that says what it writes must be able to: fields that its schema requires are there. */
function checkDeclared(dag: string, node: PlanNode, written: Shape, declared: Shape): void {
  if (node.type !== "stream-operation" && node.type !== "publish") return;
  const lacking = lacks(written, declared, "");
  if (lacking === undefined) return;
  const { path, missing } = lacking;
  const at = node.spec.schema === undefined ? "value-schema" : "schema";
  const producer = node.type === "publish" ? (node.inputs[0]?.node ?? node.id) : node.id;
  throw new SchemaMismatchError(
    dag,
    { node: producer },
    { node: node.id, at },
    path,
    missing,
    nearestPath(path, missing),
  );
}

function lacks(written: Shape, declared: Shape, at: string): { path: string; missing: Missing } | undefined {
  if (written.is === "array" && declared.is === "array")
    return lacks(written.items, declared.items, at === "" ? "*" : `${at}.*`);
  if (written.is !== "object" || declared.is !== "object") return undefined;
  for (const [name, { shape, optional }] of declared.members) {
    const path = at === "" ? name : `${at}.${name}`;
    const found = shapeAt(written, name);
    if ("missing" in found) {
      if (optional) continue;
      return { path, missing: { ...found.missing, at } };
    }
    const deeper = lacks(found.shape, shape, path);
    if (deeper !== undefined) return deeper;
  }
  return undefined;
}

/** A node's keys are what its `key-schema` says, where both are known. */
function checkKey(dag: string, node: PlanNode, shape: Shape): void {
  const { spec, key } = node;
  if (!("key-schema" in spec) || spec["key-schema"] !== "long" || key === undefined) return;
  const [path, ...others] = parseTemplate(key).paths;
  const consumer = { node: node.id, at: "key-schema" };
  if (path === undefined || others.length > 0 || key !== `{${path}}`)
    throw new FieldTypeError(dag, node.id, consumer, key, "text made of several fields", "one whole number");
  const found = shapeAt(shape, path);
  if ("shape" in found && !fits(found.shape, "number"))
    throw new FieldTypeError(dag, node.id, consumer, path, describeShape(found.shape), "a whole number");
}
