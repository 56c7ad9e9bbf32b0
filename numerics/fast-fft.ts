import { readFileSync } from "node:fs";
import { type BatchFft, chirpFft, radicesOf, referenceFft, rootsOfUnity } from "./fft.ts";

type Stage = (
  fromRe: number,
  fromIm: number,
  toRe: number,
  toIm: number,
  parts: number,
  stride: number,
  factors: number,
) => void;

const PAGE_BYTES = 65_536;
let compiled: WebAssembly.Module | undefined;

/**
 * The same transforms as {@link referenceFft} with vector instructions: directly when the length is a product of 2, 3 and 5, by way of a
 * power of two otherwise. An odd batch gets the reference itself. Equal to about 1e-15 of the largest value times the length.
 */
export function fastFft(length: number, batch: number): BatchFft {
  const radices = radicesOf(length, 5);
  if (batch % 2 !== 0) return referenceFft(length, batch);
  if (radices === undefined) return chirpFft(length, batch, fastFft);
  compiled ??= new WebAssembly.Module(readFileSync(new URL("./fft-stages.wasm", import.meta.url)));
  const { exports } = new WebAssembly.Instance(compiled);
  const { memory } = exports;
  if (!(memory instanceof WebAssembly.Memory)) throw new TypeError("fft-stages.wasm exports no memory");

  const arrayBytes = length * batch * 8;
  const start = memory.buffer.byteLength;
  const aRe = start;
  const aIm = aRe + arrayBytes;
  const bRe = aIm + arrayBytes;
  const bIm = bRe + arrayBytes;
  const factors = bIm + arrayBytes;
  const plan = planStages(length, batch, radices, exports, factors);
  const factorCount = plan.reduce((sum, stage) => sum + stage.factors.length, 0);
  memory.grow(Math.ceil((factors + factorCount * 8 - memory.buffer.byteLength) / PAGE_BYTES));
  for (const stage of plan) new Float64Array(memory.buffer, stage.factorsAt, stage.factors.length).set(stage.factors);

  const view = (address: number): Float64Array => new Float64Array(memory.buffer, address, length * batch);
  const resultInInput = plan.length % 2 === 0;
  const transform = (): void => {
    let forth = true;
    for (const { run, parts, stride, factorsAt } of plan) {
      if (forth) run(aRe, aIm, bRe, bIm, parts, stride, factorsAt);
      else run(bRe, bIm, aRe, aIm, parts, stride, factorsAt);
      forth = !forth;
    }
  };
  return {
    length,
    batch,
    inputRe: view(aRe),
    inputIm: view(aIm),
    outputRe: view(resultInInput ? aRe : bRe),
    outputIm: view(resultInInput ? aIm : bIm),
    transform,
  };
}

interface PlannedStage {
  readonly run: Stage;
  readonly parts: number;
  readonly stride: number;
  /** (cos, sin) of outputs 1 … radix − 1 of every part. */
  readonly factors: Float64Array;
  readonly factorsAt: number;
}

function planStages(
  length: number,
  batch: number,
  radices: readonly number[],
  exports: WebAssembly.Exports,
  firstAddress: number,
): PlannedStage[] {
  const roots = rootsOfUnity(length);
  const plan: PlannedStage[] = [];
  let rest = length;
  let stride = batch;
  let factorsAt = firstAddress;
  for (const radix of radices) {
    const run = exports[`stage${radix}`];
    if (typeof run !== "function") throw new TypeError(`fft-stages.wasm exports no stage${radix}`);
    const parts = rest / radix;
    const step = length / rest;
    const factors = new Float64Array(parts * (radix - 1) * 2);
    for (let part = 0, at = 0; part < parts; part++) {
      for (let output = 1; output < radix; output++) {
        factors[at++] = roots.re[part * output * step]!;
        factors[at++] = roots.im[part * output * step]!;
      }
    }
    plan.push({ run: run as Stage, parts, stride, factors, factorsAt });
    factorsAt += factors.length * 8;
    rest = parts;
    stride *= radix;
  }
  return plan;
}
