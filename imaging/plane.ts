import { PlaneShapeError } from "./errors.ts";

/** The grey values of a plane: 8-bit and 16-bit files stay as they are, float files are float32. */
export type PlaneData = Uint8Array | Uint16Array | Float32Array;

/** One channel of one site at one focus position: grey values of shape (height, width), row-major. */
export interface Plane {
  readonly data: PlaneData;
  readonly width: number;
  readonly height: number;
  readonly bitDepth: 8 | 16 | 32;
}

/**
 * Makes a plane from grey values of shape (height, width); the bit depth follows from the array's type. The array is not copied.
 * @throws PlaneShapeError (imaging/plane-shape) when the values do not fill height × width
 */
export function planeOf(data: PlaneData, width: number, height: number): Plane {
  if (
    !Number.isInteger(width) ||
    !Number.isInteger(height) ||
    width < 1 ||
    height < 1 ||
    data.length !== width * height
  ) {
    throw new PlaneShapeError("plane", `${data.length} values`, `${height} × ${width} = ${height * width} values`);
  }
  return { data, width, height, bitDepth: data instanceof Uint8Array ? 8 : data instanceof Uint16Array ? 16 : 32 };
}

/** The grey value that counts as intensity 1: 255 for 8-bit, 65535 for 16-bit, 1 for float planes (CellProfiler's scaling). */
export function planeScale(plane: Pick<Plane, "bitDepth">): 255 | 65535 | 1 {
  return plane.bitDepth === 8 ? 255 : plane.bitDepth === 16 ? 65535 : 1;
}

/**
 * Checks that planes of one site belong together, and gives their shape.
 * @throws PlaneShapeError (imaging/plane-shape) when there is no plane, or one differs from the first
 */
export function commonShape(planes: readonly Plane[]): { width: number; height: number } {
  const [first] = planes;
  if (first === undefined) throw new PlaneShapeError("site", "no plane", "at least one plane");
  planes.forEach((plane, index) => {
    if (plane.width !== first.width || plane.height !== first.height) {
      throw new PlaneShapeError(
        `plane ${index + 1}`,
        `${plane.height} × ${plane.width} pixels`,
        `${first.height} × ${first.width} pixels as plane 1 has`,
      );
    }
  });
  return { width: first.width, height: first.height };
}
