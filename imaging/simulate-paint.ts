import { DIRECTIONS, parameter, type SimulatedCell } from "./simulate-cell.ts";
import type { PHENOTYPE_PARAMETERS } from "./simulate-phenotype.ts";
import type { RandomStream } from "./simulate-random.ts";
import { type Textures, TILE } from "./simulate-texture.ts";

/** Light of a site before the optics: one float plane of shape (sizePx, sizePx) per channel, in camera counts, and the true labels. */
export interface SiteCanvas {
  readonly sizePx: number;
  /** DNA, ER, RNA, AGP, Mito, Golgi. */
  readonly light: readonly [Float32Array, Float32Array, Float32Array, Float32Array, Float32Array, Float32Array];
  /** Number of the nucleus, 0 outside; shape (sizePx, sizePx). */
  readonly nuclei: Uint16Array;
  /** Number of the cell, 0 outside; shape (sizePx, sizePx). */
  readonly cells: Uint16Array;
}

const MASK = TILE - 1;
const PER_RADIAN = DIRECTIONS / (2 * Math.PI);

/**
 * Paints one cell into all channels. Brightness follows thickness (high over the nucleus, thin at the rim) times each organelle's
 * distribution; textures are laid under the cell at its own turn and offset.
 * @param number label of the cell, from 1
 */
export function paintCell(
  canvas: SiteCanvas,
  cell: SimulatedCell,
  number: number,
  tiles: Textures,
  random: RandomStream,
): void {
  const { sizePx, light, nuclei, cells } = canvas;
  const [dna, er, rna, agp, mito, golgi] = light;
  const p = (name: (typeof PHENOTYPE_PARAMETERS)[number]): number => parameter(cell.parameters, name);
  const reach = cell.cellRadius.reduce((most, radius) => Math.max(most, radius), 0) + 1;
  const x0 = Math.max(0, Math.floor(cell.x - reach));
  const x1 = Math.min(sizePx - 1, Math.ceil(cell.x + reach));
  const y0 = Math.max(0, Math.floor(cell.y - reach));
  const y1 = Math.min(sizePx - 1, Math.ceil(cell.y + reach));
  const turn = cell.mitotic ? random.between(0, 6.3) : cell.axis;
  const cos = Math.cos(turn);
  const sin = Math.sin(turn);
  const offX = random.below(TILE);
  const offY = random.below(TILE);

  const condensed = cell.mitotic ? 1.9 : 1;
  const dnaLevel = 11900 * Math.exp(0.11 * p("dnaIntensity")) * condensed;
  const grain = cell.mitotic ? 0.28 : 0.11 * Math.exp(0.3 * p("chromatinTexture"));
  const rounded = cell.mitotic ? 1.5 : 1;
  const erLevel = 13500 * Math.exp(0.14 * p("erIntensity")) * rounded;
  const rnaLevel = 9500 * Math.exp(0.13 * p("rnaIntensity")) * rounded;
  const agpLevel = 5200 * Math.exp(0.13 * p("agpIntensity")) * rounded;
  const mitoLevel = 13000 * Math.exp(0.14 * p("mitoIntensity") + 0.15 * p("mitoPerinuclear"));
  const golgiLevel = 1900 * Math.exp(0.1 * p("golgiIntensity"));
  const fibres = 0.17 * Math.exp(0.33 * p("actinFibres"));
  const fragmented = 1 / (1 + Math.exp(1.2 - 1.1 * p("mitoFragmentation")));
  const erNear = nearNucleus(0.8 * Math.exp(0.25 * p("erPerinuclear")), 11);
  const mitoNear = nearNucleus(4 * Math.exp(0.3 * p("mitoPerinuclear")), 11 * Math.exp(-0.3 * p("mitoPerinuclear")));
  const domed = nearNucleus(1.3, 14);
  const rim = rimProfile();

  for (let y = y0; y <= y1; y++) {
    const dy = y + 0.5 - cell.y;
    for (let x = x0; x <= x1; x++) {
      const dx = x + 0.5 - cell.x;
      const r = Math.sqrt(dx * dx + dy * dy);
      if (r >= reach) continue;
      const direction = (Math.atan2(dy, dx) * PER_RADIAN + DIRECTIONS) & (DIRECTIONS - 1);
      const outer = cell.cellRadius[direction]!;
      const inside = outer - r;
      if (inside <= -0.5) continue;
      const cover = inside >= 0.5 ? 1 : inside + 0.5;
      const i = y * sizePx + x;
      const nuclear = cell.nucleusRadius[direction]! - r;
      const nucleusCover = nuclear >= 0.5 ? 1 : nuclear <= -0.5 ? 0 : nuclear + 0.5;
      if (inside > 0) {
        cells[i] = number;
        if (nuclear > 0) nuclei[i] = number;
      }
      const u = (dx * cos + dy * sin + offX + TILE) & MASK;
      const v = (dy * cos - dx * sin + offY + TILE) & MASK;
      const texel = v * TILE + u;
      const far = r / outer;
      const body = Math.max(0, 1 - far * far);
      const away = nuclear < 0 ? Math.min(127, -nuclear | 0) : 0;
      const mottle = tiles.mottle[texel]!;
      const patch = Math.max(0.2, Math.min(1.8, 1 + 0.4 * tiles.mottle[u * TILE + v]!));
      const thick = cover * (0.1 + 0.9 * body * Math.sqrt(body)) * domed[away]! * (1 + 0.12 * mottle);
      const outside = 1 - nucleusCover;
      const edge = inside < 8 ? cover * rim[Math.max(0, (inside * 4) | 0)]! * patch : 0;
      const net = tiles.net[texel]!;
      const bundles = Math.min(2.6, tiles.fibres[texel]!) * patch;
      const organelles = Math.min(3, (1 - fragmented) * tiles.threads[texel]! + fragmented * tiles.grains[texel]!);

      const lens = 0.8 + 0.25 * Math.min(1, nuclear / 9);
      dna[i]! += nucleusCover * dnaLevel * lens * (1 + grain * tiles.chromatin[texel]!) + 70 * thick;
      er[i]! += erLevel * thick * erNear[away]! * (0.45 + 0.55 * net) * (1 - 0.35 * nucleusCover);
      rna[i]! += rnaLevel * thick * (0.8 + 0.2 * net) * (1 - 0.3 * nucleusCover);
      agp[i]! += agpLevel * (0.72 * thick + 0.3 * edge + fibres * bundles * thick * outside);
      mito[i]! +=
        mitoLevel * cover * mitoNear[away]! * body * patch * (0.2 + 0.8 * organelles) * (1 - 0.75 * nucleusCover);
      golgi[i]! += golgiLevel * (thick + 0.25 * edge);
    }
  }
  if (!cell.mitotic) {
    paintNucleoli(canvas, cell, rnaLevel, random);
    paintGolgi(canvas, cell, random);
  }
}

/** How much more there is beside the nucleus than far away: falls from about 1 to 1 / (1 + gain); indexed by whole pixels of distance. */
function nearNucleus(gain: number, reachPx: number): Float32Array {
  return Float32Array.from({ length: 128 }, (_, d) => (1 + gain * Math.exp(-d / reachPx)) / (1 + gain));
}

let rimTable: Float32Array | undefined;

/** Membrane and cortical actin: bright within two pixels of the cell's border; indexed by quarter pixels. */
function rimProfile(): Float32Array {
  rimTable ??= Float32Array.from({ length: 33 }, (_, q) => Math.exp(-(((q / 4 - 1.5) / 1.8) ** 2)));
  return rimTable;
}

/** Adds a round spot of light to a plane. */
export function paintSpot(
  plane: Float32Array,
  sizePx: number,
  x: number,
  y: number,
  sigma: number,
  peak: number,
): void {
  const reach = Math.ceil(3 * sigma);
  const cx = Math.floor(x);
  const cy = Math.floor(y);
  const scale = -1 / (2 * sigma * sigma);
  for (let py = Math.max(0, cy - reach); py <= Math.min(sizePx - 1, cy + reach); py++) {
    for (let px = Math.max(0, cx - reach); px <= Math.min(sizePx - 1, cx + reach); px++) {
      const distance = (px + 0.5 - x) ** 2 + (py + 0.5 - y) ** 2;
      plane[py * sizePx + px]! += peak * Math.exp(distance * scale);
    }
  }
}

/** Two to five nucleoli: bright in RNA, darker in DNA. */
function paintNucleoli(canvas: SiteCanvas, cell: SimulatedCell, rnaLevel: number, random: RandomStream): void {
  const size = Math.exp(0.2 * parameter(cell.parameters, "nucleoliSize"));
  const count = 2 + random.below(3);
  for (let k = 0; k < count; k++) {
    const angle = random.between(0, 2 * Math.PI);
    const radius = cell.nucleusRadius[directionOf(angle)]! * 0.68 * Math.sqrt(random.uniform());
    const x = cell.x + radius * Math.cos(angle);
    const y = cell.y + radius * Math.sin(angle);
    const sigma = random.between(1.2, 1.9) * size;
    paintSpot(canvas.light[2], canvas.sizePx, x, y, sigma, 0.75 * rnaLevel);
    paintSpot(canvas.light[0], canvas.sizePx, x, y, sigma, -2400);
  }
}

/** A cap of vesicles on one side of the nucleus; dispersed, it spreads around the nucleus and outward. A fainter image of it shows in AGP. */
function paintGolgi(canvas: SiteCanvas, cell: SimulatedCell, random: RandomStream): void {
  const { sizePx, light } = canvas;
  const dispersion = Math.exp(0.42 * parameter(cell.parameters, "golgiDispersion"));
  const level = 4300 * Math.exp(0.14 * parameter(cell.parameters, "golgiIntensity"));
  const side = random.between(0, 2 * Math.PI);
  const count = 20;
  for (let k = 0; k < count; k++) {
    const angle = side + 0.5 * dispersion * random.normal();
    const direction = directionOf(angle);
    const nucleus = cell.nucleusRadius[direction]!;
    const room = cell.cellRadius[direction]! - nucleus;
    if (room < 3) continue;
    const radius = nucleus + Math.min(0.8 * room, 2 + 3.6 * dispersion * Math.abs(random.normal()));
    const x = cell.x + radius * Math.cos(angle);
    const y = cell.y + radius * Math.sin(angle);
    const sigma = random.between(1.1, 2);
    const peak = level * random.between(0.5, 1.2);
    paintSpot(light[5], sizePx, x, y, sigma, peak);
    paintSpot(light[3], sizePx, x, y, sigma, 0.12 * peak);
  }
}

function directionOf(angle: number): number {
  const turns = angle / (2 * Math.PI);
  return Math.floor((turns - Math.floor(turns)) * DIRECTIONS) & (DIRECTIONS - 1);
}
