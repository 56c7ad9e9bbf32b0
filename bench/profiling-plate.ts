/** A plate of CellProfiler tables of any size, seeded and kept outside the repository, for the benchmarks of ingest. */
import { closeSync, existsSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { seededRandom } from "@artesian/numerics";

export interface PlateSize {
  wells: number;
  /** Image sets a well. */
  sites: number;
  /** Objects a site and compartment. */
  cells: number;
  /** Columns a compartment, with ImageNumber and ObjectNumber. */
  columns: number;
}

const COMPARTMENTS = ["Cells", "Cytoplasm", "Nuclei"] as const;
const POOL = 16384;
/** What the columns of a compartment hold, in turn: most are fractions with 16 or 17 digits, as in real tables (18.3 bytes a cell). */
const KINDS = ["fraction", "signed", "fraction", "large", "small", "fraction", "count", "signed", "fraction", "holey"];

function folderOf({ wells, sites, cells, columns }: PlateSize): string {
  const root = process.env.ARTESIAN_BENCH_DATA ?? join(homedir(), ".cache/artesian/bench");
  return join(root, `plate-${wells}x${sites}x${cells}x${columns}-v2`);
}

/** Whether the plate has been made. */
export function hasPlate(size: PlateSize): boolean {
  return existsSync(folderOf(size));
}

/** Where the plate is; it is made when it is not there. Folder names are those of the handbook: one folder an image set. */
export function plateFolder(size: PlateSize): string {
  const { wells, sites, cells, columns } = size;
  const folder = folderOf(size);
  if (existsSync(folder)) return folder;
  const part = `${folder}.part`;
  rmSync(part, { recursive: true, force: true });
  mkdirSync(part, { recursive: true });
  const pools = numberPools();
  const random = seededRandom(`plate ${wells} ${sites} ${cells} ${columns}`);
  const buffer = Buffer.allocUnsafe(2 ** 22 + cells * columns * 26);
  for (let well = 0; well < wells; well++) {
    for (let site = 1; site <= sites; site++) {
      const set = join(part, `${wellName(well)}-${site}`);
      mkdirSync(set);
      const image = well * sites + site;
      write(join(set, "Image.csv"), Buffer.from(imageTable(image, well, site, cells)));
      for (const compartment of COMPARTMENTS) {
        let at = buffer.write(`${columnNames(compartment, columns).join(",")}\n`, 0, "latin1");
        for (let cell = 1; cell <= cells; cell++) {
          at += buffer.write(`${image},${cell}`, at, "latin1");
          for (let column = 2; column < columns; column++) {
            buffer[at++] = 44;
            if (column === 2 || (compartment === "Cytoplasm" && column < 5)) {
              at += buffer.write(String(cell), at, "latin1");
              continue;
            }
            const pool = pools[column % KINDS.length]!;
            const text = pool[random.below(POOL)]!;
            buffer.set(text, at);
            at += text.length;
          }
          buffer[at++] = 10;
        }
        write(join(set, `${compartment}.csv`), buffer.subarray(0, at));
      }
    }
  }
  renameSync(part, folder);
  return folder;
}

function write(path: string, bytes: Uint8Array): void {
  const file = openSync(path, "w");
  writeSync(file, bytes);
  closeSync(file);
}

export function wellName(index: number): string {
  const row = Math.floor(index / 24);
  const letter = row < 26 ? String.fromCharCode(65 + row) : `A${String.fromCharCode(65 + row - 26)}`;
  return `${letter}${String((index % 24) + 1).padStart(2, "0")}`;
}

function columnNames(compartment: string, columns: number): string[] {
  const parents = compartment === "Cytoplasm" ? ["Parent_Cells", "Parent_Nuclei"] : [];
  const names = ["ImageNumber", "ObjectNumber", "Number_Object_Number", ...parents];
  for (let i = names.length; i < columns; i++) names.push(`Texture_Feature${i}_ER_${i % 7}_0${i % 4}_256`);
  return names;
}

function imageTable(image: number, well: number, site: number, cells: number): string {
  return (
    "Count_Cells,Count_Cytoplasm,Count_Nuclei,FileName_DNA,Granularity_1_DNA,ImageNumber,Metadata_Plate,Metadata_Site,Metadata_Well\n" +
    `${cells},${cells},${cells},${wellName(well)}_${site}.tif,${image / 7},${image},BENCH,${site},${wellName(well)}\n`
  );
}

function numberPools(): Uint8Array[][] {
  const random = seededRandom("numbers of the plate");
  return KINDS.map((kind) =>
    Array.from({ length: POOL }, () => {
      const u = random.uniform();
      let text = "";
      if (kind === "fraction") text = String(u);
      else if (kind === "signed") text = String(2 * u - 1);
      else if (kind === "large") text = String(u * 1000);
      else if (kind === "small") text = String(u * 1e-5);
      else if (kind === "count") text = String(Math.floor(u * 5000));
      else text = u < 0.05 ? "nan" : String(u);
      return Buffer.from(text, "latin1");
    }),
  );
}
