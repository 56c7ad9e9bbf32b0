import { GLYPH_LABEL, GLYPH_PATH, type Glyph } from "../model/glyph.ts";

/** A glyph at a place of an SVG drawing; `size` is the width of its box. */
export function GlyphMark({
  glyph,
  x,
  y,
  size,
  ink,
}: {
  glyph: Glyph;
  x: number;
  y: number;
  size: number;
  ink: string;
}) {
  const { d, filled } = GLYPH_PATH[glyph];
  return (
    <path
      d={d}
      transform={`translate(${x} ${y}) scale(${size / 10})`}
      fill={filled ? ink : "none"}
      stroke={ink}
      strokeWidth={1.4}
      pointerEvents="none"
    />
  );
}

/** Hatching means missing. Rendered once inside each drawing that uses it. */
export const Hatch = ({ id }: { id: string }) => (
  <pattern id={id} width="4" height="4" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
    <rect width="4" height="4" fill="var(--sunken)" />
    <line x1="0" y1="0" x2="0" y2="4" stroke="var(--line-strong)" strokeWidth="1.5" />
  </pattern>
);

/** What the shapes on plates mean. */
export function GlyphLegend({ glyphs }: { glyphs: readonly Glyph[] }) {
  return (
    <span className="legend">
      {glyphs.map((glyph) => (
        <span key={glyph}>
          <svg width="12" height="12" viewBox="-6 -6 12 12" aria-hidden="true">
            {glyph === "no-image" ? (
              <>
                <defs>
                  <Hatch id="legend-hatch" />
                </defs>
                <rect x="-6" y="-5" width="12" height="10" fill="url(#legend-hatch)" />
              </>
            ) : (
              <GlyphMark glyph={glyph} x={0} y={0} size={10.5} ink="var(--ink-2)" />
            )}
          </svg>
          {GLYPH_LABEL[glyph]}
        </span>
      ))}
    </span>
  );
}
