import { shapeOfSchema } from "./json-schema.ts";
import { type Aggregation, fieldRule, type GroupComplete, type Mapping, type Operation } from "./operations.ts";
import type { PlanNode } from "./plan.ts";
import {
  any,
  booleanShape,
  eitherOf,
  integerShape,
  type Member,
  memberOf,
  mergedShape,
  nullShape,
  numberShape,
  objectShape,
  type Shape,
  shapeAt,
  textShape,
} from "./shape.ts";
import { isPlain, parseTemplate, pathSteps } from "./template.ts";

/** Members that may be there beside others that nobody knows. */
export const anyObject: Shape = { is: "object", members: new Map(), rest: any };

const nullable = (shape: Shape): Shape => eitherOf([shape, nullShape]);

/**
 * The shape of what a node sends on.
 * @param input what its streams have in common
 * @param tables shapes of rows by the table's node id
 * @param sides shapes of its streams by their names in the document
 */
export function shapeWritten(
  node: PlanNode,
  input: Shape,
  tables: ReadonlyMap<string, Shape>,
  sides: ReadonlyMap<string, Shape> = new Map(),
): Shape {
  const { type, operation } = node;
  if (type === "topic-stream" || type === "topic-table") return anyObject;
  // a task's result is put over its input
  if (type === "external-task") return input.is === "object" ? reopened(input) : anyObject;
  if (type === "publish") return input;
  if (operation === undefined) return anyObject;
  if ("stream-join" in operation) {
    const { left, right, as } = operation["stream-join"];
    return mergedShape(sides.get(left) ?? anyObject, objectShape({ [as]: nullable(sides.get(right) ?? anyObject) }));
  }
  if ("table-join" in operation) {
    const { left, right, as, kind } = operation["table-join"];
    const other = tables.get(right) ?? anyObject;
    return mergedShape(tables.get(left) ?? anyObject, objectShape({ [as]: kind === "left" ? nullable(other) : other }));
  }
  return operationWrites(operation, input, tables);
}

/** The same members, any of which may have been replaced, and others. */
function reopened(shape: Shape & { is: "object" }): Shape {
  const members = [...shape.members.keys()].map((name): [string, Member] => [name, { shape: any, optional: false }]);
  return { is: "object", members: new Map(members), rest: any };
}

function operationWrites(operation: Operation, input: Shape, tables: ReadonlyMap<string, Shape>): Shape {
  if ("group-complete" in operation) return groupShape(operation["group-complete"], input);
  if ("map" in operation) return typeof operation.map === "string" ? anyObject : mappedShape(operation.map, input);
  if ("flat-map" in operation) {
    const flattening = operation["flat-map"];
    if (typeof flattening === "string" || input.is !== "object") return anyObject;
    const { field, as } = flattening;
    const elements = memberOf(input, field)?.shape ?? any;
    const element = elements.is === "array" ? elements.items : any;
    const others = without(input, [field]);
    return mergedShape(
      others,
      as === undefined ? (element.is === "object" ? element : anyObject) : objectShape({ [as]: element }),
    );
  }
  if ("join" in operation) {
    const { table, as, fields } = operation.join;
    const row = tables.get(table) ?? anyObject;
    const known = row.is === "object" ? row : undefined;
    const picked =
      fields === undefined
        ? row
        : objectShape(
            Object.fromEntries(
              fields.map((field) => [field, nullable((known && memberOf(known, field)?.shape) ?? any)]),
            ),
          );
    return mergedShape(input.is === "object" ? input : anyObject, objectShape({ [as]: nullable(picked) }));
  }
  if ("aggregate" in operation) return aggregateShape(operation.aggregate, input);
  if ("window" in operation)
    return mergedShape(
      aggregateShape(operation.window, input),
      objectShape({ windowStart: numberShape, windowEnd: numberShape }),
    );
  return input;
}

function mappedShape({ pick, drop = [], rename = {}, set = {} }: Mapping, input: Shape): Shape {
  const source = input.is === "object" ? input : (anyObject as Shape & { is: "object" });
  const kept = pick === undefined ? [...source.members.keys()] : pick;
  const members = new Map<string, Member>();
  for (const name of kept) {
    const member = memberOf(source, name);
    if (member !== undefined && !drop.includes(name)) members.set(rename[name] ?? name, member);
  }
  if (pick === undefined)
    for (const [from, to] of Object.entries(rename)) {
      const member = memberOf(source, from);
      if (member !== undefined && !drop.includes(from)) members.set(to, member);
    }
  for (const [name, rule] of Object.entries(set))
    members.set(name, { shape: ruleShape(rule, source), optional: false });
  return pick === undefined && source.rest !== undefined
    ? { is: "object", members, rest: source.rest }
    : { is: "object", members };
}

function ruleShape(rule: unknown, source: Shape): Shape {
  if (typeof rule === "string") return parseTemplate(rule).paths.length > 0 ? nullable(textShape) : textShape;
  const field = fieldRule(rule);
  if (field === undefined) return literalShape(rule);
  const found = shapeAt(source, field);
  return "shape" in found ? nullable(found.shape) : any;
}

function literalShape(value: unknown): Shape {
  if (value === null) return nullShape;
  if (Array.isArray(value)) return { is: "array", items: eitherOf(value.map(literalShape)) };
  if (typeof value === "object")
    return objectShape(Object.fromEntries(Object.entries(value).map(([name, one]) => [name, literalShape(one)])));
  return typeof value === "string" ? textShape : typeof value === "boolean" ? booleanShape : numberShape;
}

function without(shape: Shape & { is: "object" }, names: readonly string[]): Shape & { is: "object" } {
  const members = new Map([...shape.members].filter(([name]) => !names.includes(name)));
  return shape.rest === undefined ? { is: "object", members } : { is: "object", members, rest: shape.rest };
}

/** Fields by their paths, each at its own place. */
export function fieldsShape(paths: readonly string[], input: Shape): Shape {
  return paths
    .map((path) => {
      const found = shapeAt(input, path);
      const steps = isPlain(path) ? [path] : pathSteps(path);
      return steps.reduceRight(
        (shape: Shape, step) => objectShape({ [step]: shape }),
        "shape" in found ? found.shape : any,
      );
    })
    .reduce(nested, objectShape({}));
}

function nested(a: Shape, b: Shape): Shape {
  if (a.is !== "object" || b.is !== "object") return b;
  const members = new Map(a.members);
  for (const [name, member] of b.members) {
    const known = members.get(name);
    members.set(name, known === undefined ? member : { ...member, shape: nested(known.shape, member.shape) });
  }
  return { is: "object", members };
}

function groupShape({ by, carry = [], collect }: GroupComplete, input: Shape): Shape {
  const failed = objectShape({
    member: textShape,
    code: textShape,
    message: textShape,
    node: textShape,
    taskId: textShape,
  });
  return [
    fieldsShape(carry, input),
    objectShape({
      [collect]: { is: "array", items: input.is === "object" ? input : anyObject },
      complete: booleanShape,
      expected: nullable(integerShape),
      missing: { is: "array", items: textShape },
      failed: { is: "array", items: failed },
      generation: integerShape,
    }),
  ].reduce(mergedShape, fieldsShape(by, input));
}

function aggregateShape(rule: Aggregation, input: Shape): Shape {
  if (rule.function !== undefined) return anyObject;
  const { by, count, sum = {}, min = {}, max = {}, last = [] } = rule;
  const numbers = Object.keys(sum).map((name): [string, Shape] => [name, numberShape]);
  const extremes = [...Object.keys(min), ...Object.keys(max)].map((name): [string, Shape] => [
    name,
    nullable(numberShape),
  ]);
  const counted: [string, Shape][] = count === undefined ? [] : [[count, integerShape]];
  return [objectShape(Object.fromEntries([...counted, ...numbers, ...extremes])), fieldsShape(last, input)].reduce(
    mergedShape,
    fieldsShape(by, input),
  );
}

/** What a declared schema promises of values; any object when it says nothing of them. */
export function declaredShape(schema: unknown): Shape {
  const shape = shapeOfSchema(schema);
  return shape.is === "any" ? anyObject : shape;
}
