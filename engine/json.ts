import { TextCursor } from "./text-cursor.ts";

/**
 * Reads JSON text (RFC 8259). Unlike `JSON.parse` it refuses a name that an object has twice, of which one would be lost, and says
 * where, by line and column, a document is wrong.
 * @throws DocumentSyntaxError (engine/syntax)
 */
export function readJson(text: string): unknown {
  const cursor = new TextCursor(text, "JSON");
  skip(cursor);
  const value = readValue(cursor);
  skip(cursor);
  if (cursor.at < text.length) cursor.fail(`found ${cursor.found()} after the end of the document`);
  return value;
}

/**
 * A whole number of a JSON text that a double cannot hold, as it is written there: reading it would make another number of it, and two
 * such ids one.
 * @returns undefined when there is none, or no JSON
 */
export function inexactInteger(text: string): string | undefined {
  // seldom true, and then a second look: digests and paths have as many digits, but within quotes
  if (!/[[:,]\s*-?\d{16}/.test(text)) return undefined;
  let found: string | undefined;
  try {
    JSON.parse(text, (_name: string, value: unknown, context?: { source?: string }) => {
      const source = context?.source;
      if (typeof value === "number" && !Number.isSafeInteger(value) && source !== undefined && /^-?\d+$/.test(source))
        found ??= source;
      return value;
    });
  } catch {
    return undefined;
  }
  return found;
}

function skip(cursor: TextCursor): void {
  cursor.take(/[ \t\n\r]+/y);
}

function readValue(cursor: TextCursor): unknown {
  const { sign } = cursor;
  if (sign === "{") return readObject(cursor);
  if (sign === "[") return readArray(cursor);
  if (sign === '"') return cursor.quoted();
  const word = cursor.take(/(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.])/y);
  if (word === undefined) cursor.fail(`expected a value, found ${cursor.found()}`);
  return JSON.parse(word);
}

function readObject(cursor: TextCursor): Record<string, unknown> {
  const members = new Map<string, unknown>();
  cursor.at++;
  skip(cursor);
  while (cursor.sign !== "}") {
    const from = cursor.at;
    if (cursor.sign !== '"') cursor.fail(`expected a name in double quotes or "}", found ${cursor.found()}`);
    const name = cursor.quoted();
    if (members.has(name)) cursor.fail(`"${name}" is there twice; give one of them another name`, from);
    skip(cursor);
    if (cursor.take(/:/y) === undefined) cursor.fail(`expected ":" after "${name}", found ${cursor.found()}`);
    skip(cursor);
    members.set(name, readValue(cursor));
    endOfMember(cursor, "}", `the value of "${name}"`);
  }
  cursor.at++;
  return Object.fromEntries(members);
}

function readArray(cursor: TextCursor): unknown[] {
  const items: unknown[] = [];
  cursor.at++;
  skip(cursor);
  while (cursor.sign !== "]") {
    items.push(readValue(cursor));
    endOfMember(cursor, "]", `item ${items.length - 1}`);
  }
  cursor.at++;
  return items;
}

function endOfMember(cursor: TextCursor, close: string, what: string): void {
  const end = cursor.at;
  skip(cursor);
  if (cursor.sign === close) return;
  if (cursor.sign !== ",") cursor.fail(`expected "," or "${close}" after ${what}, found ${cursor.found()}`, end);
  const comma = cursor.at++;
  skip(cursor);
  if (cursor.sign === close) cursor.fail(`this "," has nothing after it`, comma);
}
