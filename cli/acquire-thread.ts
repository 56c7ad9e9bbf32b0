import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { parentPort, workerData } from "node:worker_threads";
import { acquisitionOrder, renderSite, type ScreenDesign, writeTiff } from "@artesian/imaging";

/** What the simulated microscope is told. */
export interface AcquisitionOptions {
  design: ScreenDesign;
  folder: string;
  /** Shortest time between two sites, ms; a microscope needs time to move. */
  everyMs: number;
}

// A microscope: takes one site after the other and writes each channel's image under its final name when it is whole.
const { design, folder, everyMs } = workerData as AcquisitionOptions;
const started = Date.now();
let taken = 0;
for (const { plate, well, site } of acquisitionOrder(design)) {
  const { planes } = renderSite(design, plate, well, site);
  await setTimeout(Math.max(0, started + taken * everyMs - Date.now()));
  mkdirSync(join(folder, plate), { recursive: true });
  planes.forEach((plane, index) => {
    const path = join(folder, plate, `${plate}_${well}_s${site}_${design.channels[index]}.tif`);
    writeFileSync(`${path}.part`, writeTiff(plane));
    renameSync(`${path}.part`, path);
  });
  taken++;
  parentPort?.postMessage({ taken });
}
