/** A record's value: a JSON object. */
export type Value = Record<string, unknown>;

const known = new Map<string, readonly string[]>();

/** The steps of a path: `a.b[0].c` and `a.b.0.c` are the same one. */
export function pathSteps(path: string): readonly string[] {
  let steps = known.get(path);
  if (steps === undefined) {
    steps = path.replaceAll(/\[(\d+|\*)\]/g, ".$1").split(".");
    known.set(path, steps);
  }
  return steps;
}

/** Whether a path is one field's name. */
export function isPlain(path: string): boolean {
  return !path.includes(".") && !path.endsWith("]");
}

/** The value at a path such as "plates.P1.channels" or "images[0].sha256"; undefined when a step is missing. */
export function atPath(value: unknown, path: string): unknown {
  if (isPlain(path)) return member(value, path);
  let at: unknown = value;
  for (const part of pathSteps(path)) {
    at = member(at, part);
    if (at === undefined) return undefined;
  }
  return at;
}

function member(value: unknown, name: string): unknown {
  if (value === null || typeof value !== "object") return undefined;
  return Object.hasOwn(value, name) ? (value as Value)[name] : undefined;
}

/** Puts a value at a path, making the objects that lead there; those that are there are changed. */
export function putAtPath(target: Value, path: string, value: unknown): void {
  if (isPlain(path)) {
    target[path] = value;
    return;
  }
  const steps = pathSteps(path);
  let at = target;
  for (const step of steps.slice(0, -1)) {
    if (!Object.hasOwn(at, step) || at[step] === null || typeof at[step] !== "object") at[step] = {};
    at = at[step] as Value;
  }
  at[steps.at(-1) ?? path] = value;
}

/** All values at a path in which `*` stands for every element of an array or member of an object, in order. */
export function allAtPath(value: unknown, path: string): unknown[] {
  let found: unknown[] = [value];
  for (const part of pathSteps(path)) {
    found = found.flatMap((at) => {
      if (part !== "*") return [member(at, part)];
      return at !== null && typeof at === "object" ? Object.values(at) : [];
    });
  }
  return found;
}

/** Text with `{path}` places, ready to be filled from a value. */
export interface Template {
  source: string;
  /** The paths it reads, in order. */
  paths: string[];
  /** The filled text, or undefined when a path has no text, number or boolean, or a whole number beyond 2^53 - 1, which may be another. */
  fill(value: Value): string | undefined;
}

/** Reads a template such as "{experiment}/{plate}"; text without braces stands for itself. */
export function parseTemplate(source: string): Template {
  const parts = source.split(/\{([^{}]+)\}/);
  const paths = parts.filter((_, index) => index % 2 === 1);
  const plain = paths.every(isPlain);
  return {
    source,
    paths,
    fill(value) {
      let text = parts[0] ?? "";
      for (let index = 1; index < parts.length; index += 2) {
        const path = parts[index] as string;
        // a field that is text or number is the value's own: prototypes hold neither
        const found = plain ? value[path] : atPath(value, path);
        if (typeof found === "string" || typeof found === "boolean") text += found;
        else if (typeof found === "number" && !isInexact(found)) text += found;
        else return undefined;
        text += parts[index + 1] as string;
      }
      return text;
    },
  };
}

/** Whether a whole number is too large to be told from its neighbours. */
function isInexact(number: number): boolean {
  return Number.isInteger(number) && !Number.isSafeInteger(number);
}

/** A template that joins fields with "/", as group keys are made. */
export function fieldsTemplate(fields: readonly string[]): Template {
  return parseTemplate(fields.map((field) => `{${field}}`).join("/"));
}

/** A key as documents say it: a template, or the fields that are joined. */
export function keyTemplateOf(given: string | readonly string[]): Template {
  return typeof given === "string" ? parseTemplate(given) : fieldsTemplate(given);
}

/** Text of a text, number or boolean; undefined for anything else. */
export function scalarText(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  if (typeof value === "boolean" || (typeof value === "number" && !isInexact(value))) return String(value);
  return undefined;
}

/** Whether two JSON values are equal, whatever the order of object keys. */
export function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (a === null || b === null || typeof a !== "object" || typeof b !== "object") return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const left = a as Value;
  const right = b as Value;
  const names = Object.keys(left).filter((name) => left[name] !== undefined);
  if (names.length !== Object.keys(right).filter((name) => right[name] !== undefined).length) return false;
  return names.every((name) => sameJson(left[name], right[name]));
}

/** Orders member keys field by field: numbers by size, anything else by code unit. */
export function compareKeys(a: string, b: string): number {
  if (a === b) return 0;
  const left = a.split("/");
  const right = b.split("/");
  for (let index = 0; index < Math.min(left.length, right.length); index++) {
    const x = left[index] ?? "";
    const y = right[index] ?? "";
    if (x === y) continue;
    const numbers = isNumber(x) && isNumber(y) ? Number(x) - Number(y) : 0;
    if (numbers !== 0) return numbers;
    return x < y ? -1 : 1;
  }
  return left.length - right.length;
}

function isNumber(text: string): boolean {
  const code = text.charCodeAt(0);
  return (code === 45 || (code >= 48 && code <= 57)) && text !== "-" && !Number.isNaN(Number(text));
}
