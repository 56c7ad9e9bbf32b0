// Dot products of every row of one block with every row of another, nine at a time (AssemblyScript, SIMD).
// The reference is row-products.test.ts's plain loop. Compiled by ../numerics/build-wasm profiling into dot-block.wasm.
//
// Rows are float64 of `width` numbers (even), row counts are multiples of 3; products go to `out`, of shape (rowsA, outStride).
// Even and odd positions are summed apart and then added: the result is the same on every machine.

export function dotBlock(a: usize, rowsA: i32, b: usize, rowsB: i32, width: i32, out: usize, outStride: i32): void {
  const bytes = (<usize>width) << 3;
  const outBytes = (<usize>outStride) << 3;
  for (let i = 0; i < rowsA; i += 3) {
    const a0 = a + <usize>i * bytes;
    const a1 = a0 + bytes;
    const a2 = a1 + bytes;
    for (let j = 0; j < rowsB; j += 3) {
      const b0 = b + <usize>j * bytes;
      const b1 = b0 + bytes;
      const b2 = b1 + bytes;
      let s00 = f64x2.splat(0);
      let s01 = f64x2.splat(0);
      let s02 = f64x2.splat(0);
      let s10 = f64x2.splat(0);
      let s11 = f64x2.splat(0);
      let s12 = f64x2.splat(0);
      let s20 = f64x2.splat(0);
      let s21 = f64x2.splat(0);
      let s22 = f64x2.splat(0);
      for (let k: usize = 0; k < bytes; k += 16) {
        const x0 = v128.load(a0 + k);
        const x1 = v128.load(a1 + k);
        const x2 = v128.load(a2 + k);
        let y = v128.load(b0 + k);
        s00 = f64x2.add(s00, f64x2.mul(x0, y));
        s10 = f64x2.add(s10, f64x2.mul(x1, y));
        s20 = f64x2.add(s20, f64x2.mul(x2, y));
        y = v128.load(b1 + k);
        s01 = f64x2.add(s01, f64x2.mul(x0, y));
        s11 = f64x2.add(s11, f64x2.mul(x1, y));
        s21 = f64x2.add(s21, f64x2.mul(x2, y));
        y = v128.load(b2 + k);
        s02 = f64x2.add(s02, f64x2.mul(x0, y));
        s12 = f64x2.add(s12, f64x2.mul(x1, y));
        s22 = f64x2.add(s22, f64x2.mul(x2, y));
      }
      const o0 = out + <usize>i * outBytes + ((<usize>j) << 3);
      const o1 = o0 + outBytes;
      const o2 = o1 + outBytes;
      store<f64>(o0, both(s00));
      store<f64>(o0 + 8, both(s01));
      store<f64>(o0 + 16, both(s02));
      store<f64>(o1, both(s10));
      store<f64>(o1 + 8, both(s11));
      store<f64>(o1 + 16, both(s12));
      store<f64>(o2, both(s20));
      store<f64>(o2 + 8, both(s21));
      store<f64>(o2 + 16, both(s22));
    }
  }
}

function both(v: v128): f64 {
  return f64x2.extract_lane(v, 0) + f64x2.extract_lane(v, 1);
}
