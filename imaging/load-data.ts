import { cellText, columnOf, type Table } from "@artesian/data";
import { LoadDataError } from "./errors.ts";
import { parseWell, wellName } from "./well.ts";

/** The images of one site, as CellProfiler's LoadData lists them. */
export interface LoadDataSite {
  /** Absent when the list has no Metadata_Plate. */
  readonly plate?: string;
  readonly well: string;
  /** From 1. */
  readonly site: number;
  readonly images: readonly LoadDataImage[];
}

export interface LoadDataImage {
  /** The column's name without CellProfiler's customary "Orig": FileName_OrigDNA is channel "DNA". */
  readonly channel: string;
  /** The URL as given, or folder and file name joined. */
  readonly location: string;
}

const SITE_COLUMNS = ["Metadata_Site", "Metadata_Field", "Metadata_FieldID"];
const IMAGE_FILE = /\.(?:tiff?|png)$/i;

/**
 * Reads a load_data.csv (CellProfiler's LoadData: FileName_ and PathName_, or URL_, for each channel; Metadata_Plate, Metadata_Well or
 * Metadata_Row and Metadata_Col, Metadata_Site or Metadata_Field). Illumination functions (.npy) and channels without a file in a row are
 * left out. A leading `Image_` on column names, as in exported tables, does not matter.
 * @param source names the list in errors
 * @throws LoadDataError (imaging/load-data) when there is no image column, or a row has no well or site
 */
export function readLoadData(table: Table, source = "load_data.csv"): LoadDataSite[] {
  const names = new Map(table.columns.map((column) => [column.name.replace(/^Image_/, ""), column.name] as const));
  const text = (name: string, row: number): string | undefined => {
    const column = columnOf(table, names.get(name) ?? name);
    return column === undefined ? undefined : (cellText(column, row) ?? undefined);
  };
  const channels = new Set<string>();
  for (const name of names.keys()) {
    const channel = /^(?:FileName|URL)_(.+)$/.exec(name)?.[1];
    if (channel !== undefined) channels.add(channel);
  }
  if (channels.size === 0) throw new LoadDataError(source, undefined, "no column begins with FileName_ or URL_");

  return Array.from({ length: table.rowCount }, (_, row) => {
    const plate = text("Metadata_Plate", row);
    const site = Number(SITE_COLUMNS.map((name) => text(name, row)).find((value) => value !== undefined) ?? "1");
    if (!Number.isInteger(site) || site < 1)
      throw new LoadDataError(source, row + 1, `site ${site} is not a number from 1`);
    const images = [...channels].flatMap((channel) => {
      const location = locationOf(
        text(`URL_${channel}`, row),
        text(`PathName_${channel}`, row),
        text(`FileName_${channel}`, row),
      );
      return location !== undefined && IMAGE_FILE.test(location)
        ? [{ channel: channel.replace(/^Orig/, ""), location }]
        : [];
    });
    return { ...(plate !== undefined && { plate }), well: wellOf(text, row, source), site, images };
  });
}

function locationOf(url: string | undefined, path: string | undefined, file: string | undefined): string | undefined {
  if (url !== undefined) return url;
  if (file === undefined || path === undefined) return file;
  const separator = path.includes("\\") && !path.includes("/") ? "\\" : "/";
  return path.endsWith(separator) ? path + file : path + separator + file;
}

function wellOf(text: (name: string, row: number) => string | undefined, row: number, source: string): string {
  const well = text("Metadata_Well", row);
  const plateRow = text("Metadata_Row", row);
  const column = text("Metadata_Col", row) ?? text("Metadata_Column", row);
  const given = well ?? (plateRow !== undefined && column !== undefined ? `${plateRow}, ${column}` : undefined);
  if (given === undefined)
    throw new LoadDataError(source, row + 1, "neither Metadata_Well nor Metadata_Row and Metadata_Col");
  try {
    if (well === undefined && /^\d+$/.test(plateRow ?? "")) return wellName(Number(plateRow) - 1, Number(column) - 1);
    const place = parseWell(well ?? `${plateRow}${column}`);
    return wellName(place.row, place.column);
  } catch (cause) {
    throw new LoadDataError(source, row + 1, `"${given}" is not a well`, { cause });
  }
}
