import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { type ObjectStore, writeParquet } from "@artesian/data";
import {
  aggregateObjects,
  cytoplasmOf,
  embedSite,
  type FeatureTable,
  labelsToPng,
  measureArtefacts,
  measureImageQuality,
  measureObjects,
  outlinesToPng,
  type Plane,
  pipelineFamilies,
  readPlane,
  segmentCells,
  segmentNuclei,
  shrinkPlane,
  siteComposite,
  translocation,
} from "@artesian/imaging";
import { imageRecord, type SiteRecord, siteRecord } from "./phenomics.schemas.ts";
import { ChangedImageError, TaskInputError } from "./errors.ts";
import { putJson, putVector } from "./vectors.ts";

const COMPOSITE_PX = 360;
const SPRITE_PX = 96;
const NUCLEI_COLOUR = [255, 255, 255] as const;
const CELL_COLOUR = [120, 220, 255] as const;

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
  const composite = await siteComposite(planes, { sizePx: COMPOSITE_PX });
  const shrunk = planes.map((plane) => shrinkPlane(plane, SPRITE_PX));
  const first = shrunk[0];
  if (first === undefined) throw new TaskInputError("thumbnails", "images", "at least one image");
  const small = await putJson(objects, {
    channels: site.design.channels,
    width: first.width,
    height: first.height,
    planes: shrunk.map((plane) => Buffer.from(Uint16Array.from(plane.data).buffer).toString("base64")),
  });
  return { thumbnail: (await objects.put(composite)).uri, small };
}

/** What the fault detector wants to know of a site: quality of each channel and artefacts across them. */
export async function measureSite(input: unknown, objects: ObjectStore) {
  const site = siteRecord.parse(input);
  const planes = await decodeSite(site);
  const nuclei = segmentNuclei(planeOfChannel(site, planes, site.design.nucleiChannel));
  const quality = Object.fromEntries(site.images.map(({ channel, metrics }) => [channel, metrics]));
  const artefacts = measureArtefacts(planes.map((plane, index) => ({ name: site.design.channels[index] ?? "", plane })));
  return { evidence: await putJson(objects, { objectCount: nuclei.count, quality, artefacts }) };
}

/** Segments a site, measures its objects, and describes it as one vector: the mean over its cells and an embedding. */
export async function measureSiteFeatures(input: unknown, objects: ObjectStore) {
  const site = siteRecord.parse(input);
  const planes = await decodeSite(site);
  const { design } = site;
  const nuclei = segmentNuclei(planeOfChannel(site, planes, design.nucleiChannel));
  const bodies = design.cellChannel === null ? planes.filter((_, index) => design.channels[index] !== design.nucleiChannel) : [planeOfChannel(site, planes, design.cellChannel)];
  const cells = segmentCells(bodies.length > 0 ? bodies : planes, nuclei);
  const channels = planes.map((plane, index) => ({ name: design.channels[index] ?? "", plane }));
  const tables = [
    prefixed("Nuclei", measureObjects({ channels, labels: nuclei, families: pipelineFamilies })),
    prefixed("Cells", measureObjects({ channels, labels: cells, families: pipelineFamilies })),
    prefixed("Cytoplasm", measureObjects({ channels, labels: cytoplasmOf(cells, nuclei), families: pipelineFamilies })),
    prefixed("Cells", translocation({ channels, nuclei, cells })),
  ];
  const embedding = embedSite(planes);
  const names = [...tables.flatMap((table) => table.names), ...Array.from(embedding, (_, index) => `Embedding_${String(index).padStart(3, "0")}`)];
  const values = Float64Array.from([...tables.flatMap((table) => [...aggregateObjects(table, "mean")]), ...embedding]);
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
  return { cells: nuclei.count, vector, objects: table.uri, labels: nucleiPng.uri, cellLabels: cellsPng.uri, outlines: outlines.uri };
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
      values: Float64Array.from({ length: count }, (_, object) => table.values[object * table.names.length + feature] ?? Number.NaN),
    })),
  );
  const numbers = Float64Array.from({ length: count }, (_, object) => object + 1);
  return { columns: [{ name: "ObjectNumber", kind: "number" as const, values: numbers }, ...columns], rowCount: count };
}

function planeOfChannel(site: SiteRecord, planes: readonly Plane[], channel: string): Plane {
  const plane = planes[site.design.channels.indexOf(channel)];
  if (plane === undefined) throw new TaskInputError("site", "design", `a channel ${channel} among ${site.design.channels.join(", ")}`);
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
