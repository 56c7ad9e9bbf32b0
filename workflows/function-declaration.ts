import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, isAbsolute, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { digestOf, sha256 } from "@artesian/data";
import type { ObjectEvent } from "@artesian/engine";
import { LineCounter, parseDocument } from "yaml";
import { z } from "zod";
import { FunctionDeclarationError } from "./errors.ts";

/** Which events a function wants. */
export interface Trigger {
  /** A bucket's name or a folder's path; null for any that is watched. */
  bucket: string | null;
  prefix: string;
  /** Any of these; empty for all. */
  suffix: string[];
  /** "ObjectCreated:*", "ObjectCreated:Put", … */
  type: string[];
}

/** What a function is made of. */
export type FunctionBody =
  | { kind: "shipped"; name: ShippedName }
  | { kind: "module"; path: string }
  | { kind: "command"; argv: string[] }
  | { kind: "container"; image: string; command: string[]; network: boolean };

/** A function as declared, with its defaults and its digest. */
export interface ObjectFunction {
  id: string;
  description: string;
  trigger: Trigger;
  body: FunctionBody;
  /** Handed to the function; part of its digest. */
  parameters: Record<string, unknown>;
  /** Names of variables that a command may see, besides PATH, HOME, LANG and TMPDIR. */
  env: string[];
  /** Most at one time; null for as many as there are threads. */
  concurrency: number | null;
  timeoutMs: number;
  retry: { attempts: number; delayMs: number; factor: number; maxDelayMs: number };
  /** The folder of the declaration: where commands run. */
  folder: string;
  /** Whose content is part of the digest, absolute. */
  files: string[];
  /** SHA-256 of the declaration and of the content of its files. */
  digest: string;
}

/** Functions that the product brings, with the sources that decide what they do. */
export const SHIPPED = {
  "plate-readings": {
    sources: [
      "./plate-readings.ts",
      "../data/plate-reader.ts",
      "../data/plate-grid.ts",
      "../data/plate-list.ts",
      "../data/plate-lines.ts",
    ],
    attempts: 3,
    delayS: 1,
  },
  "editing-runs": { sources: ["./editing-runs.ts", "../editing/run-folder.ts"], attempts: 20, delayS: 15 },
} as const;
export type ShippedName = keyof typeof SHIPPED;

const texts = z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]).transform((given) => [given].flat());
const declaration = z
  .strictObject({
    id: z
      .string()
      .regex(/^[a-z][a-z0-9-]{0,62}$/, "expected small letters, digits and hyphens, such as plate-readings"),
    description: z.string().max(2000).default(""),
    trigger: z.strictObject({
      bucket: z.string().min(1).optional(),
      prefix: z.string().default(""),
      suffix: texts.optional(),
      type: texts
        .refine((types) => types.every((type) => /^ObjectCreated(?::\*|:[A-Za-z]+)?$/.test(type)), {
          message: 'expected "ObjectCreated:*" or one kind of it, such as "ObjectCreated:Put"',
        })
        .default(["ObjectCreated:*"]),
    }),
    use: z.enum(["plate-readings", "editing-runs"]).optional(),
    handler: z.string().min(1).optional(),
    command: z.array(z.string()).min(1).optional(),
    container: z
      .strictObject({
        image: z.string().regex(/@sha256:[0-9a-f]{64}$/, "expected an image with its digest: name@sha256:…"),
        command: z.array(z.string()).default([]),
        network: z.boolean().default(false),
      })
      .optional(),
    with: z.record(z.string(), z.json()).default({}),
    files: z.array(z.string().min(1)).default([]),
    env: z.array(z.string().regex(/^[A-Za-z_]\w*$/, "expected the name of a variable")).default([]),
    concurrency: z.int().min(1).max(256).optional(),
    timeoutS: z
      .number()
      .positive()
      .max(7 * 86_400)
      .default(600),
    retries: z
      .strictObject({
        attempts: z.int().min(1).max(1000).optional(),
        delayS: z.number().min(0).max(86_400).optional(),
        factor: z.number().min(1).max(10).default(2),
        maxDelayS: z.number().min(0).max(86_400).default(60),
      })
      .prefault({}),
  })
  .superRefine((given, context) => {
    const bodies = (["use", "handler", "command", "container"] as const).filter((name) => given[name] !== undefined);
    if (bodies.length !== 1)
      context.addIssue({
        code: "custom",
        message: `has ${bodies.length === 0 ? "neither" : bodies.join(" and ")}; expected exactly one of use, handler, command, container`,
      });
  });
const document = z.strictObject({ functions: z.array(declaration).min(1).max(500) });
const MOST_BYTES = 1 << 20;
/** Names of the graph's own nodes. */
const RESERVED = ["events", "looks-at-runs", "whole-runs", "run-records", "new-runs", "editing-runs-topic"];

/**
 * Reads declared functions: a YAML or JSON file with a list `functions`, or a folder of such files. Paths in it are relative to its file.
 * @returns functions by id
 * @throws FunctionDeclarationError (workflows/function-declaration) with file and line
 */
export function readFunctions(path: string): ObjectFunction[] {
  const given = resolve(path);
  if (!existsSync(given)) throw new FunctionDeclarationError(path, 1, "there is no such file or folder");
  const files = statSync(given).isDirectory()
    ? readdirSync(given)
        .filter((name) => /\.(?:ya?ml|json)$/i.test(name))
        .sort()
        .map((name) => join(given, name))
    : [given];
  const functions = files.flatMap((file) => functionsIn(file));
  if (functions.length === 0)
    throw new FunctionDeclarationError(path, 1, "declares no function (a list `functions` in a .yml or .json file)");
  const nodes = new Map<string, string>(RESERVED.map((name) => [name, ""]));
  for (const { id } of functions)
    for (const node of nodesOf(id)) {
      const other = nodes.get(node);
      if (other !== undefined)
        throw new FunctionDeclarationError(
          path,
          1,
          other === ""
            ? `a function cannot be called "${id}", which the graph itself uses`
            : other === id
              ? `function "${id}" is declared twice`
              : `functions "${other}" and "${id}" need the same name "${node}" in the graph`,
        );
      nodes.set(node, id);
    }
  return functions.sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** Names of a function's nodes in the graph: what it wants of the events, the newest of each object, what is due, and its task. */
export function nodesOf(id: string): [matching: string, newest: string, due: string, task: string] {
  return [`${id}-matching`, `${id}-newest`, `${id}-due`, id];
}

function functionsIn(file: string): ObjectFunction[] {
  if (statSync(file).size > MOST_BYTES)
    throw new FunctionDeclarationError(file, 1, `has more than ${MOST_BYTES} bytes`);
  const counter = new LineCounter();
  const parsed = parseDocument(readFileSync(file, "utf8"), { lineCounter: counter });
  const [wrong] = parsed.errors;
  if (wrong !== undefined)
    throw new FunctionDeclarationError(
      file,
      wrong.linePos?.[0].line ?? 1,
      wrong.message.split("\n")[0]?.replace(/ at line.*$/, "") ?? "is no YAML",
    );
  const checked = document.safeParse(documentValue(parsed, file));
  if (checked.success)
    return checked.data.functions.map((one, index) => resolved(one, file, lineOf(["functions", index])));
  const issue = checked.error.issues[0];
  const at = issue?.path ?? [];
  throw new FunctionDeclarationError(
    file,
    lineOf(at),
    `${at.join(".") || "the document"}: ${issue?.message ?? "is no declaration"}`,
  );

  function lineOf(place: readonly PropertyKey[]): number {
    for (let length = place.length; length > 0; length--) {
      const node = parsed.getIn(place.slice(0, length), true) as { range?: [number, number, number] } | undefined;
      if (node?.range !== undefined) return counter.linePos(node.range[0]).line;
    }
    return 1;
  }
}

/** The document's value; aliases that multiply without end are refused. */
function documentValue(parsed: ReturnType<typeof parseDocument>, file: string): unknown {
  try {
    return parsed.toJS({ maxAliasCount: 50 });
  } catch (error) {
    throw new FunctionDeclarationError(file, 1, error instanceof Error ? error.message : "has aliases without end");
  }
}

function resolved(given: z.output<typeof declaration>, file: string, line: number): ObjectFunction {
  const folder = dirname(file);
  const { bucket = null, prefix, suffix = [], type } = given.trigger;
  const body = bodyOf(given, folder);
  const shipped = body.kind === "shipped" ? SHIPPED[body.name] : undefined;
  const sources = shipped?.sources.map((name) => fileURLToPath(new URL(name, import.meta.url))) ?? [];
  const own = [...(body.kind === "module" ? [body.path] : []), ...given.files.map((name) => resolve(folder, name))];
  for (const path of own)
    if (!existsSync(path) || !statSync(path).isFile())
      throw new FunctionDeclarationError(file, line, `function "${given.id}": there is no file ${path}`);
  const { attempts = shipped?.attempts ?? 3, delayS = shipped?.delayS ?? 1, factor, maxDelayS } = given.retries;
  const files = [...own, ...sources];
  return {
    id: given.id,
    description: given.description,
    trigger: { bucket: bucket === null ? null : bucketOf(bucket, folder), prefix, suffix, type },
    body,
    parameters: given.with,
    env: given.env,
    concurrency: given.concurrency ?? null,
    timeoutMs: given.timeoutS * 1000,
    retry: { attempts, delayMs: delayS * 1000, factor, maxDelayMs: maxDelayS * 1000 },
    folder,
    files,
    digest: digestOf({
      declaration: { ...given, description: "" },
      files: files.map((path) => [basename(path), sha256(readFileSync(path))]),
    }),
  };
}

function bodyOf(given: z.output<typeof declaration>, folder: string): FunctionBody {
  if (given.use !== undefined) return { kind: "shipped", name: given.use };
  if (given.handler !== undefined) return { kind: "module", path: resolve(folder, given.handler) };
  if (given.command !== undefined) return { kind: "command", argv: given.command };
  return { kind: "container", ...(given.container ?? { image: "", command: [], network: false }) };
}

/** A bucket as events name it: a name, or a folder's absolute path. */
function bucketOf(given: string, folder: string): string {
  if (given.startsWith("s3://")) return given.slice(5).replace(/\/.*$/, "");
  return given.startsWith(".") || isAbsolute(given) ? resolve(folder, given) : given;
}

/** Whether an event is one that a function wants. A listing does not know its kind, so it is any. */
export function wants({ id, trigger }: Pick<ObjectFunction, "id" | "trigger">, event: ObjectEvent): boolean {
  const { bucket, prefix, suffix, type } = trigger;
  if (event.replay !== null && event.replay.function !== null && event.replay.function !== id) return false;
  if (bucket !== null && event.bucket !== bucket) return false;
  if (!event.key.startsWith(prefix)) return false;
  if (suffix.length > 0 && !suffix.some((ending) => event.key.endsWith(ending))) return false;
  return (
    event.type === "ObjectCreated" ||
    type.some((kind) => kind === event.type || kind.replace(/:\*$/, "") === "ObjectCreated")
  );
}

/** The trigger in words: "plates/raw/*.csv". */
export function triggerText({ bucket, prefix, suffix, type }: Trigger): string {
  const names = suffix.length === 0 ? [`${prefix}*`] : suffix.map((ending) => `${prefix}*${ending}`);
  const kinds = type.every((kind) => kind.replace(/:\*$/, "") === "ObjectCreated") ? "" : ` (${type.join(", ")})`;
  return `${bucket === null ? "" : `${bucket}/`}${names.join(", ")}${kinds}`;
}

/** What runs, in words. */
export function bodyText(body: FunctionBody): string {
  if (body.kind === "shipped") return body.name;
  if (body.kind === "module") return basename(body.path);
  return body.kind === "command" ? body.argv.join(" ") : body.image.replace(/(@sha256:.{12}).*/, "$1");
}
