/** Programs of the WebGL2 heat map. Bytes are signed, −128 for none; a place drawn is found through the two order textures. */

export const VERTEX = `#version 300 es
void main() {
  // One triangle over the whole target.
  gl_Position = vec4(vec2((gl_VertexID & 1) * 4 - 1, (gl_VertexID & 2) * 2 - 1), 0.0, 1.0);
}`;

const HEAD = `#version 300 es
precision highp float;
precision highp int;
precision highp isampler2D;
precision highp isampler2DArray;
precision highp usampler2D;
const int NONE = -128;
int stronger(int a, int b) {
  if (a == NONE) return b;
  if (b == NONE) return a;
  int difference = abs(a) - abs(b);
  return difference > 0 || (difference == 0 && a > b) ? a : b;
}`;

const SHOWN = `
uniform isampler2DArray tiles;
uniform usampler2D rowOrder;
uniform usampler2D columnOrder;
uniform usampler2D here;
uniform isampler2D table;
uniform sampler2D spread;
uniform int tileColumns;
uniform int variant;
ivec2 texel(int index) { return ivec2(index & 1023, index >> 10); }
/** x: shown byte; y: 1 when its tile is here. */
ivec2 shownAt(ivec2 place) {
  int row = int(texelFetch(rowOrder, texel(place.y), 0).r);
  int column = int(texelFetch(columnOrder, texel(place.x), 0).r);
  ivec2 tile = ivec2(column >> 8, row >> 8);
  if (texelFetch(here, tile, 0).r == 0u) return ivec2(NONE, 0);
  int stored = texelFetch(tiles, ivec3(column & 255, row & 255, tile.y * tileColumns + tile.x), 0).r;
  if (stored == NONE || variant == 0) return ivec2(stored, 1);
  if (variant == 2) return ivec2(texelFetch(table, ivec2(stored + 128, 0), 0).r, 1);
  vec2 column2 = texelFetch(spread, texel(column), 0).rg;
  if (column2.y == 0.0) return ivec2(NONE, 1);
  float z = (float(stored) / 127.0 - column2.x) * column2.y / 3.0;
  return ivec2(int(round(clamp(z, -1.0, 1.0) * 127.0)), 1);
}`;

/** Level 1 from the tiles, in the order drawn. */
export const GATHER = `${HEAD}${SHOWN}
uniform ivec2 finer;
out int byte;
void main() {
  ivec2 at = ivec2(gl_FragCoord.xy) * 2;
  int best = shownAt(at).x;
  if (at.x + 1 < finer.x) best = stronger(best, shownAt(at + ivec2(1, 0)).x);
  if (at.y + 1 < finer.y) best = stronger(best, shownAt(at + ivec2(0, 1)).x);
  if (at.x + 1 < finer.x && at.y + 1 < finer.y) best = stronger(best, shownAt(at + ivec2(1, 1)).x);
  byte = best;
}`;

/** Each further level from the one before. */
export const REDUCE = `${HEAD}
uniform isampler2D source;
uniform ivec2 finer;
out int byte;
int at(ivec2 place) { return texelFetch(source, place, 0).r; }
void main() {
  ivec2 p = ivec2(gl_FragCoord.xy) * 2;
  int best = at(p);
  if (p.x + 1 < finer.x) best = stronger(best, at(p + ivec2(1, 0)));
  if (p.y + 1 < finer.y) best = stronger(best, at(p + ivec2(0, 1)));
  if (p.x + 1 < finer.x && p.y + 1 < finer.y) best = stronger(best, at(p + ivec2(1, 1)));
  byte = best;
}`;

const COLOR = `
uniform sampler2D palette;
uniform vec3 surface;
uniform vec3 sunken;
uniform vec3 line;
uniform vec3 window;
uniform vec2 count;
uniform float targetHeight;
out vec4 color;
vec4 colorOf(int byte) {
  if (byte != NONE) return texelFetch(palette, ivec2(byte + 128, 0), 0);
  float stripe = mod(gl_FragCoord.x + gl_FragCoord.y, 6.0);
  return vec4(stripe < 1.6 ? line : sunken, 1.0);
}
/** Place under this pixel, fractions included; window is x, y, and device pixels a cell. */
vec2 placeHere() {
  return window.xy + vec2(gl_FragCoord.x, targetHeight - gl_FragCoord.y) / window.z;
}`;

/** Cells at full detail, with gaps when they are large enough. */
export const FINEST = `${HEAD}${SHOWN}${COLOR}
uniform float gap;
void main() {
  vec2 place = placeHere();
  if (place.x >= count.x || place.y >= count.y) { color = vec4(0.0); return; }
  vec2 inside = fract(place);
  if (gap > 0.0 && (inside.x > 1.0 - gap || inside.y > 1.0 - gap)) { color = vec4(surface, 1.0); return; }
  ivec2 shown = shownAt(ivec2(place));
  color = shown.y == 0 ? vec4(sunken, 1.0) : colorOf(shown.x);
}`;

/** Cells of a coarser level. */
export const COARSE = `${HEAD}${COLOR}
uniform isampler2D source;
uniform int level;
void main() {
  vec2 place = placeHere();
  if (place.x >= count.x || place.y >= count.y) { color = vec4(0.0); return; }
  int byte = texelFetch(source, ivec2(place) >> level, 0).r;
  color = byte == NONE ? vec4(sunken, 1.0) : texelFetch(palette, ivec2(byte + 128, 0), 0);
}`;
