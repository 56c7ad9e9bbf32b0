import { decodeGroup, encodeGroup, type GroupState } from "../group-state.ts";
import type { TimerKind } from "../step-types.ts";
import type { Due } from "./due-times.ts";

/** An entry of a store, and when it is to be looked at again. Never changed once it is written, but for `value` and `packed`. */
export interface Entry {
  value: unknown;
  /** The value as stored, in its place once memory is to be saved. */
  packed: string | undefined;
  lookup: string | undefined;
  due: Due;
}

/** What a changelog record is about: an entry, or a member of a large group. */
export interface EntryPlace {
  store: string;
  key: string;
  member?: string;
}

export function entryName(store: string, key: string): string {
  return `${store}\u0000${key}`;
}

export function memberName(store: string, key: string, member: string): string {
  return `${store}\u0000${key}\u0000m${member}`;
}

/** @param isGroup whether entries of a store are groups, whose members may have records of their own */
export function placeOf(name: string, isGroup: (store: string) => boolean): EntryPlace {
  const end = name.indexOf("\u0000");
  const store = name.slice(0, end);
  const mark = isGroup(store) ? name.indexOf("\u0000m", end + 1) : -1;
  if (mark < 0) return { store, key: name.slice(end + 1) };
  return { store, key: name.slice(end + 1, mark), member: name.slice(mark + 2) };
}

/** An entry as the changelog has it: a line with look-up and times, then the value. */
export function encodeEntry({ value, packed, lookup, due }: Entry, isGroup: boolean): string {
  const head = JSON.stringify([lookup ?? null, due.wall ?? null, due.event ?? null, due.forget ?? null]);
  return `${head}\n${packed ?? pack(value, isGroup)}`;
}

/** A value as it is stored. */
export function pack(value: unknown, isGroup: boolean): string {
  return JSON.stringify(isGroup ? encodeGroup(value as GroupState) : value);
}

export function unpack(packed: string, isGroup: boolean): unknown {
  const stored: unknown = JSON.parse(packed);
  return isGroup ? decodeGroup(stored) : stored;
}

const kinds = ["wall", "event", "forget"] as const satisfies readonly TimerKind[];
/** What most entries have: one for all of them. */
export const noTimes: Due = {};

/** Reads an entry back; its value stays packed until somebody looks. */
export function decodeEntry(bytes: Buffer): Entry {
  const line = bytes.indexOf(10);
  const [lookup, ...times] = JSON.parse(bytes.toString("utf8", 0, line)) as (string | number | null)[];
  const given = kinds.flatMap((kind, index) =>
    typeof times[index] === "number" ? [[kind, times[index]] as const] : [],
  );
  return {
    value: undefined,
    packed: bytes.toString("utf8", line + 1),
    lookup: typeof lookup === "string" ? lookup : undefined,
    due: given.length === 0 ? noTimes : Object.fromEntries(given),
  };
}
