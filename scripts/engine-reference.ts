import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compileStaged, stageEngine } from "./engine-declarations.ts";

/** A public name with what is said of it and what it is. */
export interface Declared {
  name: string;
  /** The docstring's text, its lines joined. */
  doc: string;
  /** TypeScript without bodies. */
  code: string;
}

/** A docstring without its signs. */
function readDoc(comment: string): string {
  const lines = comment
    .replace(/^\/\*\*|\*\/$/g, "")
    .split("\n")
    .map((line) => line.replace(/^\s*\*? ?/, "").trimEnd());
  return lines.join("\n").trim();
}

/** Where a declaration that begins at `from` ends: at a semicolon or a brace outside of all brackets. */
function endOf(text: string, from: number): number {
  let depth = 0;
  let at = from;
  while (at < text.length) {
    if (text.startsWith("/*", at)) at = text.indexOf("*/", at) + 1;
    else if (/["'`]/.test(text[at] ?? "")) at = text.indexOf(text[at] ?? "", at + 1);
    else if (/[{([]/.test(text[at] ?? "")) depth++;
    else if (/[})\]]/.test(text[at] ?? "")) {
      depth--;
      const rest = text.slice(at + 1, at + 3);
      if (depth === 0 && text[at] === "}" && /^(\n|$)/.test(rest)) return at + 1;
    } else if (text[at] === ";" && depth === 0) return at + 1;
    at++;
  }
  return text.length;
}

/**
 * Writes out what `defineError` made (data/define-error.ts): `class X extends X_base {}` with the fields and the constructor that its base, an
 * `ErrorClass<code, arguments, data>`, gives it.
 */
function writeErrorsOut(text: string): string {
  const base =
    /declare const (\w+)_base: [^<\n]*ErrorClass<("[^"]+"), \[([\s\S]*?)\], \{\n?([\s\S]*?)\}>;\n(\/\*\*[\s\S]*?\*\/\nexport declare class) \1 extends \1_base \{\n\}/g;
  return text.replaceAll(base, (_, name: string, code: string, given: string, data: string, begin: string) => {
    const fields = data.replaceAll(/^ {4}(?=\w)/gm, "    readonly ").replaceAll("readonly readonly ", "readonly ");
    return `${begin} ${name} extends Error {\n    readonly code = ${code};\n${fields}    constructor(${given.replaceAll("\n", "\n    ")});\n}`;
  });
}

/** The exported declarations of a `.d.ts`, by name. */
export function declarationsIn(declarations: string): Map<string, Declared> {
  const text = writeErrorsOut(declarations);
  const found = new Map<string, Declared>();
  const pattern =
    /(\/\*\*(?:(?!\*\/)[\s\S])*\*\/\n)?^export (?:declare )?(?:abstract )?(?:function|class|interface|type|const) (\w+)/gm;
  for (const match of text.matchAll(pattern)) {
    const [, comment = "", name = ""] = match;
    const from = match.index + comment.length;
    const code = text
      .slice(from, endOf(text, from))
      .replace(/^export (declare )?/, "")
      .replaceAll(/^ {4}#private;\n/gm, "")
      .replaceAll(/^ {4}private [^\n]*\n/gm, "")
      .replaceAll(/^( +)/gm, (spaces) => " ".repeat(Math.ceil(spaces.length / 2)));
    const known = found.get(name);
    if (known === undefined) found.set(name, { name, doc: readDoc(comment.trim()), code });
    else known.code += `\n${code}`;
  }
  return found;
}

/** What an index gives: from which module which names, in its order. */
export function exportsOf(index: string): { module: string; names: string[] | "all" }[] {
  const pattern = /export (?:\*|(?:type )?\{([^}]*)\}) from "\.\/([^"]+?)\.(?:js|ts)";/g;
  return [...index.matchAll(pattern)].map(([, names, module = ""]) => ({
    module,
    names:
      names === undefined
        ? "all"
        : names
            .split(",")
            .map((name) => name.replace(/^\s*type /, "").trim())
            .filter(Boolean),
  }));
}

/** The reference of everything that `@artesian/engine` gives, from its declarations and docstrings. */
export function engineReference(): string {
  const folder = mkdtempSync(join(tmpdir(), "engine-reference-"));
  try {
    stageEngine(folder);
    const out = join(folder, "out");
    compileStaged(folder, out, true);
    const read = (module: string): string => readFileSync(join(out, "engine", `${module}.d.ts`), "utf8");
    const parts = exportsOf(read("index")).map(({ module, names }) => {
      const declared = declarationsIn(read(module));
      const chosen = names === "all" ? [...declared.keys()] : names;
      const entries = chosen.flatMap((name) => declared.get(name) ?? []);
      return { module, entries };
    });
    return render(parts);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const isCallable = ({ code }: Declared): boolean => /^(function|class|const)/.test(code);

function render(parts: readonly { module: string; entries: readonly Declared[] }[]): string {
  const names = parts.flatMap(({ entries }) => entries);
  const listed = names
    .filter((one) => (isCallable(one) && !one.code.startsWith("class")) || /^class (?!\w+Error )/.test(one.code))
    .map(({ name, doc }) => `| [\`${name}\`](#${name.toLowerCase()}) | ${firstSentence(doc)} |`);
  const sections = parts.flatMap(({ module, entries }) => [
    `## ${module}.ts`,
    ...entries.map(({ name, doc, code }) =>
      [`### ${name}`, ...(doc === "" ? [] : [proseOf(doc)]), `\`\`\`ts\n${code}\n\`\`\``].join("\n\n"),
    ),
  ]);
  return `${[
    "# Engine: API reference",
    "Generated by `npm run docs` from the declarations and docstrings of `engine/`; a test keeps it up to date. How to begin: [engine](../engine/README.md).",
    ["| functions, classes and values | |", "|---|---|", ...listed].join("\n"),
    ...sections,
  ].join("\n\n")}\n`;
}

function firstSentence(doc: string): string {
  const prose = doc.split(/\n@/)[0]?.replaceAll("\n", " ") ?? "";
  return (/^.*?\.(?=\s|$)/.exec(prose)?.[0] ?? prose).replaceAll("|", "\\|");
}

/** Prose as it is; tags as a list. */
function proseOf(doc: string): string {
  const [prose = "", ...tags] = doc.split(/\n(?=@)/);
  const begun = prose.startsWith("@") ? ["", prose, ...tags] : [prose, ...tags];
  const rows = begun.slice(1).map((tag) => {
    const [, word = "", rest = ""] = /^@(\w+)\s*([\s\S]*)$/.exec(tag) ?? [];
    const named = word === "param" ? rest.replace(/^(\w+)/, "`$1`") : rest;
    return word === "example"
      ? `- example: \`${rest.replaceAll(/\s+/g, " ")}\``
      : `- ${word}: ${named.replaceAll(/\s+/g, " ")}`;
  });
  return [begun[0] ?? "", rows.join("\n")].filter((part) => part !== "").join("\n\n");
}
