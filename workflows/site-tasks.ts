import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { type ObjectStore, writeParquet } from "@artesian/data";
import {
  aggregateObjects,
  borderObjects,
  cellRings,
  cytoplasmOf,
  downscale,
  embedSite,
  type FeatureFamily,
  type FeatureTable,
  intensityWindow,
  isPosition,
  type Labels,
  labelsToPng,
  measureArtefacts,
  measureImageQuality,
  measureObjects,
  measureTranslocations,
  outlinesToPng,
  type Plane,
  pipelineFamilies,
  readPlane,
  segmentCells,
  segmentNuclei,
  siteComposite,
} from "@artesian/imaging";
import { ChangedImageError, TaskInputError } from "./errors.ts";
import { imageRecord, type SiteRecord, siteRecord } from "./phenomics.schemas.ts";
import { type NamedVector, putJson, putVector } from "./vectors.ts";

const COMPOSITE_PX = 360;
const SPRITE_PX = 96;
/** The shape of what is left of a cell without its nucleus says little that the cell's does not. */
const RING_FAMILIES: readonly FeatureFamily[] = ["intensity", "correlation"];
const NUCLEI_COLOUR = [255, 255, 255] as const;
const CELL_COLOUR = [120, 220, 255] as const;

/** A site small enough for a plate's sheet: planes in the file's grey values. */
export interface SmallSite {
  channels: string[];
  /** `data`: base64 of little-endian u16 of shape (height, width); `window`: of the whole plane. */
  planes: { width: number; height: number; window: { low: number; high: number }; data: string }[];
}

/** Decodes one image and measures its quality: the record gains metrics, size and depth. */
export async function measureImage(input: unknown) {
  const image = imageRecord.parse(input);
  const plane = await decode(image.uri, image.sha256);
  return { metrics: measureImageQuality(plane), width: plane.width, height: plane.height, bitDepth: plane.bitDepth };
}

/** The site's composite picture, and its planes shrunk for the plate's sheet. */
export async function makeThumbnails(input: unknown, objects: ObjectStore) {
  const site = siteRecord.parse(input);
  const planes = await decodeSite(site);
  const windows = planes.map((plane) => intensityWindow(plane));
  const scale = SPRITE_PX / Math.max(...planes.map((plane) => Math.max(plane.width, plane.height)));
  const small = await putJson(objects, {
    channels: site.design.channels,
    planes: planes.map((plane, index) => {
      const width = Math.max(1, Math.round(plane.width * Math.min(1, scale)));
      const height = Math.max(1, Math.round(plane.height * Math.min(1, scale)));
      const data = Uint16Array.from(downscale(plane, width, height), Math.round);
      const window = windows[index] ?? intensityWindow(plane);
      return { width, height, window, data: Buffer.from(data.buffer).toString("base64") };
    }),
  } satisfies SmallSite);
  const composite = await siteComposite(planes, { windows, sizePx: COMPOSITE_PX });
  return { thumbnail: (await objects.put(composite)).uri, small };
}

/** What the fault detector wants to know of a site: quality of each channel and artefacts across them. */
export async function measureSite(input: unknown, objects: ObjectStore) {
  const site = siteRecord.parse(input);
  const planes = await decodeSite(site);
  const nuclei = segmentNuclei(planeOfChannel(site, planes, site.design.nucleiChannel));
  const quality = Object.fromEntries(site.images.map(({ channel, metrics }) => [channel, metrics]));
  const artefacts = measureArtefacts(
    planes.map((plane, index) => ({ name: site.design.channels[index] ?? "", plane })),
  );
  return {
    evidence: await putJson(objects, { objectCount: nuclei.count, quality, artefacts }),
    nucleiChannel: site.design.nucleiChannel,
  };
}

/** Segments a site, measures its objects, and describes it as one vector: the mean over its cells and an embedding. */
export async function measureSiteFeatures(input: unknown, objects: ObjectStore) {
  const site = siteRecord.parse(input);
  const planes = await decodeSite(site);
  const { design } = site;
  const nuclei = segmentNuclei(planeOfChannel(site, planes, design.nucleiChannel));
  const bodies =
    design.cellChannel === null
      ? planes.filter((_, index) => design.channels[index] !== design.nucleiChannel)
      : [planeOfChannel(site, planes, design.cellChannel)];
  const cells = segmentCells(bodies.length > 0 ? bodies : planes, nuclei);
  const channels = planes.map((plane, index) => ({ name: design.channels[index] ?? "", plane }));
  const measured = (labels: Labels, families = pipelineFamilies): FeatureTable =>
    measureObjects({ channels, labels, families });
  const tables = [
    prefixed("Nuclei", measured(nuclei)),
    prefixed("Cells", measured(cells)),
    prefixed("Cytoplasm", measured(cytoplasmOf(cells, nuclei), RING_FAMILIES)),
    prefixed("Cells", translocationTable(site, planes, nuclei)),
  ];
  const embedding = embedSite(planes);
  const vectorParts = [...tables.map((table) => siteMean(table, tables[0]?.touchesBorder)), embeddingPart(embedding)];
  const names = vectorParts.flatMap((part) => part.names);
  const values = Float64Array.from(vectorParts.flatMap((part) => [...part.values]));
  const [vector, table, nucleiPng, cellsPng, outlines] = await Promise.all([
    putVector(objects, { names, values }),
    objects.put(writeParquet(objectTable(tables, nuclei.count))),
    labelsToPng(nuclei).then((png) => objects.put(png)),
    labelsToPng(cells).then((png) => objects.put(png)),
    outlinesToPng([
      { labels: cells, colour: CELL_COLOUR },
      { labels: nuclei, colour: NUCLEI_COLOUR },
    ]).then((png) => objects.put(png)),
  ]);
  return {
    cells: nuclei.count,
    vector,
    objects: table.uri,
    labels: nucleiPng.uri,
    cellLabels: cellsPng.uri,
    outlines: outlines.uri,
  };
}

/** Mean over objects whose nucleus is whole (over all, when none is); places on the image are no features. */
function siteMean(table: FeatureTable, cut: Uint8Array | undefined): NamedVector {
  const touchesBorder = cut?.includes(0) ? cut : new Uint8Array(table.objectCount);
  // Ratios of a thin ring have wild cells: their middle one speaks for the site.
  const means = aggregateObjects(
    { ...table, touchesBorder },
    table.names.some((name) => name.includes("Translocation")) ? "median" : "mean",
    { dropBorder: true },
  );
  const kept = table.names.flatMap((name, index) => (isPosition(name.slice(name.indexOf("_") + 1)) ? [] : [index]));
  return {
    names: kept.map((index) => table.names[index] ?? ""),
    values: Float64Array.from(kept, (index) => means[index] ?? Number.NaN),
  };
}

/** How far each stain but the nuclei's is in the nucleus rather than around it: three numbers a channel and cell. */
function translocationTable(site: SiteRecord, planes: readonly Plane[], nuclei: Labels): FeatureTable {
  const { channels, nucleiChannel } = site.design;
  const dna = planeOfChannel(site, planes, nucleiChannel);
  const rings = cellRings(planes, nuclei);
  const reporters = channels.flatMap((channel, index) => {
    const plane = planes[index];
    return channel === nucleiChannel || plane === undefined ? [] : [{ channel, plane }];
  });
  const cells = measureTranslocations(
    reporters.map(({ plane }) => plane),
    dna,
    nuclei,
    rings,
  );
  const measured = cells.flatMap(({ logRatio, contrast, difference }, index) => {
    const channel = reporters[index]?.channel ?? "";
    return [
      { name: `Translocation_LogRatio_${channel}`, values: logRatio },
      { name: `Translocation_Contrast_${channel}`, values: contrast },
      { name: `Translocation_Difference_${channel}`, values: difference },
    ];
  });
  const values = new Float64Array(nuclei.count * measured.length);
  measured.forEach((feature, j) => {
    for (let object = 0; object < nuclei.count; object++)
      values[object * measured.length + j] = feature.values[object] ?? Number.NaN;
  });
  return {
    names: measured.map(({ name }) => name),
    values,
    objectCount: nuclei.count,
    touchesBorder: borderObjects(nuclei),
  };
}

function embeddingPart(embedding: Float32Array): NamedVector {
  return {
    names: Array.from(embedding, (_, index) => `Embedding_${String(index).padStart(3, "0")}`),
    values: Float64Array.from(embedding),
  };
}

function prefixed(compartment: string, table: FeatureTable): FeatureTable {
  return { ...table, names: table.names.map((name) => `${compartment}_${name}`) };
}

/** Single objects as a table: row k is object k + 1 of the label images. */
function objectTable(tables: readonly FeatureTable[], count: number) {
  const columns = tables.flatMap((table) =>
    table.names.map((name, feature) => ({
      name,
      kind: "number" as const,
      values: Float64Array.from(
        { length: count },
        (_, object) => table.values[object * table.names.length + feature] ?? Number.NaN,
      ),
    })),
  );
  const numbers = Float64Array.from({ length: count }, (_, object) => object + 1);
  return { columns: [{ name: "ObjectNumber", kind: "number" as const, values: numbers }, ...columns], rowCount: count };
}

function planeOfChannel(site: SiteRecord, planes: readonly Plane[], channel: string): Plane {
  const plane = planes[site.design.channels.indexOf(channel)];
  if (plane === undefined)
    throw new TaskInputError("site", "design", `a channel ${channel} among ${site.design.channels.join(", ")}`);
  return plane;
}

/** The planes of a site in the experiment's order of channels. */
function decodeSite(site: SiteRecord): Promise<Plane[]> {
  const byChannel = new Map(site.images.map((image) => [image.channel, image]));
  return Promise.all(
    site.design.channels.map((channel) => {
      const image = byChannel.get(channel);
      if (image === undefined) throw new TaskInputError("site", "images", `an image of channel ${channel}`);
      return decode(image.uri, image.sha256);
    }),
  );
}

/** Decoded planes that the next task of this worker is likely to want again. */
const recent = new Map<string, Plane>();
const RECENT_PLANES = 12;

async function decode(path: string, digest: string): Promise<Plane> {
  const known = recent.get(digest);
  if (known !== undefined) return known;
  const bytes = await readFile(path);
  const found = createHash("sha256").update(bytes).digest("hex");
  if (found !== digest) throw new ChangedImageError(path, digest, found);
  const plane = await readPlane(bytes, { name: path });
  recent.set(digest, plane);
  if (recent.size > RECENT_PLANES) recent.delete(recent.keys().next().value ?? "");
  return plane;
}
