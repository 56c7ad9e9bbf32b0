/** A structure's drawing as shapes: the page's own policy takes no style from a drawing, and its inks follow light and dark. */

/** One shape with the attributes that draw it. */
export interface StructureShape {
  kind: "line" | "polygon" | "text" | "circle" | "ellipse" | "path";
  attributes: Readonly<Record<string, string>>;
  text: string;
}

/** Shapes in a box of its own units. */
export interface StructureDrawing {
  box: { x: number; y: number; width: number; height: number };
  shapes: StructureShape[];
}

const KEPT = new Set(
  "x y x1 y1 x2 y2 cx cy r rx ry points d stroke stroke-width fill font-size font-weight text-anchor opacity".split(
    " ",
  ),
);
const NAMES: Readonly<Record<string, string>> = {
  "stroke-width": "strokeWidth",
  "font-size": "fontSize",
  "font-weight": "fontWeight",
  "text-anchor": "textAnchor",
};

/** Black is the page's ink; the colours of atoms lean to it, so that they are read on dark as well. */
export function structureInk(color: string): string {
  const rgb = /^rgb\((\d+), ?(\d+), ?(\d+)\)$/.exec(color.trim());
  if (rgb === null) return color;
  const [r, g, b] = rgb.slice(1).map(Number) as [number, number, number];
  return Math.max(r, g, b) < 40 ? "var(--ink)" : `color-mix(in srgb, rgb(${r} ${g} ${b}) 70%, var(--ink))`;
}

/**
 * Reads the SVG that a drawing program writes: lines, polygons, texts, circles, ellipses and paths; everything else, such as styles, scripts and the invisible marks
 * for pointers, is left behind.
 * @param svg of one drawing, with a viewBox
 */
export function structureShapes(svg: string): StructureDrawing {
  const [x = 0, y = 0, width = 1, height = 1] = (/viewBox="([^"]+)"/.exec(svg)?.[1] ?? "").split(/[ ,]+/).map(Number);
  const shapes: StructureShape[] = [];
  for (const [, kind = "", written = "", , text = ""] of svg.matchAll(
    /<(line|polygon|text|circle|ellipse|path)\b([^>]*?)(\/>|>([^<]*)<\/\1>)/g,
  )) {
    const attributes: Record<string, string> = {};
    let isMark = false;
    for (const [, name = "", value = ""] of written.matchAll(/([\w-]+)="([^"]*)"/g)) {
      if (name === "class" && value === "event") isMark = true;
      if (!KEPT.has(name)) continue;
      attributes[NAMES[name] ?? name] = name === "fill" || name === "stroke" ? structureInk(value) : value;
    }
    if (!isMark) shapes.push({ kind: kind as StructureShape["kind"], attributes, text: plainText(text) });
  }
  return { box: { x, y, width, height }, shapes };
}

const plainText = (text: string): string =>
  text
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&apos;", "'")
    .replaceAll("&amp;", "&");
