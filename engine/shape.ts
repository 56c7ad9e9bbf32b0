import { pathSteps } from "./template.ts";

export type ScalarType = "string" | "integer" | "number" | "boolean" | "null";

/** What is known of a value at compile time. */
export type Shape =
  | { is: "any" }
  | { is: "scalar"; types: readonly ScalarType[] }
  /** `rest`: what members that are not listed hold; absent when there are no others. */
  | { is: "object"; members: ReadonlyMap<string, Member>; rest?: Shape }
  | { is: "array"; items: Shape }
  | { is: "either"; of: readonly Shape[] };

export interface Member {
  shape: Shape;
  optional: boolean;
}

export const any: Shape = { is: "any" };
export const textShape: Shape = { is: "scalar", types: ["string"] };
export const integerShape: Shape = { is: "scalar", types: ["integer"] };
export const numberShape: Shape = { is: "scalar", types: ["number"] };
export const booleanShape: Shape = { is: "scalar", types: ["boolean"] };
export const nullShape: Shape = { is: "scalar", types: ["null"] };

/** An object of these members and no others. */
export function objectShape(members: Readonly<Record<string, Shape>>): Shape {
  const entries = Object.entries(members).map(([name, shape]): [string, Member] => [name, { shape, optional: false }]);
  return { is: "object", members: new Map(entries) };
}

/** A value of one of several shapes; `any` swallows the others. */
export function eitherOf(shapes: readonly Shape[]): Shape {
  const flat = shapes.flatMap((shape) => (shape.is === "either" ? shape.of : [shape]));
  const [first] = flat;
  if (first === undefined || flat.some(({ is }) => is === "any")) return any;
  return flat.length === 1 ? first : { is: "either", of: flat };
}

/** What holds of every one of several streams that are merged: the members that all of them have. */
export function commonShape(shapes: readonly Shape[]): Shape {
  const [first, ...others] = shapes;
  if (first === undefined) return any;
  if (others.length === 0) return first;
  const objects = shapes.filter((shape) => shape.is === "object");
  if (objects.length < shapes.length) return any;
  const rests = objects.flatMap(({ rest }) => rest ?? []);
  const names = new Set(objects.flatMap(({ members }) => [...members.keys()]));
  const members = new Map<string, Member>();
  for (const name of names) {
    const found = objects.map((object) => memberOf(object, name));
    const there = found.flatMap((member) => member ?? []);
    if (there.length < found.length) continue;
    members.set(name, {
      shape: eitherOf(there.map(({ shape }) => shape)),
      optional: there.some(({ optional }) => optional),
    });
  }
  return rests.length === shapes.length ? { is: "object", members, rest: eitherOf(rests) } : { is: "object", members };
}

/** A member by name, listed or among the rest. */
export function memberOf(shape: Shape & { is: "object" }, name: string): Member | undefined {
  const listed = shape.members.get(name);
  if (listed !== undefined) return listed;
  return shape.rest === undefined ? undefined : { shape: shape.rest, optional: true };
}

/** The members of an object put over another's. */
export function mergedShape(base: Shape, over: Shape): Shape {
  if (base.is !== "object" || over.is !== "object") return any;
  const members = new Map(base.members);
  for (const [name, member] of over.members) members.set(name, member);
  const rest = base.rest === undefined && over.rest === undefined ? undefined : any;
  return rest === undefined ? { is: "object", members } : { is: "object", members, rest };
}

/** Why a path leads nowhere: the part of it that does, and what is there. */
export interface Missing {
  /** The path up to the value that lacks the next step; empty for the value itself. */
  at: string;
  step: string;
  /** Names that are there; none when the value there is no object. */
  known: string[];
  /** What is there, in words. */
  found: string;
}

export type FoundShape = { shape: Shape } | { missing: Missing };

/** What is at a path such as "plates.P1.channels", "images[0].sha256" or, with `*` for every element or member, "images.*.sha256". */
export function shapeAt(shape: Shape, path: string): FoundShape {
  return shapeAtSteps(shape, pathSteps(path), []);
}

function shapeAtSteps(shape: Shape, steps: readonly string[], done: readonly string[]): FoundShape {
  const [step, ...others] = steps;
  if (step === undefined || shape.is === "any") return { shape };
  if (shape.is === "either") {
    const found = shape.of.map((one) => shapeAtSteps(one, steps, done));
    const shapes = found.flatMap((one) => ("shape" in one ? [one.shape] : []));
    if (shapes.length > 0) return { shape: eitherOf(shapes) };
    return found.find((one) => "missing" in one && one.missing.known.length > 0) ?? (found[0] as FoundShape);
  }
  const next = stepInto(shape, step);
  if (next !== undefined) return shapeAtSteps(next, others, [...done, step]);
  const known = shape.is === "object" ? [...shape.members.keys()].sort() : [];
  return { missing: { at: done.join("."), step, known, found: describeShape(shape) } };
}

function stepInto(shape: Shape, step: string): Shape | undefined {
  if (shape.is === "array") {
    if (step === "length") return integerShape;
    return step === "*" || /^\d+$/.test(step) ? shape.items : undefined;
  }
  if (shape.is !== "object") return undefined;
  if (step !== "*") return memberOf(shape, step)?.shape;
  const rest = shape.rest === undefined ? [] : [shape.rest];
  return eitherOf([...[...shape.members.values()].map((member) => member.shape), ...rest]);
}

/** What a reader can use: text of a key, a number, something that counts, an array, anything. */
export type Want = "any" | "scalar" | "number" | "count" | "members" | "array";

/** Whether a value of this shape may be what is wanted. */
export function fits(shape: Shape, want: Want): boolean {
  if (want === "any" || shape.is === "any") return true;
  if (shape.is === "either") return shape.of.some((one) => fits(one, want));
  if (shape.is === "array") return want === "array" || want === "count" || want === "members";
  if (shape.is === "object") return want === "members";
  if (want === "scalar") return shape.types.some((type) => type !== "null");
  return want !== "array" && shape.types.some((type) => type === "integer" || type === "number");
}

const wanted: Record<Want, string> = {
  any: "anything",
  scalar: "text, a number or a boolean",
  number: "a number",
  count: "a number or an array",
  members: "a number, an array or an object",
  array: "an array",
};

/** What is wanted, in words. */
export function describeWant(want: Want): string {
  return wanted[want];
}

/** A shape in words. */
export function describeShape(shape: Shape): string {
  if (shape.is === "any") return "anything";
  if (shape.is === "array") return "an array";
  if (shape.is === "object") return "an object";
  if (shape.is === "scalar")
    return shape.types
      .map((type) => (type === "string" ? "text" : type === "integer" ? "a whole number" : type))
      .join(" or ");
  return [...new Set(shape.of.map(describeShape))].join(" or ");
}
