// Eigendecomposition of a symmetric matrix: Householder reduction, then implicit QL (AssemblyScript, SIMD). The reference, step by step, is
// `symmetricEigen` in decompositions.ts. Compiled by build-wasm numerics into symmetric-eigen.wasm.
//
// Matrices are float64 of n × n, row-major. `mirrors` has room for n × n, `beta` and `w` for n.

function at(base: usize, index: i32): usize {
  return base + ((<usize>index) << 3);
}

function dot(p: usize, q: usize, count: i32): f64 {
  let sum = f64x2.splat(0);
  let sum2 = f64x2.splat(0);
  let i = 0;
  for (; i + 4 <= count; i += 4) {
    sum = f64x2.add(sum, f64x2.mul(v128.load(at(p, i)), v128.load(at(q, i))));
    sum2 = f64x2.add(sum2, f64x2.mul(v128.load(at(p, i), 16), v128.load(at(q, i), 16)));
  }
  sum = f64x2.add(sum, sum2);
  let total = f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1);
  for (; i < count; i++) total += load<f64>(at(p, i)) * load<f64>(at(q, i));
  return total;
}

/** p += factor · q */
function add(p: usize, q: usize, factor: f64, count: i32): void {
  const f = f64x2.splat(factor);
  let i = 0;
  for (; i + 2 <= count; i += 2)
    v128.store(at(p, i), f64x2.add(v128.load(at(p, i)), f64x2.mul(f, v128.load(at(q, i)))));
  for (; i < count; i++) store<f64>(at(p, i), load<f64>(at(p, i)) + factor * load<f64>(at(q, i)));
}

/** p −= vi · w + wi · v */
function takeBoth(p: usize, v: usize, w: usize, vi: f64, wi: f64, count: i32): void {
  const fv = f64x2.splat(vi);
  const fw = f64x2.splat(wi);
  let i = 0;
  for (; i + 2 <= count; i += 2) {
    const change = f64x2.add(f64x2.mul(fv, v128.load(at(w, i))), f64x2.mul(fw, v128.load(at(v, i))));
    v128.store(at(p, i), f64x2.sub(v128.load(at(p, i)), change));
  }
  for (; i < count; i++)
    store<f64>(at(p, i), load<f64>(at(p, i)) - (vi * load<f64>(at(w, i)) + wi * load<f64>(at(v, i))));
}

function rotate(upper: usize, lower: usize, sine: f64, cosine: f64, count: i32): void {
  const s = f64x2.splat(sine);
  const c = f64x2.splat(cosine);
  let i = 0;
  for (; i + 2 <= count; i += 2) {
    const above = v128.load(at(upper, i));
    const below = v128.load(at(lower, i));
    v128.store(at(lower, i), f64x2.add(f64x2.mul(s, above), f64x2.mul(c, below)));
    v128.store(at(upper, i), f64x2.sub(f64x2.mul(c, above), f64x2.mul(s, below)));
  }
  for (; i < count; i++) {
    const above = load<f64>(at(upper, i));
    const below = load<f64>(at(lower, i));
    store<f64>(at(lower, i), sine * above + cosine * below);
    store<f64>(at(upper, i), cosine * above - sine * below);
  }
}

/** T = Q·A·Qᵀ: A is used up; d and e become T's diagonals, basis becomes Q. */
export function tridiagonalise(
  n: i32,
  a: usize,
  basis: usize,
  mirrors: usize,
  beta: usize,
  w: usize,
  d: usize,
  e: usize,
): void {
  for (let k = 0; k + 2 < n; k++) {
    const v = at(mirrors, k * n);
    const left = n - k - 1;
    let square = 0.0;
    for (let i = k + 1; i < n; i++) {
      const value = load<f64>(at(a, i * n + k));
      store<f64>(at(v, i), value);
      square += value * value;
    }
    const first = load<f64>(at(v, k + 1));
    const length = first > 0 ? -sqrt(square) : sqrt(square);
    store<f64>(at(e, k), length);
    const reflected = square - first * length;
    store<f64>(at(v, k + 1), first - length);
    const b = reflected > 0 ? 1 / reflected : 0;
    store<f64>(at(beta, k), b);
    if (b == 0) continue;
    let projection = 0.0;
    for (let i = k + 1; i < n; i++) {
      const value = b * dot(at(a, i * n + k + 1), at(v, k + 1), left);
      store<f64>(at(w, i), value);
      projection += value * load<f64>(at(v, i));
    }
    add(at(w, k + 1), at(v, k + 1), (-b / 2) * projection, left);
    for (let i = k + 1; i < n; i++)
      takeBoth(at(a, i * n + k + 1), at(v, k + 1), at(w, k + 1), load<f64>(at(v, i)), load<f64>(at(w, i)), left);
  }
  if (n > 1) store<f64>(at(e, n - 2), load<f64>(at(a, (n - 1) * n + n - 2)));
  for (let i = 0; i < n; i++) store<f64>(at(d, i), load<f64>(at(a, i * n + i)));
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) store<f64>(at(basis, i * n + j), i == j ? 1 : 0);
  for (let k = n - 3; k >= 0; k--) {
    const b = load<f64>(at(beta, k));
    if (b == 0) continue;
    const v = at(mirrors, k * n + k + 1);
    for (let i = k + 1; i < n; i++) {
      const row = at(basis, i * n + k + 1);
      add(row, v, -b * dot(row, v, n - k - 1), n - k - 1);
    }
  }
}

function hypot(x: f64, y: f64): f64 {
  const a = abs(x);
  const b = abs(y);
  const larger = max(a, b);
  if (larger == 0) return larger;
  const ratio = min(a, b) / larger;
  return larger * sqrt(1 + ratio * ratio);
}

/** d becomes the eigenvalues, the rows of basis the eigenvectors; 0 when some need more than 60 steps. */
export function diagonalise(n: i32, d: usize, e: usize, basis: usize): i32 {
  let floor = 0.0;
  for (let i = 0; i < n; i++)
    floor = max(floor, 2.220446049250313e-16 * (abs(load<f64>(at(d, i))) + abs(load<f64>(at(e, i)))));
  for (let low = 0; low < n; low++) {
    for (let iteration = 0; ; iteration++) {
      let split = low;
      while (split + 1 < n && !(abs(load<f64>(at(e, split))) <= floor)) split++;
      if (split == low) break;
      if (iteration == 60) return 0;
      const dLow = load<f64>(at(d, low));
      const eLow = load<f64>(at(e, low));
      const half = (load<f64>(at(d, low + 1)) - dLow) / (2 * eLow);
      let g = load<f64>(at(d, split)) - dLow + eLow / (half + (half < 0 ? -1.0 : 1.0) * hypot(half, 1));
      let sine = 1.0;
      let cosine = 1.0;
      let shift = 0.0;
      let vanished = false;
      for (let i = split - 1; i >= low; i--) {
        const f = sine * load<f64>(at(e, i));
        const b = cosine * load<f64>(at(e, i));
        const radius = hypot(f, g);
        store<f64>(at(e, i + 1), radius);
        if (radius == 0) {
          store<f64>(at(d, i + 1), load<f64>(at(d, i + 1)) - shift);
          store<f64>(at(e, split), 0);
          vanished = true;
          break;
        }
        sine = f / radius;
        cosine = g / radius;
        g = load<f64>(at(d, i + 1)) - shift;
        const mixed = (load<f64>(at(d, i)) - g) * sine + 2 * cosine * b;
        shift = sine * mixed;
        store<f64>(at(d, i + 1), g + shift);
        g = cosine * mixed - b;
        rotate(at(basis, i * n), at(basis, (i + 1) * n), sine, cosine, n);
      }
      if (vanished) continue;
      store<f64>(at(d, low), load<f64>(at(d, low)) - shift);
      store<f64>(at(e, low), g);
      store<f64>(at(e, split), 0);
    }
  }
  return 1;
}
