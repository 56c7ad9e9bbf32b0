import { SampleQueryError } from "./errors.ts";
import { type MetadataCell, metadataColumn, type Profiles } from "./profiles.ts";

interface Token {
  kind: "name" | "text" | "number" | "operator" | "end";
  text: string;
  position: number;
}

type Condition = (row: number) => boolean;
type Operand = (row: number) => MetadataCell;

const TOKEN =
  /\s*(?:(`[^`]+`|[A-Za-z_][A-Za-z0-9_.]*)|('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")|(-?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|(==|!=|<=|>=|<|>|\(|\)|\[|\]|,|&|\||~))/y;

/**
 * Wells that a query selects. The grammar is a small part of pandas' query language: comparisons (`== != < <= > >=`), `in` and
 * `not in` a list, `and or not` (also `& | ~`), parentheses, texts in either quote, numbers, names of metadata columns (in back
 * quotes when they hold other characters). Nothing is evaluated as code. A missing cell equals nothing and is not ordered.
 * @param samples "all", or a query such as `Metadata_control_type == 'negcon'`
 * @returns row indices in order
 * @throws SampleQueryError (profiling/sample-query), UnknownColumnError (profiling/unknown-column)
 */
export function selectWells(profiles: Profiles, samples: string): number[] {
  const all = Array.from({ length: profiles.rowCount }, (_, row) => row);
  if (samples.trim() === "all") return all;
  const condition = parse(samples, (name) => {
    const cells = metadataColumn(profiles, name);
    return (row) => cells[row] ?? null;
  });
  return all.filter(condition);
}

function tokenise(query: string): Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  let position = 0;
  while (position < query.trimEnd().length) {
    TOKEN.lastIndex = position;
    const match = TOKEN.exec(query);
    if (match === null)
      throw new SampleQueryError(query, position, `cannot read "${query.slice(position, position + 8).trim()}"`);
    const [whole, name, text, number, operator] = match;
    const at = position + whole.length - whole.trimStart().length;
    if (name !== undefined) tokens.push({ kind: "name", text: name.replaceAll("`", ""), position: at });
    else if (text !== undefined)
      tokens.push({ kind: "text", text: text.slice(1, -1).replace(/\\(.)/g, "$1"), position: at });
    else if (number !== undefined) tokens.push({ kind: "number", text: number, position: at });
    else tokens.push({ kind: "operator", text: operator ?? "", position: at });
    position = TOKEN.lastIndex;
  }
  tokens.push({ kind: "end", text: "the end", position: query.length });
  return tokens;
}

function parse(query: string, column: (name: string) => Operand): Condition {
  const tokens = tokenise(query);
  let at = 0;
  const peek = (): Token => tokens[at]!;
  const fail = (expected: string): never => {
    throw new SampleQueryError(query, peek().position, `found ${peek().text}, expected ${expected}`);
  };
  const take = (...texts: string[]): boolean => {
    const token = peek();
    if ((token.kind !== "operator" && token.kind !== "name") || !texts.includes(token.text)) return false;
    at++;
    return true;
  };
  const either = (): Condition => {
    let left = both();
    while (take("or", "|")) {
      const first = left;
      const second = both();
      left = (row) => first(row) || second(row);
    }
    return left;
  };
  const both = (): Condition => {
    let left = single();
    while (take("and", "&")) {
      const first = left;
      const second = single();
      left = (row) => first(row) && second(row);
    }
    return left;
  };
  const single = (): Condition => {
    if (take("not", "~")) {
      const inner = single();
      return (row) => !inner(row);
    }
    if (take("(")) {
      const inner = either();
      if (!take(")")) fail("a closing parenthesis");
      return inner;
    }
    return comparison();
  };
  const literal = (): string | number => {
    const token = peek();
    if (token.kind !== "text" && token.kind !== "number") return fail("a text in quotes or a number");
    at++;
    return token.kind === "text" ? token.text : Number(token.text);
  };
  const operand = (): Operand => {
    const token = peek();
    if (token.kind === "name" && !["and", "or", "not", "in"].includes(token.text)) {
      at++;
      return column(token.text);
    }
    if (token.kind !== "text" && token.kind !== "number") return fail("a column, a text in quotes or a number");
    const value = literal();
    return () => value;
  };
  const list = (): Set<MetadataCell> => {
    const closing = take("[") ? "]" : take("(") ? ")" : fail("a list such as ['a', 'b']");
    const members = new Set<MetadataCell>();
    if (take(closing)) return members;
    do members.add(literal());
    while (take(","));
    if (!take(closing)) fail(`a comma or ${closing}`);
    return members;
  };
  const comparison = (): Condition => {
    const left = operand();
    if (take("in")) {
      const members = list();
      return (row) => members.has(left(row));
    }
    if (take("not")) {
      if (!take("in")) fail("in");
      const members = list();
      return (row) => !members.has(left(row));
    }
    const token = peek();
    const compare = COMPARISONS[token.kind === "operator" ? token.text : ""];
    if (compare === undefined) return fail("a comparison such as == or <");
    at++;
    const right = operand();
    return (row) => compare(left(row), right(row));
  };
  const condition = either();
  if (peek().kind !== "end") fail("and, or, or the end");
  return condition;
}

const COMPARISONS: Record<string, (left: MetadataCell, right: MetadataCell) => boolean> = {
  "==": (left, right) => left !== null && left === right,
  "!=": (left, right) => left === null || left !== right,
  "<": (left, right) => ordered(left, right) && left! < right!,
  "<=": (left, right) => ordered(left, right) && left! <= right!,
  ">": (left, right) => ordered(left, right) && left! > right!,
  ">=": (left, right) => ordered(left, right) && left! >= right!,
};

function ordered(left: MetadataCell, right: MetadataCell): boolean {
  return left !== null && right !== null && typeof left === typeof right;
}
