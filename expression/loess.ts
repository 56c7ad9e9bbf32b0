import { LoessError } from "./hvg-errors.ts";
import { loessVertices } from "./loess-tree.ts";

export interface LoessOptions {
  /** Share of the points that take part in one local fit. Default 0.3. */
  span?: number;
  /** Share of the span that a cell of the k-d tree may hold. Default 0.2. */
  cell?: number;
}

interface VertexFit {
  value: number;
  slope: number;
}

/**
 * Local quadratic regression of y on x, fitted exactly at the vertices of a k-d tree and blended in between by cubics that have the
 * fitted values and slopes: Cleveland and Grosse's algorithm (1991), the default of R's `loess` and of scikit-misc, whose numbers these
 * are to about 1e-12.
 * @param x of shape (points), finite
 * @param y of shape (points), finite
 * @returns the fitted value at each x, of shape (points)
 * @throws LoessError (expression/loess) when there are too few points or too few different x for a local fit
 * @example loess(Float64Array.of(1, 2, 3, 4), Float64Array.of(1, 4, 9, 16), { span: 1 })
 */
export function loess(x: Float64Array, y: Float64Array, options: LoessOptions = {}): Float64Array {
  const span = options.span ?? 0.3;
  const count = x.length;
  const neighbours = Math.min(count, Math.floor(count * span + 1e-5));
  if (neighbours < 3) throw new LoessError(`a local fit would have ${neighbours} of ${count} genes`, count);
  const order = Uint32Array.from(x, (_, index) => index).sort((a, b) => x[a]! - x[b]!);
  const sortedX = Float64Array.from(order, (index) => x[index]!);
  const vertices = loessVertices(sortedX, Math.floor(count * span * (options.cell ?? 0.2)));
  const sortedY = Float64Array.from(order, (index) => y[index]!);
  const fits = Array.from(vertices, (vertex) => fitVertex(sortedX, sortedY, vertex, neighbours, Math.max(1, span)));
  const fitted = new Float64Array(count);
  let cell = 0;
  for (let i = 0; i < count; i++) {
    while (cell < vertices.length - 2 && sortedX[i]! > vertices[cell + 1]!) cell++;
    fitted[order[i]!] = blend(sortedX[i]!, vertices[cell]!, vertices[cell + 1]!, fits[cell]!, fits[cell + 1]!);
  }
  return fitted;
}

/** Cubic Hermite interpolation between two vertices. */
function blend(x: number, left: number, right: number, a: VertexFit, b: VertexFit): number {
  const width = right - left;
  const h = (x - left) / width;
  const rest = 1 - h;
  return (
    rest * rest * (1 + 2 * h) * a.value +
    h * h * (3 - 2 * h) * b.value +
    width * (h * rest * rest * a.slope - h * h * rest * b.slope)
  );
}

/** Value and slope at `vertex` of the tricube-weighted quadratic through its nearest points; x ascending. */
function fitVertex(x: Float64Array, y: Float64Array, vertex: number, neighbours: number, widening: number): VertexFit {
  let first = lowerBound(x, vertex);
  let end = first;
  while (end - first < neighbours) {
    if (first === 0) end = neighbours;
    else if (end === x.length) first = x.length - neighbours;
    else if (vertex - x[first - 1]! <= x[end]! - vertex) first--;
    else end++;
  }
  const reach = Math.max(vertex - x[first]!, x[end - 1]! - vertex) * Math.sqrt(widening);
  if (!(reach > 0)) throw new LoessError(`${neighbours} genes share one mean`, x.length);
  const points = end - first;
  const columns = [new Float64Array(points), new Float64Array(points), new Float64Array(points)];
  const target = new Float64Array(points);
  for (let i = 0; i < points; i++) {
    const distance = x[first + i]! - vertex;
    const r = Math.abs(distance) / reach;
    const weight = r < 1 ? Math.sqrt((1 - r ** 3) ** 3) : 0;
    columns[0]![i] = weight;
    columns[1]![i] = weight * distance;
    columns[2]![i] = weight * distance * distance;
    target[i] = weight * y[first + i]!;
  }
  const [value, slope] = leastSquares(columns, target);
  return { value: value!, slope: slope! };
}

/** Index of the first value that is not below `wanted`. */
function lowerBound(sorted: Float64Array, wanted: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * Coefficients of the smallest residual. Columns are brought to unit length, then made orthogonal by one-sided Jacobi rotations, which
 * keeps full precision for the few columns there are.
 * @throws LoessError (expression/loess) when the columns depend on each other, as dloess refuses such a fit
 */
function leastSquares(columns: readonly Float64Array[], target: Float64Array): number[] {
  const size = columns.length;
  const lengths = columns.map((column) => Math.sqrt(inner(column, column)) || 1);
  const turned = columns.map((column, j) => column.map((value) => value / lengths[j]!));
  const rotation = columns.map((_, j) => columns.map((__, k) => (j === k ? 1 : 0)));
  for (let sweep = 0; sweep < 30; sweep++) {
    let largest = 0;
    for (let p = 0; p < size; p++)
      for (let q = p + 1; q < size; q++) {
        const pp = inner(turned[p]!, turned[p]!);
        const qq = inner(turned[q]!, turned[q]!);
        const pq = inner(turned[p]!, turned[q]!);
        if (pq === 0 || Math.abs(pq) <= 1e-16 * Math.sqrt(pp * qq)) continue;
        largest = Math.max(largest, Math.abs(pq) / Math.sqrt(pp * qq));
        const zeta = (qq - pp) / (2 * pq);
        const t = (zeta >= 0 ? 1 : -1) / (Math.abs(zeta) + Math.sqrt(1 + zeta * zeta));
        const c = 1 / Math.sqrt(1 + t * t);
        rotate(turned[p]!, turned[q]!, c, c * t);
        rotate(rotation[p]!, rotation[q]!, c, c * t);
      }
    if (largest < 1e-15) break;
  }
  const norms = turned.map((column) => Math.sqrt(inner(column, column)));
  if (Math.min(...norms) <= Math.max(...norms) * 100 * Number.EPSILON)
    throw new LoessError("a neighbourhood has fewer than three different means", target.length);
  const coefficients = new Array<number>(size).fill(0);
  norms.forEach((norm, j) => {
    const share = inner(turned[j]!, target) / (norm * norm);
    for (let k = 0; k < size; k++) coefficients[k] = coefficients[k]! + share * rotation[j]![k]!;
  });
  return coefficients.map((value, j) => value / lengths[j]!);
}

function inner(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

function rotate(a: Float64Array | number[], b: Float64Array | number[], c: number, s: number): void {
  for (let i = 0; i < a.length; i++) {
    const kept = a[i]!;
    a[i] = c * kept - s * b[i]!;
    b[i] = s * kept + c * b[i]!;
  }
}
