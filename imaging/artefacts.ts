import { blobsOf, darkDiscOf } from "./artefact-shapes.ts";
import { commonShape, type Plane, planeScale } from "./plane.ts";

/** One channel of a site with its name. */
export interface NamedPlane {
  readonly name: string;
  readonly plane: Plane;
}

/** Artefacts are large: they are sought on block means, about this many blocks to the shorter side of a site. */
const BLOCKS = 135;
/** Side of the cells, in blocks, in which the background is taken. */
const CELL_BLOCKS = 9;
/** A cell is dark below this share of the site's median background. */
const DARK = 0.9;
/** Signal below this many grains is noise and shading. */
const NOISE = 25;

/**
 * Measures what the artefacts of a site show up in, on block means (4 × 4 pixels for a 540-pixel site). Keys:
 *
 * - `Background_<channel>`: 10 % quantile, grey scaled to 0…1
 * - `Signal_<channel>`: 99.8 % quantile less the background, 0…1
 * - `Grain_<channel>`: median difference between neighbouring blocks where there is no signal: the noise floor, 0…1
 * - `Coverage_<channel>`: share of the site that is brighter than background + 30 % of the signal
 * - `LargestBlob_<channel>`, `TypicalBlob_<channel>`: area of the largest and the median connected bright region, as shares of the site
 * - `LargestBlobShine_<channel>`: mean signal of that largest region, 0…1
 * - `LargestBlobEdge_<channel>`: how steeply it ends, as a share of its signal a block: below 0.2 it is out of focus
 * - `DarkDisc`: share of the site under a dark region that all channels have in common, 0 when there is none
 * - `DarkDiscLevel_<channel>`: background within that region, 0…1; NaN when there is none
 * - `DarkDiscRoundness`: overlap of that region with the disc of equal area, 0…1
 *
 * @param channels planes of one site, of equal shape (height, width)
 * @throws PlaneShapeError (imaging/plane-shape)
 */
export function measureArtefacts(channels: readonly NamedPlane[]): Record<string, number> {
  const { width, height } = commonShape(channels.map(({ plane }) => plane));
  const side = Math.max(1, Math.floor(Math.min(width, height) / BLOCKS));
  const columns = Math.floor(width / side);
  const rows = Math.floor(height / side);
  const evidence: Record<string, number> = {};
  const grounds: { name: string; levels: Float32Array; dark: Uint8Array }[] = [];
  for (const { name, plane } of channels) {
    const blocks = blockMeans(plane, side, columns, rows);
    const sample = blocks.filter((_, i) => i % 3 === 0).sort();
    const background = sample[Math.floor(0.1 * (sample.length - 1))] ?? 0;
    const signal = (sample[Math.floor(0.998 * (sample.length - 1))] ?? 0) - background;
    const threshold = background + 0.3 * signal;
    const grain = grainOf(blocks, columns, background + 0.1 * signal);
    const blobs = blobsOf(blocks, columns, rows, signal > NOISE * grain ? threshold : Number.POSITIVE_INFINITY);
    evidence[`Background_${name}`] = background;
    evidence[`Signal_${name}`] = signal;
    evidence[`Grain_${name}`] = grain;
    evidence[`Coverage_${name}`] = blobs.covered / blocks.length;
    evidence[`LargestBlob_${name}`] = blobs.largest / blocks.length;
    evidence[`TypicalBlob_${name}`] = blobs.typical / blocks.length;
    const shine = blobs.largest === 0 ? 0 : blobs.shine - background;
    evidence[`LargestBlobShine_${name}`] = shine;
    evidence[`LargestBlobEdge_${name}`] = shine > 0 ? blobs.edge / shine : 0;
    const levels = groundLevels(blocks, columns, rows);
    grounds.push({ name, levels, dark: darkCells(levels, Math.max(5 * grain, 1.5 / planeScale(plane))) });
  }
  const disc = darkDiscOf(
    grounds.map(({ dark }) => dark),
    Math.floor(columns / CELL_BLOCKS),
  );
  evidence.DarkDisc = disc.share;
  evidence.DarkDiscRoundness = disc.roundness;
  for (const { name, levels } of grounds) {
    evidence[`DarkDiscLevel_${name}`] = disc.cells.reduce((sum, cell) => sum + levels[cell]!, 0) / disc.cells.length;
  }
  return evidence;
}

/** Mean grey of each block of side × side pixels, scaled to 0…1; shape (rows, columns). Pixels left over at the far edges are not used. */
function blockMeans(plane: Plane, side: number, columns: number, rows: number): Float32Array {
  const { data, width } = plane;
  const blocks = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    for (let y = row * side; y < (row + 1) * side; y++) {
      let at = y * width;
      for (let column = 0; column < columns; column++) {
        let sum = 0;
        for (const end = at + side; at < end; at++) sum += data[at]!;
        blocks[row * columns + column]! += sum;
      }
    }
  }
  const share = 1 / (side * side * planeScale(plane));
  for (let i = 0; i < blocks.length; i++) blocks[i]! *= share;
  return blocks;
}

/** Median difference between horizontal neighbours among the blocks darker than a limit. */
function grainOf(blocks: Float32Array, columns: number, limit: number): number {
  const differences: number[] = [];
  for (let i = 0; i + 1 < blocks.length; i += 5) {
    if (i % columns === columns - 1 || blocks[i]! > limit || blocks[i + 1]! > limit) continue;
    differences.push(Math.abs(blocks[i + 1]! - blocks[i]!));
  }
  differences.sort((a, b) => a - b);
  return differences[Math.floor(differences.length / 2)] ?? 0;
}

/** Background in each cell of CELL_BLOCKS² blocks: its third darkest block. */
function groundLevels(blocks: Float32Array, columns: number, rows: number): Float32Array {
  const across = Math.floor(columns / CELL_BLOCKS);
  const down = Math.floor(rows / CELL_BLOCKS);
  const levels = new Float32Array(across * down);
  for (let cell = 0; cell < levels.length; cell++) {
    const top = Math.floor(cell / across) * CELL_BLOCKS;
    const left = (cell % across) * CELL_BLOCKS;
    let first = Number.POSITIVE_INFINITY;
    let second = first;
    let third = first;
    for (let y = top; y < top + CELL_BLOCKS; y++) {
      for (let x = left; x < left + CELL_BLOCKS; x++) {
        const value = blocks[y * columns + x]!;
        if (value >= third) continue;
        third = value < second ? second : value;
        if (value >= second) continue;
        second = value < first ? first : value;
        if (value < first) first = value;
      }
    }
    levels[cell] = third;
  }
  return levels;
}

/**
 * Cells whose background is darker than that of most cells: 1 where so.
 * @param step smallest difference that is not noise
 */
function darkCells(levels: Float32Array, step: number): Uint8Array {
  const median = levels.slice().sort()[Math.floor(levels.length / 2)] ?? 0;
  return Uint8Array.from(levels, (level) => (level < DARK * median && level < median - step ? 1 : 0));
}
