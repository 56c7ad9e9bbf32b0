import { decodeGroup, encodeGroup, type GroupState } from "../group-state.ts";
import type { TimerKind } from "../step-types.ts";
import type { Due } from "./due-times.ts";

/** What is told of an entry beside its value: the text that it is looked up by while it is open, and when it is to be looked at again. */
export interface EntryHead {
  lookup: string | undefined;
  due: Due;
}

/** An entry of a store. Never changed once it is written, but for `value` and `text`. */
export interface Entry extends EntryHead {
  /** Gone once only the text is kept. */
  value: unknown;
  /** The entry of a group as the changelog has it, once that was made. */
  text: string | undefined;
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
export function encodeEntry({ value, lookup, due }: Entry, isGroup: boolean): string {
  const { wall = null, event = null, forget = null } = due;
  const head = JSON.stringify(due === noTimes ? [lookup ?? null] : [lookup ?? null, wall, event, forget]);
  // joined, since text put together by + keeps its parts for as long as nobody reads it
  return [head, JSON.stringify(isGroup ? encodeGroup(value as GroupState) : value)].join("\n");
}

const kinds = ["wall", "event", "forget"] as const satisfies readonly TimerKind[];
/** What most entries have: one for all of them. */
export const noTimes: Due = {};
export const noHead: EntryHead = { lookup: undefined, due: noTimes };

/** Reads a changelog's records. One differs from the next by its key and its value mostly: stores and heads that come again are the same objects. */
export class EntryReader {
  readonly #isGroup: (store: string) => boolean;
  #prefix = "\u0000";
  #store = "";
  #hasMembers = false;
  #line = "\n";
  #head = noHead;

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

  head(text: string): EntryHead {
    if (!text.startsWith(this.#line)) {
      this.#line = text.slice(0, text.indexOf("\n") + 1);
      this.#head = decodeHead(this.#line);
    }
    return this.#head;
  }

  entry(store: string, text: string): Entry {
    const { lookup, due } = this.head(text);
    const stored: unknown = JSON.parse(text.slice(this.#line.length));
    return { value: this.#isGroup(store) ? decodeGroup(stored) : stored, lookup, due, text: undefined };
  }
}

function decodeHead(line: string): EntryHead {
  const [lookup, ...times] = JSON.parse(line) as (string | number | null)[];
  const given = kinds.flatMap((kind, index) =>
    typeof times[index] === "number" ? [[kind, times[index]] as const] : [],
  );
  return {
    lookup: typeof lookup === "string" ? lookup : undefined,
    due: given.length === 0 ? noTimes : Object.fromEntries(given),
  };
}
