import { ObjectCountError, PlaneShapeError } from "./errors.ts";

/**
 * A label image: which object each pixel belongs to.
 *
 * `data` has shape (height, width), row-major; 0 is background and objects are numbered 1 to `count` without gaps, in
 * the raster order of their first pixel when a segmentation of this room made them.
 */
export interface Labels {
  data: Uint16Array;
  width: number;
  height: number;
  /** Number of objects. */
  count: number;
}

/** Largest number of objects a 16-bit label image can hold. */
export const maxObjects = 65535;

/**
 * The pixels of every object in one list, so that a measurement visits each pixel of an object once and in order.
 *
 * Object `k` (label k + 1) owns `index[start[k]]` to `index[start[k + 1] - 1]`: positions in the label image, ascending.
 */
export interface ObjectPixels {
  /** Shape (count + 1). */
  start: Int32Array;
  /** Shape (labelled pixels): row-major positions, grouped by object. */
  index: Int32Array;
  /** Inclusive bounding boxes, shape (count, 4): first column, first row, last column, last row. */
  box: Int32Array;
}

/**
 * Lists the pixels and the bounding box of every object (a counting sort by label).
 * @param labels label image of shape (height, width)
 * @throws PlaneShapeError (imaging/plane-shape) when the data does not hold width × height pixels
 */
export function objectPixels(labels: Labels): ObjectPixels {
  const { data, width, height, count } = labels;
  if (data.length !== width * height) {
    throw new PlaneShapeError("label image", `${data.length} pixels`, `${width} × ${height} pixels`);
  }
  const start = new Int32Array(count + 2);
  for (let i = 0; i < data.length; i++) {
    const label = data[i]!;
    if (label !== 0) start[label + 1]!++;
  }
  for (let k = 1; k < start.length; k++) start[k]! += start[k - 1]!;
  // start[label] is now where the object's pixels begin; it moves to their end while they are written.
  const index = new Int32Array(start[count + 1]!);
  const box = new Int32Array(count * 4);
  for (let k = 0; k < count; k++) {
    box[k * 4] = width;
    box[k * 4 + 1] = height;
    box[k * 4 + 2] = -1;
    box[k * 4 + 3] = -1;
  }
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      const label = data[i]!;
      if (label === 0) continue;
      index[start[label]!++] = i;
      const b = (label - 1) * 4;
      if (x < box[b]!) box[b] = x;
      if (y < box[b + 1]!) box[b + 1] = y;
      if (x > box[b + 2]!) box[b + 2] = x;
      box[b + 3] = y;
    }
  }
  return { start: start.subarray(0, count + 1), index, box };
}

/**
 * Tells which objects touch the image border: their shape is cut off, so many analyses leave them out.
 * @returns one byte an object, 1 when it touches
 */
export function borderObjects(labels: Labels): Uint8Array {
  const { data, width, height, count } = labels;
  const touching = new Uint8Array(count);
  const mark = (i: number) => {
    const label = data[i]!;
    if (label !== 0) touching[label - 1] = 1;
  };
  for (let x = 0; x < width; x++) {
    mark(x);
    mark((height - 1) * width + x);
  }
  for (let y = 0; y < height; y++) {
    mark(y * width);
    mark(y * width + width - 1);
  }
  return touching;
}

/**
 * Keeps some objects and numbers them anew without gaps, in the raster order of their first pixel.
 * @param labels label image
 * @param keep one entry an object, truthy to keep
 * @returns a new label image; the given one is unchanged
 */
export function keepObjects(labels: Labels, keep: ArrayLike<number | boolean>): Labels {
  const { data, width, height, count } = labels;
  const renamed = new Uint16Array(count + 1);
  const out = new Uint16Array(data.length);
  let next = 0;
  for (let i = 0; i < data.length; i++) {
    const label = data[i]!;
    if (label === 0 || !keep[label - 1]) continue;
    let name = renamed[label]!;
    if (name === 0) {
      name = ++next;
      renamed[label] = name;
    }
    out[i] = name;
  }
  return { data: out, width, height, count: next };
}

/**
 * Makes a label image from label numbers, for instance those of a label PNG or TIFF written by another tool.
 * Gaps stay: an object number without pixels measures as NaN, so that rows keep the other tool's numbers.
 * @param data label numbers of shape (height, width)
 * @throws ObjectCountError (imaging/too-many-objects) above 65,535
 */
export function labelsFrom(data: ArrayLike<number>, width: number, height: number): Labels {
  if (data.length !== width * height) {
    throw new PlaneShapeError("label image", `${data.length} pixels`, `${width} × ${height} pixels`);
  }
  const out = new Uint16Array(data.length);
  let count = 0;
  for (let i = 0; i < data.length; i++) {
    const label = data[i]!;
    if (label > count) count = label;
    out[i] = label;
  }
  if (count > maxObjects) throw new ObjectCountError(count, maxObjects);
  return { data: out, width, height, count };
}
