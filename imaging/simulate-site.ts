import { ScreenDesignError } from "./errors.ts";
import type { Labels } from "./labels.ts";
import type { Plane } from "./plane.ts";
import { type SimulatedCell, seedCells } from "./simulate-cell.ts";
import { type ScreenDesign, wellDesign } from "./simulate-design.ts";
import { blowBubble, lookThrough, paintDebris, saturatingGain } from "./simulate-fault-paint.ts";
import type { InjectedFault } from "./simulate-faults.ts";
import { defocus, expose, sharpPsf } from "./simulate-optics.ts";
import { paintCell, type SiteCanvas } from "./simulate-paint.ts";
import { randomStream } from "./simulate-random.ts";
import { textures } from "./simulate-texture.ts";
import { type WellTruth, wellTruth } from "./simulate-well.ts";

export interface SimulatedSite {
  /** One 16-bit plane per channel of the design, in its order. */
  readonly planes: Plane[];
  readonly truth: {
    /** 0 is background, 1 … count are the cells; numbers are shared by both label images. */
    readonly nuclei: Labels;
    readonly cells: Labels;
    /** Each labelled cell's middle and own parameters, in the order of the labels. */
    readonly cellParameters: readonly Pick<SimulatedCell, "x" | "y" | "parameters" | "mitotic">[];
    readonly well: WellTruth;
    /** Faults that this site was given. */
    readonly faults: readonly InjectedFault[];
  };
}

/** Even light of each channel in counts, and the share that scatters widely. */
const BACKGROUND = [170, 90, 120, 140, 260, 80];
const SCATTER = [0.04, 0.06, 0.06, 0.06, 0.08, 0.06];

/** Standard deviation of the blur of a site out of focus, in pixels. */
const DEFOCUS_PX = 5;

/**
 * Renders one site of a screen: cells, optics, camera and the site's faults. Each site has random streams of its own, so that any site
 * renders alone and always the same.
 * @param site number of the site, from 1
 * @throws ScreenDesignError (imaging/screen-design) when plate, well or site is not in the design
 * @example renderSite(designScreen({ seed: 7 }), "P1", "C05", 1).planes.length // 6
 */
export function renderSite(design: ScreenDesign, plateId: string, well: string, site: number): SimulatedSite {
  wellDesign(design, plateId, well);
  if (!Number.isInteger(site) || site < 1 || site > design.sites) {
    throw new ScreenDesignError("site", String(site), `1 to ${design.sites}`);
  }
  const { sizePx } = design;
  const truth = wellTruth(design, plateId, well);
  const faults = design.truth.faults.filter(
    (fault) => fault.plate === plateId && fault.well === well && (fault.site ?? site) === site,
  );
  const has = (label: InjectedFault["label"], channel?: string): boolean =>
    faults.some(
      (fault) => fault.label === label && (channel === undefined || (fault.channels?.includes(channel) ?? true)),
    );
  const name = `${plateId}/${well}/site ${site}`;
  const random = randomStream(design.seed, name);
  const faultRandom = randomStream(design.seed, `${name}/faults`);

  const canvas = emptyCanvas(sizePx);
  const cells = has("empty-well") ? [] : seedCells(truth.actual, sizePx, random);
  const seen = paintCells(canvas, cells, random);
  if (has("debris")) paintDebris(canvas, faultRandom);

  const scratch = new Float32Array(sizePx);
  const bubble = has("bubble") ? blowBubble(sizePx, faultRandom) : undefined;
  const planes = canvas.light.map((plane, c): Plane => {
    const channel = design.channels[c] ?? "";
    if (has("defocus")) defocus(plane, sizePx, DEFOCUS_PX * (0.85 + 0.3 * faultRandom.uniform()));
    else sharpPsf(plane, sizePx, scratch);
    const dark = has("dead-lamp", channel);
    const over = has("saturation", channel) ? saturatingGain(plane) : 1;
    const gain = dark ? 0 : (truth.gains[c] ?? 1) * over;
    let background = dark ? 0 : (BACKGROUND[c] ?? 100) * (truth.backgrounds[c] ?? 1) * over;
    if (bubble !== undefined && gain > 0) {
      for (let i = 0; i < plane.length; i++) plane[i]! += background / gain;
      lookThrough(bubble, plane, sizePx);
      background = 0;
    }
    const data = expose(plane, sizePx, { gain, background, scatter: SCATTER[c] ?? 0.06 }, random);
    return { data, width: sizePx, height: sizePx, bitDepth: 16 };
  });
  for (const { label, channels } of faults) {
    if (label !== "channel-swap") continue;
    const [a, b] = (channels ?? []).map((channel) => design.channels.indexOf(channel));
    if (a === undefined || b === undefined) continue;
    [planes[a], planes[b]] = [planes[b]!, planes[a]!];
  }
  const labels = (data: Uint16Array): Labels => ({ data, width: sizePx, height: sizePx, count: seen.length });
  return {
    planes,
    truth: {
      nuclei: labels(canvas.nuclei),
      cells: labels(canvas.cells),
      cellParameters: seen.map(({ x, y, parameters, mitotic }) => ({ x, y, parameters, mitotic })),
      well: truth,
      faults,
    },
  };
}

/** Paints the cells that reach into the site; those whose nucleus is seen are numbered 1 … and returned. */
function paintCells(
  canvas: SiteCanvas,
  cells: readonly SimulatedCell[],
  random: ReturnType<typeof randomStream>,
): SimulatedCell[] {
  const { sizePx, nuclei, cells: bodies } = canvas;
  const tiles = textures();
  cells.forEach((cell, index) => {
    paintCell(canvas, cell, index + 1, tiles, random);
  });
  const newNumber = new Uint16Array(cells.length + 1);
  const seen: SimulatedCell[] = [];
  for (let i = 0; i < sizePx * sizePx; i++) {
    const number = nuclei[i]!;
    if (number === 0 || newNumber[number] !== 0) continue;
    seen.push(cells[number - 1]!);
    newNumber[number] = seen.length;
  }
  for (let i = 0; i < sizePx * sizePx; i++) {
    nuclei[i] = newNumber[nuclei[i]!]!;
    bodies[i] = newNumber[bodies[i]!]!;
  }
  return seen;
}

let canvasLight: { sizePx: number; light: SiteCanvas["light"] } | undefined;

/** A dark canvas. The light planes are scratch that the next site takes over; the labels are new. */
function emptyCanvas(sizePx: number): SiteCanvas {
  const pixels = sizePx * sizePx;
  if (canvasLight?.sizePx !== sizePx) {
    const plane = (): Float32Array => new Float32Array(pixels);
    canvasLight = { sizePx, light: [plane(), plane(), plane(), plane(), plane(), plane()] };
  }
  for (const plane of canvasLight.light) plane.fill(0);
  return { sizePx, light: canvasLight.light, nuclei: new Uint16Array(pixels), cells: new Uint16Array(pixels) };
}
