import { TextMatrixError } from "./errors.ts";

const LONGEST_LINE = 64 * 2 ** 20;

/** Non-empty lines of a text, a batch at a time, without their ends; a byte order mark is taken off. */
export async function* textLines(chunks: AsyncIterable<Uint8Array>, file: string): AsyncGenerator<string[]> {
  const decoder = new TextDecoder("utf-8");
  // The parts of a line that goes on; joined once, as lines of millions of numbers come in hundreds of parts.
  let parts: string[] = [];
  let length = 0;
  let seen = 0;
  for await (const chunk of chunks) {
    const lines = decoder.decode(chunk, { stream: true }).split("\n");
    const last = lines.pop() ?? "";
    if (lines.length > 0) {
      lines[0] = parts.join("") + lines[0];
      parts = [];
      length = 0;
    }
    parts.push(last);
    length += last.length;
    if (length > LONGEST_LINE)
      throw new TextMatrixError(file, seen + lines.length + 1, "a line of more than 64 MiB. Is this a text file?");
    seen += lines.length;
    const batch = tidy(lines);
    if (batch.length > 0) yield batch;
  }
  const end = tidy([parts.join("") + decoder.decode()]);
  if (end.length > 0) yield end;
}

function tidy(lines: readonly string[]): string[] {
  const full: string[] = [];
  for (const line of lines) {
    const text = line.endsWith("\r") ? line.slice(0, -1) : line;
    if (text !== "") full.push(text);
  }
  return full;
}

/** The fields of one delimited line, quotes taken off. */
export function fieldsOf(line: string, delimiter: string): string[] {
  if (!line.includes('"')) return line.split(delimiter);
  const fields: string[] = [];
  let field = "";
  let quoted = false;
  for (let i = 0; i < line.length; i++) {
    const char = line[i]!;
    if (char === '"') {
      if (quoted && line[i + 1] === '"') field += line[++i];
      else quoted = !quoted;
    } else if (char === delimiter && !quoted) {
      fields.push(field);
      field = "";
    } else field += char;
  }
  fields.push(field);
  return fields;
}

/** A tab when the line has one, else a comma, else a semicolon. */
export function delimiterOf(line: string): string {
  return ["\t", ",", ";"].find((delimiter) => line.includes(delimiter)) ?? "\t";
}
