// Products of rows with a panel of columns, four rows at a time (AssemblyScript, SIMD). The reference is `multiply` in matrix.ts.
// Compiled by build-wasm numerics into panel-product.wasm.
//
// A panel holds `depth` rows of 8 float32 or 4 float64 columns, one after the other. Row counts are multiples of 4. `out` is added to.
// Each sum runs over the depth in order: the result is the same on every machine.

export function addPanel32(
  a: usize,
  rows: i32,
  aStride: usize,
  panel: usize,
  depth: i32,
  out: usize,
  outStride: usize,
): void {
  const end = panel + ((<usize>depth) << 5);
  for (let row = 0; row < rows; row += 4) {
    let p0 = a + <usize>row * aStride;
    let p1 = p0 + aStride;
    let p2 = p1 + aStride;
    let p3 = p2 + aStride;
    let s00 = f32x4.splat(0);
    let s01 = f32x4.splat(0);
    let s10 = f32x4.splat(0);
    let s11 = f32x4.splat(0);
    let s20 = f32x4.splat(0);
    let s21 = f32x4.splat(0);
    let s30 = f32x4.splat(0);
    let s31 = f32x4.splat(0);
    for (let at = panel; at < end; at += 32) {
      const b0 = v128.load(at);
      const b1 = v128.load(at, 16);
      let x = v128.load32_splat(p0);
      s00 = f32x4.add(s00, f32x4.mul(x, b0));
      s01 = f32x4.add(s01, f32x4.mul(x, b1));
      x = v128.load32_splat(p1);
      s10 = f32x4.add(s10, f32x4.mul(x, b0));
      s11 = f32x4.add(s11, f32x4.mul(x, b1));
      x = v128.load32_splat(p2);
      s20 = f32x4.add(s20, f32x4.mul(x, b0));
      s21 = f32x4.add(s21, f32x4.mul(x, b1));
      x = v128.load32_splat(p3);
      s30 = f32x4.add(s30, f32x4.mul(x, b0));
      s31 = f32x4.add(s31, f32x4.mul(x, b1));
      p0 += 4;
      p1 += 4;
      p2 += 4;
      p3 += 4;
    }
    const o0 = out + <usize>row * outStride;
    const o1 = o0 + outStride;
    const o2 = o1 + outStride;
    const o3 = o2 + outStride;
    v128.store(o0, f32x4.add(v128.load(o0), s00));
    v128.store(o0, f32x4.add(v128.load(o0, 16), s01), 16);
    v128.store(o1, f32x4.add(v128.load(o1), s10));
    v128.store(o1, f32x4.add(v128.load(o1, 16), s11), 16);
    v128.store(o2, f32x4.add(v128.load(o2), s20));
    v128.store(o2, f32x4.add(v128.load(o2, 16), s21), 16);
    v128.store(o3, f32x4.add(v128.load(o3), s30));
    v128.store(o3, f32x4.add(v128.load(o3, 16), s31), 16);
  }
}

export function addPanel64(
  a: usize,
  rows: i32,
  aStride: usize,
  panel: usize,
  depth: i32,
  out: usize,
  outStride: usize,
): void {
  const end = panel + ((<usize>depth) << 5);
  for (let row = 0; row < rows; row += 4) {
    let p0 = a + <usize>row * aStride;
    let p1 = p0 + aStride;
    let p2 = p1 + aStride;
    let p3 = p2 + aStride;
    let s00 = f64x2.splat(0);
    let s01 = f64x2.splat(0);
    let s10 = f64x2.splat(0);
    let s11 = f64x2.splat(0);
    let s20 = f64x2.splat(0);
    let s21 = f64x2.splat(0);
    let s30 = f64x2.splat(0);
    let s31 = f64x2.splat(0);
    for (let at = panel; at < end; at += 32) {
      const b0 = v128.load(at);
      const b1 = v128.load(at, 16);
      let x = v128.load64_splat(p0);
      s00 = f64x2.add(s00, f64x2.mul(x, b0));
      s01 = f64x2.add(s01, f64x2.mul(x, b1));
      x = v128.load64_splat(p1);
      s10 = f64x2.add(s10, f64x2.mul(x, b0));
      s11 = f64x2.add(s11, f64x2.mul(x, b1));
      x = v128.load64_splat(p2);
      s20 = f64x2.add(s20, f64x2.mul(x, b0));
      s21 = f64x2.add(s21, f64x2.mul(x, b1));
      x = v128.load64_splat(p3);
      s30 = f64x2.add(s30, f64x2.mul(x, b0));
      s31 = f64x2.add(s31, f64x2.mul(x, b1));
      p0 += 8;
      p1 += 8;
      p2 += 8;
      p3 += 8;
    }
    const o0 = out + <usize>row * outStride;
    const o1 = o0 + outStride;
    const o2 = o1 + outStride;
    const o3 = o2 + outStride;
    v128.store(o0, f64x2.add(v128.load(o0), s00));
    v128.store(o0, f64x2.add(v128.load(o0, 16), s01), 16);
    v128.store(o1, f64x2.add(v128.load(o1), s10));
    v128.store(o1, f64x2.add(v128.load(o1, 16), s11), 16);
    v128.store(o2, f64x2.add(v128.load(o2), s20));
    v128.store(o2, f64x2.add(v128.load(o2, 16), s21), 16);
    v128.store(o3, f64x2.add(v128.load(o3), s30));
    v128.store(o3, f64x2.add(v128.load(o3, 16), s31), 16);
  }
}
