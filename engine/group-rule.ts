import { type Expression, parseExpression } from "./expression.ts";
import type { GroupComplete } from "./operations.ts";
import { atPath, fieldsTemplate, parseTemplate, scalarText, type Template, type Value } from "./template.ts";

/** How many members a group waits for and, where they are named, which. */
export interface Expected {
  count: number;
  ids?: ReadonlySet<string>;
}

/** A `group-complete` operation with its templates read. */
export interface GroupRule {
  spec: GroupComplete;
  key: Template;
  member: Template;
  /** The key of the table row that the expectation is read from. */
  lookup?: Template;
  /** The table's node id. */
  table?: string;
  /** Whether any of its closing rules runs by event time. */
  usesEventTime: boolean;
  /**
   * What a group waits for; undefined while it cannot be known.
   * @param row the table row, undefined while it is absent
   * @param largest the largest value of `expect.field` among the members
   */
  expected(fields: Value, row: Value | undefined, largest: number | undefined): Expected | undefined;
}

/** Reads a `group-complete` operation's templates and expectation once, so that records are cheap. */
export function groupRule(spec: GroupComplete): GroupRule {
  const { expect } = spec;
  const rule: GroupRule = {
    spec,
    key: fieldsTemplate(spec.by),
    member: fieldsTemplate(spec.member),
    usesEventTime: spec.gap?.eventTimeMs !== undefined || spec.deadline?.eventTimeMs !== undefined,
    expected: () => undefined,
  };
  if ("table" in expect && expect.table !== undefined) {
    rule.table = expect.table;
    rule.lookup = parseTemplate(expect.key ?? "");
  }
  if ("constant" in expect) {
    const constant = { count: expect.constant };
    rule.expected = () => constant;
  } else if ("expression" in expect) {
    const expression: Expression = parseExpression(expect.expression);
    rule.expected = (fields, row) => {
      if (rule.table !== undefined && row === undefined) return undefined;
      const count = expression.evaluate({ ...fields, ...row });
      return count === undefined ? undefined : { count: Math.ceil(count) };
    };
  } else if ("table" in expect) {
    rule.expected = tableField(expect.field);
  } else {
    rule.expected = (_fields, _row, largest) => (largest === undefined ? undefined : { count: largest });
  }
  return rule;
}

/** A path whose steps may be templates, such as "plates.{plate}.wells"; rows are read once per distinct path. */
function tableField(path: string): GroupRule["expected"] {
  const steps = (path.match(/(?:\{[^{}]*\}|[^.{}])+/g) ?? []).map(parseTemplate);
  const seen = new WeakMap<Value, Map<string, Expected | undefined>>();
  return (fields, row) => {
    if (row === undefined) return undefined;
    let cache = seen.get(row);
    if (cache === undefined) {
      cache = new Map();
      seen.set(row, cache);
    }
    const filled: string[] = [];
    for (const step of steps) {
      const text = step.fill(fields);
      if (text === undefined) return undefined;
      filled.push(text);
    }
    const name = filled.join("\u0000");
    if (cache.has(name)) return cache.get(name);
    let at: unknown = row;
    for (const step of filled) at = Array.isArray(at) || typeof at !== "object" ? undefined : ownMember(at, step);
    const expected = expectedOf(at);
    cache.set(name, expected);
    return expected;
  };
}

function ownMember(value: object | null, name: string): unknown {
  return value !== null && Object.hasOwn(value, name) ? (value as Value)[name] : undefined;
}

function expectedOf(value: unknown): Expected | undefined {
  if (typeof value === "number") return Number.isFinite(value) && value > 0 ? { count: Math.ceil(value) } : undefined;
  if (value === null || typeof value !== "object") return undefined;
  if (!Array.isArray(value)) return named(Object.keys(value));
  const ids = value.map(scalarText);
  return ids.every((id) => id !== undefined) ? named(ids) : value.length > 0 ? { count: value.length } : undefined;
}

function named(ids: readonly string[]): Expected | undefined {
  const unique = new Set(ids);
  return unique.size > 0 ? { count: unique.size, ids: unique } : undefined;
}

/** A number at a path of a member, for `expect: { field }`. */
export function expectedNumber(value: Value, path: string): number | undefined {
  const found = atPath(value, path);
  if (Array.isArray(found)) return found.length;
  return typeof found === "number" && found > 0 ? found : undefined;
}
