import { squaredDistance } from "./filter-distance.ts";
import { fillHoles } from "./mask-runs.ts";
import type { FeatureSink, MeasureInput } from "./measure-pixels.ts";
import { centralMoments, huMoments, normalizedMoment, rawMoments } from "./object-moments.ts";
import { convexArea, convexHull, feretDiameters, type ObjectOutline, objectOutline } from "./object-outline.ts";
import { eulerNumber, perimeter, perimeterCrofton } from "./object-perimeter.ts";

const orders = (p: number, q: number) =>
  Array.from({ length: p }, (_, i) => Array.from({ length: q }, (_, j) => `${i}_${j}`)).flat();

const basic = [
  "Area",
  "BoundingBoxArea",
  "ConvexArea",
  "EquivalentDiameter",
  "Perimeter",
  "MajorAxisLength",
  "MinorAxisLength",
  "Eccentricity",
  "Orientation",
  "Center_X",
  "Center_Y",
  "BoundingBoxMinimum_X",
  "BoundingBoxMaximum_X",
  "BoundingBoxMinimum_Y",
  "BoundingBoxMaximum_Y",
  "FormFactor",
  "Extent",
  "Solidity",
  "Compactness",
  "EulerNumber",
  "MaximumRadius",
  "MeanRadius",
  "MedianRadius",
  "FilledArea",
  "PerimeterCrofton",
  "MinFeretDiameter",
  "MaxFeretDiameter",
];
const moments = [
  ...orders(3, 4).map((o) => `SpatialMoment_${o}`),
  ...orders(3, 4).map((o) => `CentralMoment_${o}`),
  ...orders(4, 4)
    .filter((o) => !["0_0", "0_1", "1_0"].includes(o))
    .map((o) => `NormalizedMoment_${o}`),
  ...Array.from({ length: 7 }, (_, i) => `HuMoment_${i}`),
  ...orders(2, 2).map((o) => `InertiaTensor_${o}`),
  "InertiaTensorEigenvalues_0",
  "InertiaTensorEigenvalues_1",
];

/** Names of the size and shape features. */
export const shapeNames: readonly string[] = basic.map((name) => `AreaShape_${name}`);
/** Names of the moment features. */
export const momentNames: readonly string[] = moments.map((name) => `AreaShape_${name}`);

/**
 * Measures size and shape (CellProfiler MeasureObjectSizeShape): pixels and pixels², orientation in degrees from the
 * column axis, bounding boxes half-open. Axis lengths are four standard deviations of the pixel centres, without the
 * 1/12 of a pixel's own extent (scikit-image 0.19 and later).
 */
export function measureShape(input: MeasureInput, sink: FeatureSink): void {
  const { labels, pixels } = input;
  for (let k = 0; k < labels.count; k++) {
    if (pixels.start[k + 1] === pixels.start[k]) continue;
    const outline = objectOutline(labels, pixels, k);
    const { area, width, height } = outline;
    const ellipse = ellipseOf(outline);
    const around = perimeter(outline);
    const convex = convexArea(outline);
    const radii = innerRadii(outline);
    const feret = feretDiameters(convexHull(outline));
    const row = [
      area,
      width * height,
      convex,
      Math.sqrt((4 * area) / Math.PI),
      around,
      ellipse.major,
      ellipse.minor,
      ellipse.eccentricity,
      ellipse.orientationDegrees,
      outline.x + ellipse.x,
      outline.y + ellipse.y,
      outline.x,
      outline.x + width,
      outline.y,
      outline.y + height,
      (4 * Math.PI * area) / (around * around),
      area / (width * height),
      area / convex,
      (around * around) / Math.max(4 * Math.PI * area, 1),
      eulerNumber(outline),
      radii.max,
      radii.mean,
      radii.median,
      filledArea(outline),
      perimeterCrofton(outline),
      feret.min,
      feret.max,
    ];
    sink.values.set(row, k * sink.stride + sink.offset);
  }
}

/** Measures spatial, central, normalized and Hu moments and the inertia tensor (positions relative to the bounding box). The normalized moments of order 0 and 1, which are always NaN in CellProfiler's tables, are left out. */
export function measureMoments(input: MeasureInput, sink: FeatureSink): void {
  const { labels, pixels } = input;
  for (let k = 0; k < labels.count; k++) {
    if (pixels.start[k + 1] === pixels.start[k]) continue;
    const outline = objectOutline(labels, pixels, k);
    const raw = rawMoments(outline);
    const central = centralMoments(outline, raw);
    let at = k * sink.stride + sink.offset;
    for (let p = 0; p < 3; p++) for (let q = 0; q < 4; q++) sink.values[at++] = raw[p * 4 + q]!;
    for (let p = 0; p < 3; p++) for (let q = 0; q < 4; q++) sink.values[at++] = central[p * 4 + q]!;
    for (let p = 0; p < 4; p++) {
      for (let q = p === 0 ? 2 : p === 1 ? 1 : 0; q < 4; q++) sink.values[at++] = normalizedMoment(central, p, q);
    }
    for (const hu of huMoments(central)) sink.values[at++] = hu;
    const { tensor, eigenvalues } = inertia(central);
    for (const v of [...tensor, ...eigenvalues]) sink.values[at++] = v;
  }
}

/** Inertia tensor in row, column order, and its eigenvalues, the larger first. */
function inertia(central: Float64Array): {
  tensor: [number, number, number, number];
  eigenvalues: [number, number];
} {
  const area = central[0]!;
  const a = central[2]! / area;
  const b = -central[5]! / area;
  const c = central[8]! / area;
  const mean = (a + c) / 2;
  const half = Math.hypot((a - c) / 2, b);
  return { tensor: [a, b, b, c], eigenvalues: [mean + half, Math.max(0, mean - half)] };
}

function ellipseOf(outline: ObjectOutline) {
  const raw = rawMoments(outline);
  const { tensor, eigenvalues } = inertia(centralMoments(outline, raw));
  const [a, b, , c] = tensor;
  const [large, small] = eigenvalues;
  const radians = a === c ? (b < 0 ? Math.PI / 4 : -Math.PI / 4) : 0.5 * Math.atan2(-2 * b, c - a);
  return {
    x: raw[1]! / raw[0]!,
    y: raw[4]! / raw[0]!,
    major: 4 * Math.sqrt(large),
    minor: 4 * Math.sqrt(small),
    eccentricity: large > 0 ? Math.sqrt(1 - small / large) : 0,
    orientationDegrees: (radians * 180) / Math.PI,
  };
}

/** Largest, mean and median distance of the object's pixels to the nearest pixel outside. */
function innerRadii(outline: ObjectOutline): { max: number; mean: number; median: number } {
  const squared = squaredDistance(
    outline.mask,
    outline.width + 2,
    outline.height + 2,
    new Float32Array(outline.mask.length),
  );
  // Squared distances are whole numbers: counting them sorts them.
  let largest = 0;
  for (let i = 0; i < squared.length; i++) if (squared[i]! > largest) largest = squared[i]!;
  const counts = new Uint32Array(largest + 1);
  for (let i = 0; i < squared.length; i++) counts[squared[i]!]!++;
  const n = outline.area;
  const rank = (k: number) => {
    let d = 0;
    for (let seen = 0; seen <= k; ) seen += counts[++d]!;
    return Math.sqrt(d);
  };
  let sum = 0;
  for (let d = 1; d <= largest; d++) if (counts[d] !== 0) sum += counts[d]! * Math.sqrt(d);
  return { max: Math.sqrt(largest), mean: sum / n, median: (rank((n - 1) >> 1) + rank(n >> 1)) / 2 };
}

function filledArea(outline: ObjectOutline): number {
  let span = 0;
  for (let v = 0; v < outline.height; v++) span += Math.max(0, outline.last[v]! - outline.first[v]! + 1);
  // One run a row leaves no room for a hole.
  if (span === outline.area) return span;
  const filled = outline.mask.slice();
  fillHoles(filled, outline.width + 2, outline.height + 2, Number.POSITIVE_INFINITY, true);
  let area = 0;
  for (let i = 0; i < filled.length; i++) area += filled[i]!;
  return area;
}
