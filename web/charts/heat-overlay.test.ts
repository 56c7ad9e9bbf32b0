import { expect, test } from "vitest";
import { cutName } from "./heat-overlay.ts";

/** Every letter is six pixels wide. */
const pen = { measureText: (text: string) => ({ width: 6 * text.length }) } as CanvasRenderingContext2D;

test("a name that fits stays as it is", () => {
  expect(cutName(pen, "TSC2")).toBe("TSC2");
  expect(cutName(pen, "x".repeat(26))).toBe("x".repeat(26));
});

test("a name of sixty letters keeps its beginning and its end, where the dose stands", () => {
  const name = "(2S)-2-amino-4-methylsulfonylbutanoyl-phenylalanyl-x 10 µM";
  const cut = cutName(pen, name);
  expect(cut.length).toBeLessThanOrEqual(26);
  expect(cut.startsWith("(2S)-2-amino-4-")).toBe(true);
  expect(cut.endsWith("l-x 10 µM")).toBe(true);
  expect(cut).toContain("…");
});
