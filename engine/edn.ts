import { TextCursor } from "./text-cursor.ts";

/** An inline function of an EDN document, `(fn [x] …)` or `#(…)`: its text; the graph names it, the registry holds it. */
export class InlineFunction {
  readonly source: string;
  constructor(source: string) {
    this.source = source;
  }
}

/**
 * Reads EDN (the extensible data notation, edn-format.org) into what JSON would hold: maps, vectors, text, numbers, booleans, nil;
 * keywords and symbols become text without the colon (`:topic-stream` is "topic-stream", `:split:dna` is "split:dna"). Comments and
 * `#_` are left out. Lists are functions written in place and stay `InlineFunction`s; sets, characters and tags have no counterpart.
 * @throws DocumentSyntaxError (engine/syntax)
 */
export function readEdn(text: string): unknown {
  const cursor = new TextCursor(text, "EDN");
  skip(cursor);
  const value = readValue(cursor);
  skip(cursor);
  if (cursor.at < text.length) cursor.fail(`found ${cursor.found()} after the end of the document`);
  return value;
}

/** White space, commas, comments, and forms that `#_` leaves out. */
function skip(cursor: TextCursor): void {
  for (;;) {
    cursor.take(/(?:[\s,]+|;[^\n]*)+/y);
    if (!cursor.text.startsWith("#_", cursor.at)) return;
    cursor.at += 2;
    skip(cursor);
    readValue(cursor);
  }
}

const number = /[+-]?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?=[\s,;"()[\]{}]|$)/y;
const name = /[A-Za-z.*+!_?$%&=<>/-][\w.*+!?$%&=<>/:#'-]*/y;

function readValue(cursor: TextCursor): unknown {
  const { sign, at } = cursor;
  if (sign === "{") return readMap(cursor);
  if (sign === "[") return readSequence(cursor, "]");
  if (sign === '"') return cursor.quoted();
  if (sign === "(" || cursor.text.startsWith("#(", at)) return readFunction(cursor);
  if (sign === "#" || sign === "\\") cursor.fail("sets, tags and characters have no place in a workflow");
  if (sign === ":") {
    cursor.at++;
    return cursor.take(name) ?? cursor.fail("a keyword needs a name", at);
  }
  const digits = cursor.take(number);
  if (digits !== undefined) return Number(digits);
  const word = cursor.take(name) ?? cursor.fail(`expected a value, found ${cursor.found()}`);
  return word === "nil" ? null : word === "true" ? true : word === "false" ? false : word;
}

function readMap(cursor: TextCursor): Record<string, unknown> {
  const open = cursor.at++;
  const members = new Map<string, unknown>();
  for (skip(cursor); cursor.sign !== "}"; skip(cursor)) {
    const at = needMore(cursor, open, "}");
    const key = readValue(cursor);
    if (typeof key !== "string") cursor.fail("a key of a map must be a keyword or a text", at);
    if (members.has(key)) cursor.fail(`:${key} is there twice; give one of them another name`, at);
    skip(cursor);
    if (cursor.sign === "}") cursor.fail(`:${key} has no value: a map holds keys and values in turn`, at);
    needMore(cursor, open, "}");
    members.set(key, readValue(cursor));
  }
  cursor.at++;
  return Object.fromEntries(members);
}

function readSequence(cursor: TextCursor, close: string): unknown[] {
  const open = cursor.at++;
  const items: unknown[] = [];
  for (skip(cursor); cursor.sign !== close; skip(cursor)) {
    needMore(cursor, open, close);
    items.push(readValue(cursor));
  }
  cursor.at++;
  return items;
}

/** Skips a list by its brackets: what a function of another language says is not for this reader to judge. */
function readFunction(cursor: TextCursor): InlineFunction {
  const from = cursor.at;
  let depth = 0;
  while (cursor.at < cursor.text.length) {
    if (cursor.sign === '"') cursor.quoted();
    else if (cursor.take(/;[^\n]*|\\\S/y) === undefined) {
      if ("([{".includes(cursor.sign)) depth++;
      if (")]}".includes(cursor.sign) && --depth === 0) {
        cursor.at++;
        return new InlineFunction(cursor.text.slice(from, cursor.at));
      }
      cursor.at++;
    }
  }
  cursor.fail('this "(" is never closed', from);
}

function needMore(cursor: TextCursor, open: number, close: string): number {
  if (cursor.at >= cursor.text.length) cursor.fail(`expected "${close}" before the end of the text`, open);
  return cursor.at;
}
