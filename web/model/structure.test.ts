import { expect, test } from "vitest";
import { structureOf } from "../charts/molecule.ts";
import { structureInk, structureShapes } from "./structure.ts";

test("aspirin is drawn with its bonds, its atoms' letters, formula and mass", () => {
  const drawing = structureOf("CC(=O)Oc1ccccc1C(=O)O");
  expect(drawing.formula).toBe("C9H8O4");
  expect(drawing.mass).toBeCloseTo(180.16, 2);
  // 13 bonds, of which five double: 13 + 5 lines.
  expect(drawing.shapes.filter(({ kind }) => kind === "line")).toHaveLength(18);
  expect(
    drawing.shapes
      .filter(({ kind }) => kind === "text")
      .map(({ text }) => text)
      .sort(),
  ).toEqual(["H", "O", "O", "O", "O"]);
  for (const { attributes } of drawing.shapes) {
    const at = Number(attributes.x1 ?? attributes.x ?? drawing.box.x);
    expect(at).toBeGreaterThanOrEqual(drawing.box.x);
    expect(at).toBeLessThanOrEqual(drawing.box.x + drawing.box.width);
  }
});

test("of two mirror images one is drawn with a wedge, the other with a hashed bond, which no flat drawing has", () => {
  const kinds = (smiles: string): string[] => structureOf(smiles).shapes.map(({ kind }) => kind);
  const [left, right, flat] = [kinds("C[C@H](N)C(=O)O"), kinds("C[C@@H](N)C(=O)O"), kinds("CC(N)C(=O)O")];
  expect([left, right].filter((drawn) => drawn.includes("polygon"))).toHaveLength(1);
  expect(flat).not.toContain("polygon");
  expect(left).not.toEqual(flat);
  expect(right).not.toEqual(flat);
});

test("what is no SMILES is refused with the parser's words", () => {
  expect(() => structureOf("C1CC(")).toThrow(/ring/);
});

test("styles, scripts, handlers and marks for pointers are left behind", () => {
  const { shapes, box } = structureShapes(
    '<svg viewBox="1 2 30 40"><style>x</style><script>y</script><line x1="1" onclick="z()" stroke="rgb(0,0,0)" class="a"/><circle class="event" r="9"/><text x="3">N&lt;</text></svg>',
  );
  expect(box).toEqual({ x: 1, y: 2, width: 30, height: 40 });
  expect(shapes).toEqual([
    { kind: "line", attributes: { x1: "1", stroke: "var(--ink)" }, text: "" },
    { kind: "text", attributes: { x: "3" }, text: "N<" },
  ]);
});

test("black is ink and other colours lean to it", () => {
  expect(structureInk("rgb(0,0,0)")).toBe("var(--ink)");
  expect(structureInk("rgb(255,13,13)")).toBe("color-mix(in srgb, rgb(255 13 13) 70%, var(--ink))");
  expect(structureInk("none")).toBe("none");
});
