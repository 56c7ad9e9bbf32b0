import { DocumentSyntaxError } from "./errors.ts";

export type DocumentFormat = "JSON" | "EDN";

/** A place in a document that is being read; knows its line and column when something is wrong there. */
export class TextCursor {
  readonly text: string;
  readonly format: DocumentFormat;
  at = 0;

  constructor(text: string, format: DocumentFormat) {
    this.text = text;
    this.format = format;
  }

  /** The sign at this place; empty at the end. */
  get sign(): string {
    return this.text.charAt(this.at);
  }

  /** Takes what the pattern, which must be sticky, finds here. */
  take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0];
    if (found !== undefined) this.at += found.length;
    return found;
  }

  /** What is found here, in words. */
  found(): string {
    if (this.at >= this.text.length) return "the end of the text";
    const token = /[^\s,:"()[\]{}]+|./y;
    token.lastIndex = this.at;
    return JSON.stringify(token.exec(this.text)?.[0] ?? this.sign);
  }

  /** @throws DocumentSyntaxError (engine/syntax) at the given offset, default here */
  fail(problem: string, offset = this.at): never {
    const before = this.text.slice(0, offset);
    const line = before.split("\n").length;
    throw new DocumentSyntaxError(this.format, line, offset - before.lastIndexOf("\n"), problem);
  }

  /** Reads a text between double quotes with JSON's escapes. */
  quoted(): string {
    const from = this.at;
    const raw = this.take(/"(?:[^"\\]|\\[\s\S])*"/y);
    if (raw === undefined) this.fail("this text has no closing quote", from);
    try {
      return JSON.parse(this.format === "EDN" ? raw.replaceAll("\n", "\\n").replaceAll("\r", "\\r") : raw) as string;
    } catch {
      this.fail(`${raw} holds a line break or an escape that ${this.format} does not know`, from);
    }
  }
}
