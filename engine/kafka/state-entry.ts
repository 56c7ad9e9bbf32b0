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

/**
 * Reads a changelog's records. One differs from the next by its key and its value mostly: stores and heads that come again are the same objects.
 */
export class EntryReader {
  readonly #isGroup: (store: string) => boolean;
  #prefix = "\u0000";
  #store = "";
  #hasMembers = false;
  #head = "";
  #known: Pick<Entry, "lookup" | "due"> = { lookup: undefined, due: noTimes };

  /** @param isGroup whether entries of a store are groups, whose members may have records of their own */
  constructor(isGroup: (store: string) => boolean) {
    this.#isGroup = isGroup;
  }

  /** What a record is about, by its key. */
  place(name: string): EntryPlace {
    if (!name.startsWith(this.#prefix)) {
      this.#prefix = name.slice(0, name.indexOf("\u0000") + 1);
      this.#store = this.#prefix.slice(0, -1);
      this.#hasMembers = this.#isGroup(this.#store);
    }
    const from = this.#prefix.length;
    const mark = this.#hasMembers ? name.indexOf("\u0000m", from) : -1;
    if (mark < 0) return { store: this.#store, key: name.slice(from) };
    return { store: this.#store, key: name.slice(from, mark), member: name.slice(mark + 2) };
  }

  /** Reads an entry back; its value stays packed until somebody looks. */
  entry(bytes: Buffer): Entry {
    const line = bytes.indexOf(10);
    const head = bytes.toString("utf8", 0, line);
    if (head !== this.#head) {
      this.#head = head;
      this.#known = decodeHead(head);
    }
    const { lookup, due } = this.#known;
    return { value: undefined, packed: bytes.toString("utf8", line + 1), lookup, due };
  }
}

function decodeHead(head: string): Pick<Entry, "lookup" | "due"> {
  const [lookup, ...times] = JSON.parse(head) as (string | number | null)[];
  const given = kinds.flatMap((kind, index) =>
    typeof times[index] === "number" ? [[kind, times[index]] as const] : [],
  );
  return {
    lookup: typeof lookup === "string" ? lookup : undefined,
    due: given.length === 0 ? noTimes : Object.fromEntries(given),
  };
}
