/** The glyph of a well: flags and controls are told by shape, never by colour alone. */

/** A shape that the legend explains. */
export type Glyph =
  | "negative-control"
  | "positive-control"
  | "out-of-focus"
  | "saturated"
  | "few-cells"
  | "debris"
  | "bubble"
  | "dead-lamp"
  | "channel-swap"
  | "no-image";

/** What the legend says of a glyph. */
export const GLYPH_LABEL: Readonly<Record<Glyph, string>> = {
  "negative-control": "negative control",
  "positive-control": "positive control",
  "out-of-focus": "out of focus",
  saturated: "saturated",
  "few-cells": "few cells",
  debris: "debris",
  bubble: "bubble",
  "dead-lamp": "lamp failed",
  "channel-swap": "channels swapped",
  "no-image": "no image",
};

/** The character that stands for a glyph in running text and tables. */
export const GLYPH_CHARACTER: Readonly<Record<Glyph, string>> = {
  "negative-control": "◇",
  "positive-control": "◆",
  "out-of-focus": "▽",
  saturated: "▲",
  "few-cells": "○",
  debris: "✕",
  bubble: "◎",
  "dead-lamp": "–",
  "channel-swap": "⇄",
  "no-image": "▨",
};

const FAULT_GLYPH: Readonly<Record<string, Glyph>> = {
  defocus: "out-of-focus",
  saturation: "saturated",
  "empty-well": "few-cells",
  "few-cells": "few-cells",
  "low-count": "few-cells",
  debris: "debris",
  bubble: "bubble",
  "dead-lamp": "dead-lamp",
  "channel-swap": "channel-swap",
};

/** Glyph of a fault label; a fault without a shape of its own is drawn as debris. */
export const faultGlyph = (fault: string): Glyph => FAULT_GLYPH[fault] ?? "debris";

/** Faults in words, as used in pills and tables. */
export const faultLabel = (fault: string): string =>
  fault === "empty-well"
    ? "empty well"
    : (FAULT_GLYPH[fault] && GLYPH_LABEL[FAULT_GLYPH[fault]]) || fault.replaceAll("-", " ");

/** Severity order: the first fault of a well that is drawn when it has several. */
const ORDER: readonly Glyph[] = [
  "dead-lamp",
  "channel-swap",
  "few-cells",
  "out-of-focus",
  "bubble",
  "debris",
  "saturated",
];

/** The one glyph drawn in a well for its faults; undefined when it has none. */
export function wellGlyph(faults: readonly string[]): Glyph | undefined {
  const glyphs = new Set(faults.map(faultGlyph));
  return ORDER.find((glyph) => glyphs.has(glyph));
}

/** Control glyph of a well's role; undefined for samples. */
export function roleGlyph(role: string | null | undefined): "negative-control" | "positive-control" | undefined {
  if (role === "negative" || role === "negative-control" || role === "disease") return "negative-control";
  if (role === "positive" || role === "positive-control" || role === "healthy") return "positive-control";
  return undefined;
}

/** SVG path of a glyph, centred on 0,0 inside a box of −5…5. */
export const GLYPH_PATH: Readonly<Record<Glyph, { d: string; filled: boolean }>> = {
  "negative-control": { d: "M0-4.5 4.5 0 0 4.5-4.5 0z", filled: false },
  "positive-control": { d: "M0-4.5 4.5 0 0 4.5-4.5 0z", filled: true },
  "out-of-focus": { d: "M-4.2-3.2h8.4L0 4z", filled: false },
  saturated: { d: "M0-4 4.2 3.4h-8.4z", filled: true },
  "few-cells": { d: "M3.8 0a3.8 3.8 0 1 1-7.6 0a3.8 3.8 0 1 1 7.6 0z", filled: false },
  debris: { d: "M-3.4-3.4 3.4 3.4M3.4-3.4-3.4 3.4", filled: false },
  bubble: { d: "M4 0a4 4 0 1 1-8 0a4 4 0 1 1 8 0zM1.4 0a1.4 1.4 0 1 1-2.8 0a1.4 1.4 0 1 1 2.8 0z", filled: false },
  "dead-lamp": { d: "M-4 0h8", filled: false },
  "channel-swap": { d: "M-4-1.8h7M1-4l2.4 2.2M4 1.8h-7M-1 4-3.4 1.8", filled: false },
  "no-image": { d: "M-4-4h8v8h-8z", filled: false },
};
