// Butterflies of the batched Fourier transform for radices 2, 3, 4 and 5, two sequences to a vector (AssemblyScript, SIMD).
// The reference is fft.ts; fast-fft.test.ts holds them equal. Compiled by ./build-wasm into fft-stages.wasm.
//
// Arrays of float64 by address: real and imaginary parts apart, of shape (length, stride) as the stage sees them, stride even.
// Factors: for each part, radix − 1 pairs (cos, sin) of the rotation of outputs 1 … radix − 1.

function at(base: usize, index: i32): usize {
  return base + ((<usize>index) << 3);
}

function rotate(toRe: usize, toIm: usize, index: i32, re: v128, im: v128, cos: v128, sin: v128): void {
  v128.store(at(toRe, index), f64x2.sub(f64x2.mul(re, cos), f64x2.mul(im, sin)));
  v128.store(at(toIm, index), f64x2.add(f64x2.mul(re, sin), f64x2.mul(im, cos)));
}

export function stage2(
  fromRe: usize,
  fromIm: usize,
  toRe: usize,
  toIm: usize,
  parts: i32,
  stride: i32,
  factors: usize,
): void {
  const hop = parts * stride;
  for (let part = 0; part < parts; part++) {
    const cos1 = v128.load64_splat(factors);
    const sin1 = v128.load64_splat(factors, 8);
    factors += 16;
    let from = part * stride;
    let to = 2 * from;
    for (const stop = from + stride; from < stop; from += 2, to += 2) {
      const aRe = v128.load(at(fromRe, from));
      const aIm = v128.load(at(fromIm, from));
      const bRe = v128.load(at(fromRe, from + hop));
      const bIm = v128.load(at(fromIm, from + hop));
      v128.store(at(toRe, to), f64x2.add(aRe, bRe));
      v128.store(at(toIm, to), f64x2.add(aIm, bIm));
      rotate(toRe, toIm, to + stride, f64x2.sub(aRe, bRe), f64x2.sub(aIm, bIm), cos1, sin1);
    }
  }
}

export function stage3(
  fromRe: usize,
  fromIm: usize,
  toRe: usize,
  toIm: usize,
  parts: i32,
  stride: i32,
  factors: usize,
): void {
  const hop = parts * stride;
  const half = f64x2.splat(0.5);
  const sine = f64x2.splat(0.86602540378443864676); // sin 2π/3
  for (let part = 0; part < parts; part++) {
    const cos1 = v128.load64_splat(factors);
    const sin1 = v128.load64_splat(factors, 8);
    const cos2 = v128.load64_splat(factors, 16);
    const sin2 = v128.load64_splat(factors, 24);
    factors += 32;
    let from = part * stride;
    let to = 3 * from;
    for (const stop = from + stride; from < stop; from += 2, to += 2) {
      const aRe = v128.load(at(fromRe, from));
      const aIm = v128.load(at(fromIm, from));
      const bRe = v128.load(at(fromRe, from + hop));
      const bIm = v128.load(at(fromIm, from + hop));
      const cRe = v128.load(at(fromRe, from + 2 * hop));
      const cIm = v128.load(at(fromIm, from + 2 * hop));
      const sumRe = f64x2.add(bRe, cRe);
      const sumIm = f64x2.add(bIm, cIm);
      const midRe = f64x2.sub(aRe, f64x2.mul(half, sumRe));
      const midIm = f64x2.sub(aIm, f64x2.mul(half, sumIm));
      const difRe = f64x2.mul(sine, f64x2.sub(bRe, cRe));
      const difIm = f64x2.mul(sine, f64x2.sub(bIm, cIm));
      v128.store(at(toRe, to), f64x2.add(aRe, sumRe));
      v128.store(at(toIm, to), f64x2.add(aIm, sumIm));
      rotate(toRe, toIm, to + stride, f64x2.add(midRe, difIm), f64x2.sub(midIm, difRe), cos1, sin1);
      rotate(toRe, toIm, to + 2 * stride, f64x2.sub(midRe, difIm), f64x2.add(midIm, difRe), cos2, sin2);
    }
  }
}

export function stage4(
  fromRe: usize,
  fromIm: usize,
  toRe: usize,
  toIm: usize,
  parts: i32,
  stride: i32,
  factors: usize,
): void {
  const hop = parts * stride;
  for (let part = 0; part < parts; part++) {
    const cos1 = v128.load64_splat(factors);
    const sin1 = v128.load64_splat(factors, 8);
    const cos2 = v128.load64_splat(factors, 16);
    const sin2 = v128.load64_splat(factors, 24);
    const cos3 = v128.load64_splat(factors, 32);
    const sin3 = v128.load64_splat(factors, 40);
    factors += 48;
    let from = part * stride;
    let to = 4 * from;
    for (const stop = from + stride; from < stop; from += 2, to += 2) {
      const aRe = v128.load(at(fromRe, from));
      const aIm = v128.load(at(fromIm, from));
      const bRe = v128.load(at(fromRe, from + hop));
      const bIm = v128.load(at(fromIm, from + hop));
      const cRe = v128.load(at(fromRe, from + 2 * hop));
      const cIm = v128.load(at(fromIm, from + 2 * hop));
      const dRe = v128.load(at(fromRe, from + 3 * hop));
      const dIm = v128.load(at(fromIm, from + 3 * hop));
      const acRe = f64x2.add(aRe, cRe);
      const acIm = f64x2.add(aIm, cIm);
      const bdRe = f64x2.add(bRe, dRe);
      const bdIm = f64x2.add(bIm, dIm);
      const evenRe = f64x2.sub(aRe, cRe);
      const evenIm = f64x2.sub(aIm, cIm);
      const oddRe = f64x2.sub(bRe, dRe);
      const oddIm = f64x2.sub(bIm, dIm);
      v128.store(at(toRe, to), f64x2.add(acRe, bdRe));
      v128.store(at(toIm, to), f64x2.add(acIm, bdIm));
      rotate(toRe, toIm, to + stride, f64x2.add(evenRe, oddIm), f64x2.sub(evenIm, oddRe), cos1, sin1);
      rotate(toRe, toIm, to + 2 * stride, f64x2.sub(acRe, bdRe), f64x2.sub(acIm, bdIm), cos2, sin2);
      rotate(toRe, toIm, to + 3 * stride, f64x2.sub(evenRe, oddIm), f64x2.add(evenIm, oddRe), cos3, sin3);
    }
  }
}

export function stage5(
  fromRe: usize,
  fromIm: usize,
  toRe: usize,
  toIm: usize,
  parts: i32,
  stride: i32,
  factors: usize,
): void {
  const hop = parts * stride;
  const c1 = f64x2.splat(0.3090169943749474241); // cos 2π/5
  const c2 = f64x2.splat(-0.8090169943749474241); // cos 4π/5
  const s1 = f64x2.splat(0.95105651629515357212); // sin 2π/5
  const s2 = f64x2.splat(0.58778525229247312917); // sin 4π/5
  for (let part = 0; part < parts; part++) {
    let from = part * stride;
    let to = 5 * from;
    for (const stop = from + stride; from < stop; from += 2, to += 2) {
      const aRe = v128.load(at(fromRe, from));
      const aIm = v128.load(at(fromIm, from));
      const bRe = v128.load(at(fromRe, from + hop));
      const bIm = v128.load(at(fromIm, from + hop));
      const cRe = v128.load(at(fromRe, from + 2 * hop));
      const cIm = v128.load(at(fromIm, from + 2 * hop));
      const dRe = v128.load(at(fromRe, from + 3 * hop));
      const dIm = v128.load(at(fromIm, from + 3 * hop));
      const eRe = v128.load(at(fromRe, from + 4 * hop));
      const eIm = v128.load(at(fromIm, from + 4 * hop));
      const beRe = f64x2.add(bRe, eRe);
      const beIm = f64x2.add(bIm, eIm);
      const cdRe = f64x2.add(cRe, dRe);
      const cdIm = f64x2.add(cIm, dIm);
      const outerRe = f64x2.sub(bRe, eRe);
      const outerIm = f64x2.sub(bIm, eIm);
      const innerRe = f64x2.sub(cRe, dRe);
      const innerIm = f64x2.sub(cIm, dIm);
      v128.store(at(toRe, to), f64x2.add(aRe, f64x2.add(beRe, cdRe)));
      v128.store(at(toIm, to), f64x2.add(aIm, f64x2.add(beIm, cdIm)));
      const mid1Re = f64x2.add(aRe, f64x2.add(f64x2.mul(c1, beRe), f64x2.mul(c2, cdRe)));
      const mid1Im = f64x2.add(aIm, f64x2.add(f64x2.mul(c1, beIm), f64x2.mul(c2, cdIm)));
      const mid2Re = f64x2.add(aRe, f64x2.add(f64x2.mul(c2, beRe), f64x2.mul(c1, cdRe)));
      const mid2Im = f64x2.add(aIm, f64x2.add(f64x2.mul(c2, beIm), f64x2.mul(c1, cdIm)));
      const dif1Re = f64x2.add(f64x2.mul(s1, outerRe), f64x2.mul(s2, innerRe));
      const dif1Im = f64x2.add(f64x2.mul(s1, outerIm), f64x2.mul(s2, innerIm));
      const dif2Re = f64x2.sub(f64x2.mul(s2, outerRe), f64x2.mul(s1, innerRe));
      const dif2Im = f64x2.sub(f64x2.mul(s2, outerIm), f64x2.mul(s1, innerIm));
      rotate(
        toRe,
        toIm,
        to + stride,
        f64x2.add(mid1Re, dif1Im),
        f64x2.sub(mid1Im, dif1Re),
        v128.load64_splat(factors),
        v128.load64_splat(factors, 8),
      );
      rotate(
        toRe,
        toIm,
        to + 2 * stride,
        f64x2.add(mid2Re, dif2Im),
        f64x2.sub(mid2Im, dif2Re),
        v128.load64_splat(factors, 16),
        v128.load64_splat(factors, 24),
      );
      rotate(
        toRe,
        toIm,
        to + 3 * stride,
        f64x2.sub(mid2Re, dif2Im),
        f64x2.add(mid2Im, dif2Re),
        v128.load64_splat(factors, 32),
        v128.load64_splat(factors, 40),
      );
      rotate(
        toRe,
        toIm,
        to + 4 * stride,
        f64x2.sub(mid1Re, dif1Im),
        f64x2.add(mid1Im, dif1Re),
        v128.load64_splat(factors, 48),
        v128.load64_splat(factors, 56),
      );
    }
    factors += 64;
  }
}
