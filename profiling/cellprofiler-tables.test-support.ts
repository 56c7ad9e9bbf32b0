import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { seededRandom } from "@artesian/numerics";

/** A folder of files, by name. */
export function folderOf(files: Readonly<Record<string, string | Uint8Array>>): string {
  const folder = mkdtempSync(join(tmpdir(), "artesian-collate-"));
  for (const [name, content] of Object.entries(files)) {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
  }
  return folder;
}

export interface Site {
  well: string;
  site: number;
  cells: number;
}

export const FEATURES = ["AreaShape_Area", "Intensity_Mean_DNA", "Texture_Contrast_ER_3_00_256"];

/** Objects of a compartment as CellProfiler writes them; numbers differ from image to image and from compartment to compartment. */
export function objectTable(
  compartment: string,
  image: number,
  cells: number,
  features: readonly string[] = FEATURES,
): string {
  const random = seededRandom(`${compartment} ${image}`);
  const parents = compartment === "Cytoplasm" ? ["Parent_Cells", "Parent_Nuclei"] : [];
  const lines = [["ImageNumber", "ObjectNumber", ...parents, ...features].join(",")];
  for (let cell = 1; cell <= cells; cell++)
    lines.push([image, cell, ...parents.map(() => cell), ...features.map(() => random.normal())].join(","));
  return `${lines.join("\n")}\n`;
}

export function imageTable(image: number, { well, site, cells }: Site, plate = "P1"): string {
  return (
    "Count_Cells,Granularity_1_DNA,ImageNumber,Metadata_Plate,Metadata_Site,Metadata_Well,PathName_DNA\n" +
    `${cells},${image / 3},${image},${plate},${site},${well},"/images/a, b"\n`
  );
}

/** One folder an image set, named `WELL-SITE`. */
export function plateFiles(sites: readonly Site[]): Record<string, string> {
  const files: Record<string, string> = {};
  sites.forEach((site, index) => {
    const image = index + 1;
    const set = `${site.well}-${site.site}`;
    files[`${set}/Image.csv`] = imageTable(image, site);
    for (const compartment of ["Cells", "Cytoplasm", "Nuclei"])
      files[`${set}/${compartment}.csv`] = objectTable(compartment, image, site.cells);
  });
  return files;
}

export const SITES: readonly Site[] = [
  { well: "A01", site: 1, cells: 5 },
  { well: "A01", site: 2, cells: 4 },
  { well: "A02", site: 1, cells: 7 },
  { well: "B01", site: 1, cells: 1 },
];
