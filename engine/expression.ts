import { InvalidExpressionError } from "./errors.ts";
import { atPath, type Value } from "./template.ts";

/** An arithmetic expression over fields, ready to be evaluated. */
export interface Expression {
  fields: string[];
  /** Its number, or undefined when a field is missing or not a number or array. */
  evaluate(value: Value): number | undefined;
}

type Term = (value: Value) => number | undefined;
const TOKEN = /\s*(?:(\d+(?:\.\d+)?)|([A-Za-z_](?:[\w.-]*\w)?(?:\[\d+\](?:[\w.-]*\w)?)*)|([-+*/()]))/y;

/**
 * Reads an expression such as "sites * channels": numbers, fields (paths such as `a.b[0].c`; an array counts as its length), `+ - * / ( )`.
 * A minus between fields needs spaces around it, since field names may hold one.
 * @throws InvalidExpressionError (engine/invalid-expression)
 */
export function parseExpression(source: string): Expression {
  const fields: string[] = [];
  let position = 0;
  let token: { kind: "number" | "field" | "sign" | "end"; text: string } = { kind: "end", text: "" };
  const advance = (): void => {
    TOKEN.lastIndex = position;
    const match = TOKEN.exec(source);
    if (match === null) {
      if (source.slice(position).trim() !== "") throw new InvalidExpressionError(source, position, "is not understood");
      token = { kind: "end", text: "" };
      position = source.length;
      return;
    }
    position = TOKEN.lastIndex;
    const kind = match[1] !== undefined ? "number" : match[2] !== undefined ? "field" : "sign";
    token = { kind, text: match[1] ?? match[2] ?? match[3] ?? "" };
  };
  const isSign = (signs: string): boolean => token.kind === "sign" && signs.includes(token.text);

  const factor = (): Term => {
    const { kind, text } = token;
    if (kind === "number") {
      advance();
      return () => Number(text);
    }
    if (kind === "field") {
      fields.push(text);
      advance();
      return (value) => countOf(atPath(value, text));
    }
    if (isSign("-")) {
      advance();
      const inner = factor();
      return (value) => negate(inner(value));
    }
    if (isSign("(")) {
      advance();
      const inner = sum();
      if (!isSign(")")) throw new InvalidExpressionError(source, position, 'a ")" is missing');
      advance();
      return inner;
    }
    throw new InvalidExpressionError(source, position, "a number, a field or a bracket is missing");
  };
  const chain = (next: () => Term, signs: string): Term => {
    let left = next();
    while (isSign(signs)) {
      const sign = token.text;
      advance();
      const before = left;
      const right = next();
      left = (value) => combine(sign, before(value), right(value));
    }
    return left;
  };
  const product = (): Term => chain(factor, "*/");
  const sum = (): Term => chain(product, "+-");

  advance();
  const evaluate = sum();
  if (token.kind !== "end") throw new InvalidExpressionError(source, position, `"${token.text}" is not expected`);
  return { fields, evaluate };
}

function countOf(value: unknown): number | undefined {
  if (Array.isArray(value)) return value.length;
  return typeof value === "number" ? value : undefined;
}

function negate(value: number | undefined): number | undefined {
  return value === undefined ? undefined : -value;
}

function combine(sign: string, left: number | undefined, right: number | undefined): number | undefined {
  if (left === undefined || right === undefined) return undefined;
  const result = sign === "+" ? left + right : sign === "-" ? left - right : sign === "*" ? left * right : left / right;
  return Number.isFinite(result) ? result : undefined;
}
