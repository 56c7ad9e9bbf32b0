import { PlaneShapeError } from "./errors.ts";
import type { Plane } from "./plane.ts";

/**
 * Shrinks a plane by averaging the pixels under every target pixel (cell i holds the places p with floor(p·cells/length) = i), so that
 * nothing is skipped and small bright objects stay visible. Means in the file's units, of shape (height, width).
 * @throws PlaneShapeError (imaging/plane-shape) when the target is larger than the plane, or empty
 */
export function downscale(plane: Plane, width: number, height: number): Float32Array {
  if (!(width >= 1 && height >= 1 && width <= plane.width && height <= plane.height)) {
    const most = `1 to ${plane.height} × 1 to ${plane.width} pixels`;
    throw new PlaneShapeError("thumbnail", `${height} × ${width} pixels`, most);
  }
  const { data } = plane;
  const columns = cellStarts(plane.width, width);
  const rows = cellStarts(plane.height, height);
  const means = new Float32Array(width * height);
  for (let row = 0; row < height; row++) {
    const top = rows[row]!;
    const bottom = rows[row + 1]!;
    for (let column = 0; column < width; column++) {
      const left = columns[column]!;
      const right = columns[column + 1]!;
      let sum = 0;
      for (let line = top * plane.width; line < bottom * plane.width; line += plane.width) {
        for (let pixel = line + left; pixel < line + right; pixel++) sum += data[pixel]!;
      }
      means[row * width + column] = sum / ((bottom - top) * (right - left));
    }
  }
  return means;
}

/** Where each of `cells` cells begins on an axis of `length` pixels; one more entry for the end. */
export function cellStarts(length: number, cells: number): Uint32Array {
  return Uint32Array.from({ length: cells + 1 }, (_, cell) => Math.ceil((cell * length) / cells));
}
