import { WindowError } from "./design-errors.ts";
import type { LocatedGuide } from "./guide.ts";

/** Which bases of a reference count when a read is judged, with sums that answer for any stretch at once. */
export interface Window {
  /** 1 where a base counts. Of shape (reference length). */
  mask: Uint8Array;
  /** Counting bases left of a position. Of shape (reference length + 1). */
  basesBefore: Uint32Array;
  /** Boundaries between two counting bases left of boundary b, which lies between the bases b − 1 and b. Of shape (reference length + 2). */
  boundariesBefore: Uint32Array;
  /** First counting base, and the one after the last. */
  from: number;
  to: number;
}

/** @param mask 1 where a base counts. Of shape (reference length) */
export function windowOf(mask: Uint8Array): Window {
  const length = mask.length;
  const basesBefore = new Uint32Array(length + 1);
  const boundariesBefore = new Uint32Array(length + 2);
  for (let i = 0; i < length; i++) basesBefore[i + 1] = basesBefore[i]! + mask[i]!;
  for (let b = 0; b <= length; b++)
    boundariesBefore[b + 1] = boundariesBefore[b]! + (b > 0 && b < length ? mask[b - 1]! & mask[b]! : 0);
  return { mask, basesBefore, boundariesBefore, from: Math.max(0, mask.indexOf(1)), to: mask.lastIndexOf(1) + 1 };
}

/** Whether any base of [from, to) counts. */
export function touchesBases(window: Window, from: number, to: number): boolean {
  return window.basesBefore[to]! > window.basesBefore[from]!;
}

/** Whether an insertion at any boundary of first to last, both included, counts. */
export function touchesBoundaries(window: Window, first: number, last: number): boolean {
  return window.boundariesBefore[last + 1]! > window.boundariesBefore[first]!;
}

export interface WindowOptions {
  /** Bases on each side of a cut. */
  size: number;
  /** Bases at both ends of the amplicon that never count. */
  excludeEnds: number;
  /** Stretches that count instead of those around the cuts: from 1, both ends included. */
  coordinates: readonly (readonly [from: number, to: number])[];
}

/**
 * The bases of an amplicon that count: `size` on each side of every cut, or the coordinates given, or everything when there are neither;
 * without the excluded ends.
 * @param sizes of each guide's window; of shape (guides)
 * @returns the mask of shape (length), and sentences about windows that lost a part to the excluded ends
 * @throws WindowError ("editing/window") for coordinates outside of the amplicon, a cut outside of it, and when a guide's window or a
 *   stretch lies in the excluded ends altogether
 * @example windowMask("a", 60, [{ name: "g", cut: 30 }], [1], options).mask[29] // 1
 */
export function windowMask(
  amplicon: string,
  length: number,
  guides: readonly Pick<LocatedGuide, "name" | "cut">[],
  sizes: readonly number[],
  options: WindowOptions,
): { mask: Uint8Array; notes: string[] } {
  const mask = new Uint8Array(length);
  const notes: string[] = [];
  const { excludeEnds } = options;
  const put = (what: string, from: number, to: number): void => {
    const first = Math.max(from, excludeEnds);
    const end = Math.min(to, length - excludeEnds);
    const all = `${what} (bases ${from + 1} to ${to} of ${length})`;
    if (first >= end)
      throw new WindowError(
        amplicon,
        `${all} lies in the ${excludeEnds} bases that are excluded at each end: nothing of it is left. Exclude fewer bases, or take a longer amplicon.`,
      );
    if (first > from || end < to)
      notes.push(`${all} reaches into the excluded ends: bases ${first + 1} to ${end} count.`);
    mask.fill(1, first, end);
  };
  if (options.coordinates.length > 0) {
    for (const [from, to] of options.coordinates) {
      if (!(from >= 1 && to >= from && to <= length))
        throw new WindowError(
          amplicon,
          `a window from ${from} to ${to} is not in it; expected coordinates from 1 to ${length}, the smaller one first.`,
        );
      put("The window", from - 1, to);
    }
    return { mask, notes };
  }
  guides.forEach(({ name, cut }, index) => {
    if (cut <= 0 || cut >= length)
      throw new WindowError(
        amplicon,
        `guide ${name} cuts after base ${cut} of ${length}, which is outside. Check the cut offset.`,
      );
    const size = sizes[index]!;
    put(`The window of guide ${name}`, Math.max(0, cut - size), Math.min(length, cut + size));
  });
  if (guides.length > 0) return { mask, notes };
  put("The whole amplicon", 0, length);
  return { mask, notes: [] };
}
