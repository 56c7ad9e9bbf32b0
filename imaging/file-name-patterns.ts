/** How one kind of microscope (or data set) names its image files. */
export interface FileNamePattern {
  /** Short name, for settings. */
  readonly id: string;
  /** For people. */
  readonly title: string;
  /** Named groups: well, or row and column, or number (row by row); plate, site, channel, z, time. */
  readonly regex: RegExp;
  /** The number that the first site of a well has in the names. */
  readonly firstSite: 0 | 1;
}

const IMAGE = String.raw`\.(?:tiff?|png)$`;

/** The built-in patterns, the more particular before the more general. */
export const FILE_NAME_PATTERNS: readonly FileNamePattern[] = [
  {
    id: "phenix",
    title: "Revvity Opera Phenix, Operetta (Harmony): r03c03f03p01-ch6sk1fk1fl1.tiff",
    regex: new RegExp(
      String.raw`^r(?<row>\d+)c(?<column>\d+)f(?<site>\d+)p(?<z>\d+)-ch(?<channel>\d+)sk(?<time>\d+)fk\d+fl\d+${IMAGE}`,
      "i",
    ),
    firstSite: 1,
  },
  {
    id: "imagexpress",
    title: "Molecular Devices ImageXpress (MetaXpress): Plate_E08_s1_w1<GUID>.tif",
    regex: new RegExp(
      String.raw`^(?<plate>.+)_(?<well>[A-Z]{1,2}\d{1,2})_s(?<site>\d+)_w(?<channel>\d)[0-9A-F]{8}-[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{12}${IMAGE}`,
      "i",
    ),
    firstSite: 1,
  },
  {
    id: "cellvoyager",
    title: "Yokogawa CellVoyager: Plate_D08_T0001F001L01A01Z01C01.tif",
    regex: new RegExp(
      String.raw`^(?<plate>.+)_(?<well>[A-Z]{1,2}\d{2})_T(?<time>\d{4})F(?<site>\d{3})L\d+A\d+Z(?<z>\d+)C(?<channel>\d+)${IMAGE}`,
      "i",
    ),
    firstSite: 1,
  },
  {
    id: "cellomics",
    title: "Thermo CellInsight, ArrayScan (Cellomics): AS_09125_050116030001_D03f00d0.tif",
    regex: new RegExp(String.raw`^(?<plate>.+)_(?<well>[A-P]\d{2})f(?<site>\d+)d(?<channel>\d+)${IMAGE}`, "i"),
    firstSite: 0,
  },
  {
    id: "scanr",
    title: "Evident ScanR: W0001--P001--Z00000--T00000--DAPI.ome.tif",
    regex: new RegExp(
      String.raw`^(?:.+--)?W(?<number>\d+)--P(?<site>\d+)--Z(?<z>\d+)--T(?<time>\d+)--(?<channel>[^.]+)(?:\.ome)?${IMAGE}`,
      "i",
    ),
    firstSite: 1,
  },
  {
    id: "cytation",
    title: "Agilent BioTek Cytation (Gen5): B7_01_1_3_DAPI_001.tif",
    regex: new RegExp(
      String.raw`^(?<well>[A-Z]{1,2}\d{1,2})_\d+_\d+_(?<site>\d+)_(?<channel>[^_]+)_(?<time>\d{3})${IMAGE}`,
      "i",
    ),
    firstSite: 1,
  },
  {
    id: "channel-image-well",
    title: "Channel, image number, row, column: Channel1-22-B-10.png",
    regex: new RegExp(String.raw`^(?<channel>[^-]+)-\d+-(?<row>[A-P])-(?<column>\d{2})${IMAGE}`, "i"),
    firstSite: 1,
  },
  {
    id: "artesian",
    title: "Artesian's simulator: P1_C05_s1_DNA.tif",
    regex: new RegExp(String.raw`^(?<plate>.+)_(?<well>[A-Z]{1,2}\d{2})_s(?<site>\d+)_(?<channel>[^_.]+)${IMAGE}`, "i"),
    firstSite: 1,
  },
];
