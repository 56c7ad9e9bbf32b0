import { isMap, isScalar, isSeq, type LineCounter, type Node, type Pair } from "yaml";
import { meant } from "./nearest-name.ts";
import type { RecipeProblem } from "./recipe-errors.ts";

/** What a setting may hold. */
export type Rule =
  | { kind: "text"; oneOf?: readonly string[]; matches?: RegExp; says?: string }
  | { kind: "name" }
  | { kind: "boolean" }
  | { kind: "number"; minimum: number; whole?: boolean }
  | { kind: "texts"; oneOf?: readonly string[]; also?: string }
  | { kind: "numbers"; also: string }
  | { kind: "section"; members: Readonly<Record<string, Rule>>; required?: readonly string[] }
  | { kind: "list"; of: (node: Node, path: string, check: Checker) => unknown };

export interface Checker {
  problems: RecipeProblem[];
  lines: LineCounter;
}

export type Values = Readonly<Record<string, unknown>>;

/** 1-based line of a node. */
export function lineOf(node: Node | null | undefined, { lines }: Checker): number {
  return lines.linePos(node?.range?.[0] ?? 0).line;
}

/** Reads one setting by its rule; what is wrong goes to the checker's problems, and the value is undefined. */
export function readSetting(node: Node | null, rule: Rule, path: string, check: Checker): unknown {
  const refuse = (problem: string): undefined => {
    check.problems.push({ line: lineOf(node, check), path, problem });
    return undefined;
  };
  switch (rule.kind) {
    case "section":
      return readSection(node, rule, path, check);
    case "list":
      if (!isSeq(node)) return refuse(`expected a list, found ${shown(node)}.`);
      return node.items.map((item, index) => rule.of(item as Node, `${path}[${index}]`, check));
    case "boolean":
      if (isScalar(node) && typeof node.value === "boolean") return node.value;
      return refuse(`expected true or false, found ${shown(node)}.`);
    case "name":
      // The text as written: a bar code such as 0012 keeps its zeros, which YAML's numbers would lose.
      if (isScalar(node) && node.value !== null && node.value !== "") return node.source ?? String(node.value);
      return refuse(`expected a name, found ${shown(node)}.`);
    case "text":
      if (!isScalar(node) || node.value === null) return refuse(`expected a text, found ${shown(node)}.`);
      return readText(String(node.value), rule, refuse);
    case "number": {
      const value = isScalar(node) ? Number(node.value) : Number.NaN;
      if (value >= rule.minimum && (rule.whole !== true || Number.isInteger(value))) return value;
      return refuse(
        `expected a ${rule.whole === true ? "whole " : ""}number from ${rule.minimum} up, found ${shown(node)}.`,
      );
    }
    case "texts": {
      if (rule.also !== undefined && isScalar(node) && node.value === rule.also) return rule.also;
      if (!isSeq(node))
        return refuse(
          `expected ${rule.also === undefined ? "" : `${rule.also} or `}a list of names, found ${shown(node)}.`,
        );
      return node.items.map((item, index) =>
        readSetting(
          item as Node,
          { kind: "text", ...(rule.oneOf === undefined ? {} : { oneOf: rule.oneOf }) },
          `${path}[${index}]`,
          check,
        ),
      );
    }
    case "numbers":
      if (isScalar(node) && node.value === rule.also) return rule.also;
      if (!isSeq(node)) return refuse(`expected ${rule.also} or a list of numbers, found ${shown(node)}.`);
      return node.items.map((item, index) =>
        readSetting(item as Node, { kind: "number", minimum: 0, whole: true }, `${path}[${index}]`, check),
      );
  }
}

function readText(
  text: string,
  rule: Extract<Rule, { kind: "text" }>,
  refuse: (problem: string) => undefined,
): string | undefined {
  if (rule.oneOf !== undefined && !rule.oneOf.includes(text))
    return refuse(`"${text}" is not known.${meant(text, rule.oneOf)}`);
  if (rule.matches !== undefined && !rule.matches.test(text))
    return refuse(`"${text}" cannot be used: ${rule.says ?? "it has another form"}.`);
  return text;
}

/** Reads a section; unknown keys are problems, with the key that was probably meant. */
export function readSection(
  node: Node | null,
  { members, required = [] }: Extract<Rule, { kind: "section" }>,
  path: string,
  check: Checker,
): Values | undefined {
  const at = (key: string): string => (path === "" ? key : `${path}.${key}`);
  if (!isMap(node)) {
    check.problems.push({ line: lineOf(node, check), path, problem: `expected settings, found ${shown(node)}.` });
    return undefined;
  }
  const values: Record<string, unknown> = {};
  const seen = new Set<string>();
  for (const pair of node.items as Pair<Node, Node | null>[]) {
    const key = isScalar(pair.key) ? String(pair.key.value) : String(pair.key);
    const rule = Object.hasOwn(members, key) ? members[key] : undefined;
    seen.add(key);
    if (rule === undefined)
      check.problems.push({
        line: lineOf(pair.key, check),
        path: at(key),
        problem: `there is no such setting.${meant(key, Object.keys(members))}`,
      });
    else {
      const value = readSetting(pair.value, rule, at(key), check);
      if (value !== undefined) values[key] = value;
    }
  }
  for (const key of required)
    if (!seen.has(key))
      check.problems.push({ line: lineOf(node, check), path: at(key), problem: "is missing; the recipe needs it." });
  return values;
}

function shown(node: Node | null | undefined): string {
  if (isMap(node)) return "settings";
  if (isSeq(node)) return "a list";
  if (isScalar(node)) return node.value === null ? "nothing" : `"${node.source ?? String(node.value)}"`;
  return "nothing";
}
