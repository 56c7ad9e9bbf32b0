import { PHENOTYPE_PARAMETERS, type Phenotype, type PhenotypeParameter } from "./simulate-phenotype.ts";
import type { RandomStream } from "./simulate-random.ts";

/** Directions in which an outline is known: outlines are radii over the angle, seen from the middle of the nucleus. */
export const DIRECTIONS = 512;

/** One cell of a site, all lengths in pixels. */
export interface SimulatedCell {
  readonly x: number;
  readonly y: number;
  /** Its own parameters, in standard deviations between healthy cells. */
  readonly parameters: Phenotype;
  /** Radius of the cell in each direction; never reaches into a neighbour. */
  readonly cellRadius: Float32Array;
  /** Radius of the nucleus in each direction, inside of the cell's. */
  readonly nucleusRadius: Float32Array;
  /** Long axis, in radians. */
  readonly axis: number;
  /** Dividing: round, condensed, bright in DNA. */
  readonly mitotic: boolean;
}

const at = Object.fromEntries(PHENOTYPE_PARAMETERS.map((name, index) => [name, index])) as Record<
  PhenotypeParameter,
  number
>;

/** Value of a parameter in a phenotype vector, kept where painting it still makes sense. */
export function parameter(phenotype: Phenotype, name: PhenotypeParameter): number {
  return Math.max(-4, Math.min(4, phenotype[at[name]] ?? 0));
}

/**
 * Seeds the cells of a site: places apart from each other, each cell its own draw around the well's phenotype, outlines lobed and cut
 * at the territories of the neighbours.
 * @param phenotype the well's, of length PHENOTYPE_PARAMETERS
 * @param sizePx width and height of the site; cells are seeded a little beyond, so that some are cut by the border
 */
export function seedCells(phenotype: Phenotype, sizePx: number, random: RandomStream): SimulatedCell[] {
  const margin = 24;
  const side = sizePx + 2 * margin;
  const crowd = Math.exp(0.13 * parameter(phenotype, "density") + 0.05 * random.normal());
  const wanted = Math.round((31 * crowd * (side * side)) / (540 * 540));
  const places = scatter(wanted, side, random).map(([x, y]) => [x - margin, y - margin] as const);
  const drafts = places.map(([x, y]) => {
    const parameters = phenotype.map((value) => value + clamped(random.normal()));
    const mitotic = random.uniform() < 0.025;
    const axis = random.between(0, Math.PI);
    const size = 34 * Math.exp(0.1 * parameter(parameters, "cellArea")) * (mitotic ? 0.55 : 1);
    return { x, y, parameters, mitotic, axis, size };
  });
  return drafts.map((draft) => {
    const cellRadius = mitoticOr(draft.mitotic, draft.size, () => lobedOutline(draft, random));
    for (const other of drafts) if (other !== draft) cutAtNeighbour(cellRadius, draft, other);
    const nucleusRadius = nucleusOutline(draft, cellRadius, random);
    return { ...draft, cellRadius, nucleusRadius };
  });
}

function clamped(normal: number): number {
  return Math.max(-2.5, Math.min(2.5, normal));
}

/** Places in a square, apart from each other and in loose groups: each takes the better of some tries, near an earlier one half of the time. */
function scatter(count: number, side: number, random: RandomStream): [number, number][] {
  const places: [number, number][] = [];
  let apart = 48;
  for (let tries = 0; places.length < count && tries < count * 60; tries++) {
    if (tries % (count * 10) === count * 10 - 1) apart *= 0.9;
    const mother = random.uniform() < 0.45 ? places[random.below(places.length)] : undefined;
    const angle = random.between(0, 2 * Math.PI);
    const distance = random.between(48, 85);
    const x = mother === undefined ? random.between(0, side) : mother[0] + distance * Math.cos(angle);
    const y = mother === undefined ? random.between(0, side) : mother[1] + distance * Math.sin(angle);
    if (x < 0 || y < 0 || x >= side || y >= side) continue;
    if (places.every(([px, py]) => (px - x) ** 2 + (py - y) ** 2 > apart * apart)) places.push([x, y]);
  }
  return places;
}

function mitoticOr(mitotic: boolean, size: number, otherwise: () => Float32Array): Float32Array {
  return mitotic ? new Float32Array(DIRECTIONS).fill(size) : otherwise();
}

/** A cell spread between a few anchor points: edges between anchors are straight or bent inward, as attached cells are. */
function lobedOutline(
  draft: { parameters: Phenotype; axis: number; size: number },
  random: RandomStream,
): Float32Array {
  const stretch = Math.exp(0.16 + 0.13 * parameter(draft.parameters, "cellElongation"));
  const anchors = 4 + random.below(4);
  const angles: number[] = [];
  const radii: number[] = [];
  const bends: number[] = [];
  const turn = random.between(0, 2 * Math.PI);
  for (let k = 0; k < anchors; k++) {
    const angle = turn + ((k + random.between(-0.28, 0.28)) * 2 * Math.PI) / anchors;
    const along = Math.cos(angle - draft.axis) * stretch;
    const across = Math.sin(angle - draft.axis) / stretch;
    angles.push(angle);
    radii.push(draft.size * 1.12 * Math.hypot(along, across) * Math.exp(0.17 * random.normal()));
    bends.push(random.between(-0.22, 0.16));
  }
  const outline = new Float32Array(DIRECTIONS);
  const ruffle = [random.between(0, 6.3), random.between(0, 6.3), random.between(0.005, 0.025)] as const;
  for (let k = 0; k < anchors; k++) {
    const from = angles[k]!;
    const to = k + 1 < anchors ? angles[k + 1]! : angles[0]! + 2 * Math.PI;
    const width = to - from;
    const ra = radii[k]!;
    const rb = radii[(k + 1) % anchors]!;
    const steps = Math.ceil((width / (2 * Math.PI)) * DIRECTIONS) + 1;
    for (let s = 0; s <= steps; s++) {
      const t = s / steps;
      const chord = (ra * rb * Math.sin(width)) / (ra * Math.sin(t * width) + rb * Math.sin((1 - t) * width));
      const arc = ra + (rb - ra) * t;
      const straight = width < 2.4 && chord > 0 ? 0.7 * chord + 0.3 * arc : arc;
      const angle = from + t * width;
      const ruffled = 1 + ruffle[2] * (Math.sin(17 * angle + ruffle[0]) + Math.sin(29 * angle + ruffle[1]));
      outline[directionOf(angle)] = straight * (1 + bends[k]! * Math.sin(Math.PI * t)) * ruffled;
    }
  }
  return rounded(outline, 7);
}

function directionOf(angle: number): number {
  const turns = angle / (2 * Math.PI);
  return Math.floor((turns - Math.floor(turns)) * DIRECTIONS) & (DIRECTIONS - 1);
}

/** Moving mean over the outline, which also fills directions that no segment hit. */
function rounded(outline: Float32Array, reach: number): Float32Array {
  const out = new Float32Array(DIRECTIONS);
  for (let i = 0; i < DIRECTIONS; i++) {
    let sum = 0;
    let count = 0;
    for (let k = -reach; k <= reach; k++) {
      const value = outline[(i + k) & (DIRECTIONS - 1)]!;
      if (value <= 0) continue;
      sum += value;
      count++;
    }
    out[i] = count === 0 ? 0 : sum / count;
  }
  return out;
}

/** Ends an outline at the line that splits the way to a neighbour by their sizes: both cells use the same line, so none overlap. */
function cutAtNeighbour(
  outline: Float32Array,
  own: { x: number; y: number; size: number },
  other: { x: number; y: number; size: number },
): void {
  const dx = other.x - own.x;
  const dy = other.y - own.y;
  const distance = Math.hypot(dx, dy);
  if (distance > 260) return;
  const line = (distance * own.size) / (own.size + other.size) - 0.4;
  const towards = Math.atan2(dy, dx);
  for (let i = 0; i < DIRECTIONS; i++) {
    const facing = Math.cos(((i + 0.5) * 2 * Math.PI) / DIRECTIONS - towards);
    if (facing > 0.05) outline[i] = Math.min(outline[i]!, line / facing);
  }
}

/** An oval, often with a dent, of about 11 pixels radius; kept a few pixels inside of the cell. */
function nucleusOutline(
  draft: { parameters: Phenotype; axis: number; mitotic: boolean },
  cellRadius: Float32Array,
  random: RandomStream,
): Float32Array {
  const size = 11.4 * Math.exp(0.065 * parameter(draft.parameters, "nucleusArea")) * (draft.mitotic ? 0.72 : 1);
  const stretch = Math.exp(0.13 + 0.07 * parameter(draft.parameters, "nucleusElongation"));
  const axis = draft.axis + 0.4 * random.normal();
  const dent = random.uniform() < 0.45 ? random.between(0.12, 0.34) : 0;
  const dentAt = axis + Math.PI / 2 + (random.uniform() < 0.5 ? Math.PI : 0) + 0.3 * random.normal();
  const wave = [
    random.between(0, 6.3),
    random.between(0, 0.045),
    random.between(0, 6.3),
    random.between(0, 0.03),
  ] as const;
  const outline = new Float32Array(DIRECTIONS);
  for (let i = 0; i < DIRECTIONS; i++) {
    const angle = ((i + 0.5) * 2 * Math.PI) / DIRECTIONS;
    const along = Math.cos(angle - axis) / stretch;
    const across = Math.sin(angle - axis) * stretch;
    const facing = Math.cos(angle - dentAt);
    const shape =
      (1 - dent * Math.exp((facing - 1) * 5)) *
      (1 + wave[1] * Math.sin(3 * angle + wave[0]) + wave[3] * Math.sin(5 * angle + wave[2]));
    outline[i] = Math.min((size * shape) / Math.hypot(along, across), Math.max(2, cellRadius[i]! - 3));
  }
  return rounded(outline, 3);
}
