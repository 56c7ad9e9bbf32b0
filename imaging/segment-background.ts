/**
 * Subtracts a smooth background from an image in place: the lower quartile of each tile, limited to what its neighbours
 * allow, interpolated bilinearly between tile centres. Removes shading and haze wider than a tile; objects must cover
 * less than three quarters of most tiles.
 * @param image grey values of shape (height, width); afterwards background is about 0
 * @param tilePx side of a tile, several object diameters
 */
export function subtractBackground(image: Float32Array, width: number, height: number, tilePx: number): void {
  const columns = Math.max(1, Math.round(width / tilePx));
  const rows = Math.max(1, Math.round(height / tilePx));
  const level = new Float64Array(columns * rows);
  const sample = new Float32Array((Math.ceil(width / columns / 2) + 1) * (Math.ceil(height / rows / 2) + 1));
  for (let ty = 0; ty < rows; ty++) {
    const y0 = Math.floor((ty * height) / rows);
    const y1 = Math.floor(((ty + 1) * height) / rows);
    for (let tx = 0; tx < columns; tx++) {
      const x0 = Math.floor((tx * width) / columns);
      const x1 = Math.floor(((tx + 1) * width) / columns);
      let n = 0;
      // Every second pixel of every second row is plenty for a quartile.
      for (let y = y0; y < y1; y += 2) for (let x = x0; x < x1; x += 2) sample[n++] = image[y * width + x]!;
      const sorted = sample.subarray(0, n).sort();
      level[ty * columns + tx] = sorted[n >> 2]!;
    }
  }
  const calm = calmed(level, columns, rows);
  const toColumn = columns / width;
  const toRow = rows / height;
  const left = new Int32Array(width);
  const share = new Float32Array(width);
  for (let x = 0; x < width; x++) {
    const at = Math.min(Math.max((x + 0.5) * toColumn - 0.5, 0), columns - 1);
    left[x] = Math.min(Math.floor(at), Math.max(0, columns - 2));
    share[x] = at - left[x]!;
  }
  const line = new Float64Array(columns + 1);
  for (let y = 0; y < height; y++) {
    const at = Math.min(Math.max((y + 0.5) * toRow - 0.5, 0), rows - 1);
    const above = Math.min(Math.floor(at), Math.max(0, rows - 2));
    const below = Math.min(above + 1, rows - 1);
    const down = at - above;
    for (let c = 0; c < columns; c++) {
      line[c] = calm[above * columns + c]! * (1 - down) + calm[below * columns + c]! * down;
    }
    line[columns] = line[columns - 1]!;
    const base = y * width;
    for (let x = 0; x < width; x++) {
      const l = left[x]!;
      image[base + x]! -= line[l]! + (line[l + 1]! - line[l]!) * share[x]!;
    }
  }
}

/** A tile full of cells stands above its surroundings: no tile may exceed the median of itself and its neighbours. */
function calmed(level: Float64Array, columns: number, rows: number): Float64Array {
  const out = new Float64Array(level.length);
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      const near: number[] = [];
      for (let v = Math.max(0, y - 1); v <= Math.min(rows - 1, y + 1); v++) {
        for (let u = Math.max(0, x - 1); u <= Math.min(columns - 1, x + 1); u++) near.push(level[v * columns + u]!);
      }
      near.sort((a, b) => a - b);
      out[y * columns + x] = Math.min(level[y * columns + x]!, near[near.length >> 1]!);
    }
  }
  return out;
}
