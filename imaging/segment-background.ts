/**
 * Subtracts shading and haze from an image in place: a quadratic surface through the lower quartiles of a grid of tiles,
 * fitted so that tiles full of objects, which stand above it, lose their weight. Afterwards background is about 0.
 * @param image grey values of shape (height, width)
 * @param tilePx side of a tile; objects must leave a quarter of most tiles free
 */
export function subtractBackground(image: Float32Array, width: number, height: number, tilePx: number): void {
  const columns = Math.max(1, Math.round(width / tilePx));
  const rows = Math.max(1, Math.round(height / tilePx));
  const level = new Float64Array(columns * rows);
  const sample = new Float32Array((Math.ceil(width / columns / 3) + 1) * (Math.ceil(height / rows / 3) + 1));
  for (let ty = 0; ty < rows; ty++) {
    const y0 = Math.floor((ty * height) / rows);
    const y1 = Math.floor(((ty + 1) * height) / rows);
    for (let tx = 0; tx < columns; tx++) {
      const x0 = Math.floor((tx * width) / columns);
      const x1 = Math.floor(((tx + 1) * width) / columns);
      let n = 0;
      // Every third pixel of every third row is plenty for a quartile.
      for (let y = y0; y < y1; y += 3) for (let x = x0; x < x1; x += 3) sample[n++] = image[y * width + x]!;
      const sorted = sample.subarray(0, n).sort();
      level[ty * columns + tx] = sorted[n >> 2]!;
    }
  }
  const surface = fitSurface(level, columns, rows);
  const [c, x1, y1, x2, xy, y2] = surface as [number, number, number, number, number, number];
  for (let y = 0; y < height; y++) {
    const v = (2 * (y + 0.5)) / height - 1;
    const constant = c + y1 * v + y2 * v * v;
    const linear = x1 + xy * v;
    const base = y * width;
    for (let x = 0; x < width; x++) {
      const u = (2 * (x + 0.5)) / width - 1;
      image[base + x]! -= constant + u * (linear + x2 * u);
    }
  }
}

/**
 * Least squares of 1, u, v, u², uv, v² (u and v from −1 to 1), repeated with weights that fall off above the surface
 * faster than below it. With fewer than four tiles on a side only the constant is fitted.
 */
function fitSurface(level: Float64Array, columns: number, rows: number): number[] {
  const terms = Math.min(columns, rows) >= 4 ? 6 : 1;
  const weights = new Float64Array(level.length).fill(1);
  let solution: number[] = [];
  for (let round = 0; round < 8; round++) {
    const normal = Array.from({ length: terms }, () => new Float64Array(terms + 1));
    for (let i = 0; i < level.length; i++) {
      const basis = basisAt(i, columns, rows);
      for (let a = 0; a < terms; a++) {
        for (let b = 0; b < terms; b++) normal[a]![b]! += weights[i]! * basis[a]! * basis[b]!;
        normal[a]![terms]! += weights[i]! * basis[a]! * level[i]!;
      }
    }
    solution = solve(normal);
    const residual = level.map(
      (v, i) => v - basisAt(i, columns, rows).reduce((s, b, a) => s + b * (solution[a] ?? 0), 0),
    );
    const size = residual.map(Math.abs).sort()[residual.length >> 1]! + 1e-9;
    for (let i = 0; i < level.length; i++) {
      const r = residual[i]! / size;
      weights[i] = 1 / (1 + (r > 0 ? 4 * r * r : (r * r) / 9));
    }
  }
  return Array.from({ length: 6 }, (_, a) => solution[a] ?? 0);
}

function basisAt(i: number, columns: number, rows: number): [number, number, number, number, number, number] {
  const u = (2 * ((i % columns) + 0.5)) / columns - 1;
  const v = (2 * (Math.floor(i / columns) + 0.5)) / rows - 1;
  return [1, u, v, u * u, u * v, v * v];
}

/** Gauss elimination of a small positive definite system, right-hand side in the last column. */
function solve(rows: Float64Array[]): number[] {
  const n = rows.length;
  for (let a = 0; a < n; a++) {
    for (let b = a + 1; b < n; b++) {
      const factor = rows[b]![a]! / rows[a]![a]!;
      for (let c = a; c <= n; c++) rows[b]![c]! -= factor * rows[a]![c]!;
    }
  }
  const out = new Array<number>(n).fill(0);
  for (let a = n - 1; a >= 0; a--) {
    let v = rows[a]![n]!;
    for (let b = a + 1; b < n; b++) v -= rows[a]![b]! * out[b]!;
    out[a] = v / rows[a]![a]!;
  }
  return out;
}
