import { PlaneShapeError } from "./errors.ts";
import { type Labels, type ObjectPixels, objectPixels } from "./labels.ts";
import type { Plane } from "./plane.ts";
import { planeScale } from "./plane.ts";
import { cytoplasmOf, type SegmentCellsOptions, segmentCells } from "./segment-cells.ts";
import { type SegmentNucleiOptions, segmentNuclei } from "./segment-nuclei.ts";
import { findThreshold } from "./segment-threshold.ts";

/** Where the reporter is, cell by cell. Shape (cells) each; NaN for a cell without cytoplasm pixels. */
export interface CellTranslocation {
  /** log₂ of (nuclear mean − background) / (cytoplasmic mean − background); each at least one noise level. */
  logRatio: Float64Array;
  /** (nuclear mean − cytoplasmic mean) / (their sum), background subtracted: −1 all in the cytoplasm, 1 all in the nucleus. */
  contrast: Float64Array;
  /** Nuclear mean − cytoplasmic mean, in intensity units. */
  difference: Float64Array;
  /** Pearson's correlation of the reporter with the DNA plane over the cell. */
  correlation: Float64Array;
}

/**
 * Measures nucleus-cytoplasm translocation: is the reporter in the nucleus or around it?
 * @param reporter plane of the protein that moves, shape (height, width)
 * @param dna plane of the nuclei
 * @param nuclei label image of the nuclei
 * @param cells label image of the cells, numbered as the nuclei
 * @throws PlaneShapeError (imaging/plane-shape) when the shapes differ
 */
export function measureTranslocation(reporter: Plane, dna: Plane, nuclei: Labels, cells: Labels): CellTranslocation {
  return measureTranslocations([reporter], dna, nuclei, cells)[0]!;
}

/**
 * Measures the translocation of several reporters in the same cells.
 * @returns one result a reporter, in their order
 * @throws PlaneShapeError (imaging/plane-shape) when the shapes differ
 */
export function measureTranslocations(
  reporters: readonly Plane[],
  dna: Plane,
  nuclei: Labels,
  cells: Labels,
): CellTranslocation[] {
  for (const reporter of reporters) {
    for (const [what, image] of Object.entries({ dna, nuclei, cells })) {
      if (image.width === reporter.width && image.height === reporter.height) continue;
      throw new PlaneShapeError(
        what,
        `${image.height} × ${image.width} pixels`,
        `${reporter.height} × ${reporter.width} pixels as the reporter has`,
      );
    }
  }
  const nucleus = objectPixels(nuclei);
  const cytoplasm = objectPixels(cytoplasmOf(cells, nuclei));
  const cell = objectPixels(cells);
  const dnaMeans = meansOf(dna, cell);
  return reporters.map((reporter) => {
    const { background, noise } = findThreshold(reporter.data, "otsu");
    const scale = planeScale(reporter);
    const inNucleus = meansOf(reporter, nucleus);
    const inCytoplasm = meansOf(reporter, cytoplasm);
    const above = (v: number) => Math.max(v - background, noise);
    const each = (f: (nucleus: number, cytoplasm: number) => number) =>
      inNucleus.map((mean, k) => f(mean, inCytoplasm[k]!));
    return {
      logRatio: each((n, c) => Math.log2(above(n) / above(c))),
      contrast: each((n, c) => (above(n) - above(c)) / (above(n) + above(c))),
      difference: each((n, c) => (n - c) / scale),
      correlation: correlationsOf(reporter, dna, cell, dnaMeans),
    };
  });
}

/**
 * The part of each cell that lies close around its nucleus, the nucleus included. Farther out a cell is thin and dim, and how far it
 * reaches says more about its neighbours than about where a protein is.
 * @param bodies planes that mark the whole cell, inside or outside of the nucleus
 * @param options.ringPx width of the ring; default 0.3 of the typical nucleus' diameter, at least 3
 * @param options.cells how cells are grown; `maxDistancePx` is `ringPx`. Default: dim edges count (threshold factor 0.5)
 * @throws PlaneShapeError (imaging/plane-shape) when the shapes differ
 */
export function cellRings(
  bodies: readonly Plane[],
  nuclei: Labels,
  options: { ringPx?: number; cells?: Omit<SegmentCellsOptions, "maxDistancePx"> } = {},
): Labels {
  const { start } = objectPixels(nuclei);
  const areas = Float64Array.from({ length: nuclei.count }, (_, k) => start[k + 1]! - start[k]!);
  const diameter = Math.sqrt((4 * median(areas)) / Math.PI);
  const maxDistancePx = options.ringPx ?? Math.max(3, 0.3 * (Number.isNaN(diameter) ? 0 : diameter));
  return segmentCells(bodies, nuclei, { thresholdFactor: 0.5, ...options.cells, maxDistancePx });
}

/** A site's cells summed up: medians over the cells that do not lack a compartment. */
export interface SiteTranslocation {
  cellCount: number;
  logRatio: number;
  contrast: number;
  difference: number;
  correlation: number;
}

/**
 * Segments a site and sums up its translocation: the median over cells of each score. NaN without cells.
 *
 * The cytoplasm is a ring around the nucleus, see {@link cellRings}.
 * @param reporter plane of the protein that moves
 * @param dna plane of the nuclei
 * @param options.ringPx width of the ring; default 0.3 of the typical nucleus' diameter, at least 3
 * @param options.nuclei how nuclei are found
 * @param options.cells how cells are grown; `maxDistancePx` is `ringPx`
 */
export function siteTranslocation(
  reporter: Plane,
  dna: Plane,
  options: { ringPx?: number; nuclei?: SegmentNucleiOptions; cells?: Omit<SegmentCellsOptions, "maxDistancePx"> } = {},
): SiteTranslocation {
  const nuclei = segmentNuclei(dna, options.nuclei);
  const cells = cellRings([reporter, dna], nuclei, options);
  const of = measureTranslocation(reporter, dna, nuclei, cells);
  return {
    cellCount: nuclei.count,
    logRatio: median(of.logRatio),
    contrast: median(of.contrast),
    difference: median(of.difference),
    correlation: median(of.correlation),
  };
}

/** Mean of each object's pixels, shape (objects); NaN for an object without pixels. */
function meansOf({ data }: Plane, { start, index }: ObjectPixels): Float64Array {
  return Float64Array.from({ length: start.length - 1 }, (_, k) => {
    let sum = 0;
    for (let p = start[k]!; p < start[k + 1]!; p++) sum += data[index[p]!]!;
    return sum / (start[k + 1]! - start[k]!);
  });
}

function correlationsOf(a: Plane, b: Plane, pixels: ObjectPixels, meanB: Float64Array): Float64Array {
  const { start, index } = pixels;
  const meanA = meansOf(a, pixels);
  return meanA.map((mean, k) => {
    let ab = 0;
    let aa = 0;
    let bb = 0;
    for (let p = start[k]!; p < start[k + 1]!; p++) {
      const u = a.data[index[p]!]! - mean;
      const v = b.data[index[p]!]! - meanB[k]!;
      ab += u * v;
      aa += u * u;
      bb += v * v;
    }
    return aa > 0 && bb > 0 ? ab / Math.sqrt(aa * bb) : Number.NaN;
  });
}

function median(values: Float64Array): number {
  const known = values.filter((v) => !Number.isNaN(v)).sort();
  const n = known.length;
  return n === 0 ? Number.NaN : (known[(n - 1) >> 1]! + known[n >> 1]!) / 2;
}
