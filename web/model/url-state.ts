/** The state of a page lives in its address: copying the link gives the same view. */

/** Search parameters as a plain record; absent and empty are the same. */
export type Params = Readonly<Record<string, string>>;

/** Parses the search part of an address; of repeated names the last one counts. */
export function parseParams(search: string): Params {
  const params: Record<string, string> = {};
  for (const [name, value] of new URLSearchParams(search)) if (value !== "") params[name] = value;
  return params;
}

/**
 * The search text after a change: null, undefined and "" remove a name; names are sorted so that equal views have equal links.
 * @example changeParams("?b=2", { a: "1", b: null }) // "?a=1"
 */
export function changeParams(search: string, change: Readonly<Record<string, string | null | undefined>>): string {
  const params: Record<string, string> = { ...parseParams(search) };
  for (const [name, value] of Object.entries(change)) {
    if (value === null || value === undefined || value === "") delete params[name];
    else params[name] = value;
  }
  const names = Object.keys(params).sort();
  if (names.length === 0) return "";
  return `?${names.map((name) => `${encodeURIComponent(name)}=${encode(params[name]!)}`).join("&")}`;
}

/** Commas and colons stay readable in links. */
const encode = (value: string): string => encodeURIComponent(value).replaceAll("%2C", ",").replaceAll("%3A", ":");

/** A parameter limited to known choices; anything else gives the first one. */
export function choice<T extends string>(params: Params, name: string, choices: readonly [T, ...T[]]): T {
  const value = params[name];
  return choices.find((c) => c === value) ?? choices[0];
}

/** A comma-separated list; undefined when the parameter is absent. */
export function list(params: Params, name: string): string[] | undefined {
  const value = params[name];
  return value === undefined ? undefined : value.split(",").filter((part) => part !== "");
}

/** Adds or removes one member of a list, keeping the order of `all`. */
export function toggleMember(members: readonly string[], member: string, all: readonly string[]): string[] {
  const next = new Set(members);
  if (!next.delete(member)) next.add(member);
  return all.filter((m) => next.has(m));
}

/** Path of a page, each part encoded: path("experiments", "E 1") is "/experiments/E%201". */
export const path = (...parts: readonly string[]): string => `/${parts.map(encodeURIComponent).join("/")}`;
