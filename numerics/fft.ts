/**
 * Forward discrete Fourier transforms of many sequences at once: X[k] = Σ x[n]·exp(−2πi·n·k/length), not scaled.
 * The batch is the fastest axis, so that every butterfly works on neighbouring numbers.
 */
export interface BatchFft {
  readonly length: number;
  readonly batch: number;
  /** Real parts, of shape (length, batch): fill them, then transform. The transform destroys them. */
  readonly inputRe: Float64Array;
  readonly inputIm: Float64Array;
  /** Result of the last transform, of shape (length, batch). */
  readonly outputRe: Float64Array;
  readonly outputIm: Float64Array;
  transform(): void;
}

/** Complex factors, one a row. */
export interface Factors {
  readonly re: Float64Array;
  readonly im: Float64Array;
}

/** Prime factors beyond this go through Bluestein's chirp instead of a direct butterfly, which costs length × factor. */
const LARGEST_BUTTERFLY = 31;

/** The radices of a length in the order of its stages, fours first; undefined when a prime factor exceeds `largest`. */
export function radicesOf(length: number, largest: number): number[] | undefined {
  const radices: number[] = [];
  let rest = length;
  for (const radix of [4, 2]) {
    while (rest % radix === 0) {
      radices.push(radix);
      rest /= radix;
    }
  }
  for (let radix = 3; radix <= largest && rest > 1; radix += 2) {
    while (rest % radix === 0) {
      radices.push(radix);
      rest /= radix;
    }
  }
  return rest === 1 ? radices : undefined;
}

/** cos and −sin of 2π·index/length for index 0…length−1: the roots exp(−2πi·index/length). */
export function rootsOfUnity(length: number): Factors {
  const re = new Float64Array(length);
  const im = new Float64Array(length);
  for (let index = 0; index < length; index++) {
    const angle = (2 * Math.PI * index) / length;
    re[index] = Math.cos(angle);
    im[index] = -Math.sin(angle);
  }
  return { re, im };
}

/**
 * The reference transform in plain TypeScript, for any length ≥ 1 and batch ≥ 1: Stockham's self-sorting stages (Van Loan 1992,
 * "Computational Frameworks for the FFT", section 1.7) with direct butterflies, Bluestein's chirp for large prime factors.
 */
export function referenceFft(length: number, batch: number): BatchFft {
  const radices = radicesOf(length, LARGEST_BUTTERFLY);
  return radices === undefined ? chirpFft(length, batch, referenceFft) : stockhamFft(length, batch, radices);
}

function stockhamFft(length: number, batch: number, radices: readonly number[]): BatchFft {
  const size = length * batch;
  const inputRe = new Float64Array(size);
  const inputIm = new Float64Array(size);
  const otherRe = new Float64Array(size);
  const otherIm = new Float64Array(size);
  const roots = rootsOfUnity(length);
  const resultInInput = radices.length % 2 === 0;

  const transform = (): void => {
    let fromRe = inputRe;
    let fromIm = inputIm;
    let toRe = otherRe;
    let toIm = otherIm;
    let rest = length;
    let stride = batch;
    for (const radix of radices) {
      stage(fromRe, fromIm, toRe, toIm, rest, stride, radix, roots);
      [fromRe, fromIm, toRe, toIm] = [toRe, toIm, fromRe, fromIm];
      rest /= radix;
      stride *= radix;
    }
  };
  return {
    length,
    batch,
    inputRe,
    inputIm,
    outputRe: resultInInput ? inputRe : otherRe,
    outputIm: resultInInput ? inputIm : otherIm,
    transform,
  };
}

/** One decimation-in-frequency stage: sequences of length `rest` at distance `stride` become `radix` sequences each. */
function stage(
  fromRe: Float64Array,
  fromIm: Float64Array,
  toRe: Float64Array,
  toIm: Float64Array,
  rest: number,
  stride: number,
  radix: number,
  roots: Factors,
): void {
  const { re: rootRe, im: rootIm } = roots;
  const length = rootRe.length;
  const parts = rest / radix;
  const hop = stride * parts;
  const twiddleStep = length / rest;
  const radixStep = length / radix;
  for (let part = 0; part < parts; part++) {
    for (let output = 0; output < radix; output++) {
      const twiddle = part * output * twiddleStep;
      const twiddleRe = rootRe[twiddle]!;
      const twiddleIm = rootIm[twiddle]!;
      const to = stride * (radix * part + output);
      for (let lane = 0; lane < stride; lane++) {
        let from = stride * part + lane;
        let sumRe = fromRe[from]!;
        let sumIm = fromIm[from]!;
        for (let input = 1, turn = output; input < radix; input++, turn += output) {
          if (turn >= radix) turn -= radix;
          from += hop;
          const cos = rootRe[turn * radixStep]!;
          const sin = rootIm[turn * radixStep]!;
          sumRe += fromRe[from]! * cos - fromIm[from]! * sin;
          sumIm += fromRe[from]! * sin + fromIm[from]! * cos;
        }
        toRe[to + lane] = sumRe * twiddleRe - sumIm * twiddleIm;
        toIm[to + lane] = sumRe * twiddleIm + sumIm * twiddleRe;
      }
    }
  }
}

/**
 * A transform of any length by way of lengths that are powers of two (Bluestein 1970): with n·k = (n² + k² − (k−n)²)/2 it is a
 * convolution with a chirp.
 * @param makeFft makes the transforms of length 2^m ≥ 2·length − 1
 */
export function chirpFft(
  length: number,
  batch: number,
  makeFft: (length: number, batch: number) => BatchFft,
): BatchFft {
  const padded = 2 ** Math.ceil(Math.log2(2 * length - 1));
  const inner = makeFft(padded, batch);
  const chirp = chirpOf(length);
  const kernel = chirpKernel(chirp, padded);
  const scaled = { re: chirp.re.map((value) => value / padded), im: chirp.im.map((value) => value / padded) };
  const inputRe = new Float64Array(length * batch);
  const inputIm = new Float64Array(length * batch);
  const outputRe = new Float64Array(length * batch);
  const outputIm = new Float64Array(length * batch);
  const spectrumRe = new Float64Array(padded * batch);
  const spectrumIm = new Float64Array(padded * batch);

  const transform = (): void => {
    inner.inputRe.fill(0, length * batch);
    inner.inputIm.fill(0, length * batch);
    multiply(inputRe, inputIm, chirp, inner.inputRe, inner.inputIm, length, batch);
    inner.transform();
    // the inner transform may give its result where it takes its input
    spectrumRe.set(inner.outputRe);
    spectrumIm.set(inner.outputIm);
    // an inverse transform is a forward one with real and imaginary parts exchanged before and after
    multiply(spectrumRe, spectrumIm, kernel, inner.inputIm, inner.inputRe, padded, batch);
    inner.transform();
    multiply(inner.outputIm, inner.outputRe, scaled, outputRe, outputIm, length, batch);
  };
  return { length, batch, inputRe, inputIm, outputRe, outputIm, transform };
}

/** exp(−πi·n²/length) */
function chirpOf(length: number): Factors {
  const re = new Float64Array(length);
  const im = new Float64Array(length);
  for (let index = 0; index < length; index++) {
    // index² modulo 2·length keeps the angle small, and so exact
    const angle = (Math.PI * ((index * index) % (2 * length))) / length;
    re[index] = Math.cos(angle);
    im[index] = -Math.sin(angle);
  }
  return { re, im };
}

/** Spectrum of the conjugate chirp, wrapped round at both ends. */
function chirpKernel(chirp: Factors, padded: number): Factors {
  const single = referenceFft(padded, 1);
  chirp.re.forEach((re, index) => {
    const im = -chirp.im[index]!;
    const mirrored = (padded - index) % padded;
    single.inputRe[index] = re;
    single.inputIm[index] = im;
    single.inputRe[mirrored] = re;
    single.inputIm[mirrored] = im;
  });
  single.transform();
  return { re: single.outputRe, im: single.outputIm };
}

/** Multiplies every row of (rows, batch) with one complex factor a row. */
function multiply(
  aRe: Float64Array,
  aIm: Float64Array,
  factors: Factors,
  toRe: Float64Array,
  toIm: Float64Array,
  rows: number,
  batch: number,
): void {
  for (let row = 0; row < rows; row++) {
    const re = factors.re[row]!;
    const im = factors.im[row]!;
    for (let at = row * batch; at < (row + 1) * batch; at++) {
      const valueRe = aRe[at]!;
      const valueIm = aIm[at]!;
      toRe[at] = valueRe * re - valueIm * im;
      toIm[at] = valueRe * im + valueIm * re;
    }
  }
}
