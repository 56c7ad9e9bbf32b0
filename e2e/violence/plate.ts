import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tableFromRows, writeCsv } from "@artesian/data";
import { designScreen, type Plane, renderSite, screenMetadata, writeTiff } from "@artesian/imaging";

/** A plate of a few simulated wells, as an instrument would leave it. */
export interface SmallPlate {
  wells: string[];
  channels: readonly string[];
  /** The metadata sheet, one row a well. */
  sheet: string;
  /** File name → the whole file, in the order of wells and channels. */
  images: Map<string, Uint8Array>;
  /** The planes behind the images of a well, in the order of the channels. */
  planes(well: string): readonly Plane[];
}

const SIZE_PX = 160;

/** Name of an image as the simulated instrument gives it. */
export function imageName(well: string, channel: string): string {
  return `P1_${well}_s1_${channel}.tif`;
}

/**
 * Simulates one plate with healthy, disease and treated wells, one site a well, six channels of 160 px.
 * @param wells how many, at least 8 for an analysis with hits
 */
export function smallPlate(wells = 8, seed = 7): SmallPlate {
  const design = designScreen({
    seed,
    plates: 1,
    sites: 1,
    sizePx: SIZE_PX,
    healthyWells: 3,
    diseaseWells: 3,
    genes: [],
    dosesUm: [0.1, 10],
  });
  const all = design.plates[0]?.wells ?? [];
  const controls = all.filter(({ role }) => role === "healthy" || role === "disease");
  const others = all.filter((well) => !controls.includes(well));
  const chosen = [...controls, ...others].slice(0, wells).map(({ well }) => well);
  const rendered = new Map(chosen.map((well) => [well, renderSite(design, "P1", well, 1).planes]));
  const images = new Map<string, Uint8Array>();
  for (const [well, planes] of rendered) {
    planes.forEach((plane, index) => {
      images.set(imageName(well, design.channels[index] ?? ""), writeTiff(plane));
    });
  }
  const rows = screenMetadata(design).filter(({ well }) => rendered.has(well));
  return {
    wells: chosen,
    channels: design.channels,
    sheet: writeCsv(tableFromRows(rows.map((row) => ({ ...row })))),
    images,
    planes: (well) => rendered.get(well) ?? [],
  };
}

/** Writes files by name into a folder, which is made. */
export function layDown(folder: string, files: Iterable<readonly [string, Uint8Array]>): void {
  mkdirSync(folder, { recursive: true });
  for (const [name, bytes] of files) writeFileSync(join(folder, name), bytes);
}
