import sharp from "sharp";
import { PlaneShapeError } from "./errors.ts";
import { encodeImage, type ImageFormat, type RgbImage } from "./thumbnail.ts";
import { parseWell } from "./well.ts";

/** The thumbnail of one site: painted pixels, or an image file that was stored before. */
export interface SpriteTile {
  readonly well: string;
  /** Number of the site, from 1. */
  readonly site: number;
  readonly image: RgbImage | Uint8Array;
}

/** Where a tile lies on the sheet: its upper left corner in pixels. */
export interface SpritePlace {
  readonly well: string;
  readonly site: number;
  readonly x: number;
  readonly y: number;
}

export interface PlateSprite {
  /** The sheet as an image file. */
  readonly bytes: Uint8Array;
  readonly width: number;
  readonly height: number;
  readonly tilePx: number;
  /** In reading order of the plate: by row, column, site. */
  readonly index: readonly SpritePlace[];
}

export interface SpriteOptions {
  /** Edge of a tile in pixels. Default 64. */
  tilePx?: number;
  /** Default "webp". */
  format?: ImageFormat;
}

/**
 * Where the tiles of a plate go: wells as on the plate, without empty outer rows and columns; the sites of a well side by side, as
 * square a block as they allow. Pure.
 */
export function planSprite(
  tiles: readonly Pick<SpriteTile, "well" | "site">[],
  tilePx: number,
): Omit<PlateSprite, "bytes"> {
  if (tiles.length === 0) throw new PlaneShapeError("sprite sheet", "no tile", "at least one site with a thumbnail");
  const placed = tiles.map(({ well, site }) => ({ well, site, ...parseWell(well) }));
  const top = Math.min(...placed.map((tile) => tile.row));
  const left = Math.min(...placed.map((tile) => tile.column));
  const rows = Math.max(...placed.map((tile) => tile.row)) - top + 1;
  const columns = Math.max(...placed.map((tile) => tile.column)) - left + 1;
  const sites = [...new Set(placed.map((tile) => tile.site))].sort((a, b) => a - b);
  const across = Math.ceil(Math.sqrt(sites.length));
  const down = Math.ceil(sites.length / across);
  const index = placed
    .map(({ well, site, row, column }) => {
      const order = sites.indexOf(site);
      return {
        well,
        site,
        x: ((column - left) * across + (order % across)) * tilePx,
        y: ((row - top) * down + Math.floor(order / across)) * tilePx,
        rank: (row * 48 + column) * sites.length + order,
      };
    })
    .sort((a, b) => a.rank - b.rank)
    .map(({ rank: _, ...place }) => place);
  return { width: columns * across * tilePx, height: rows * down * tilePx, tilePx, index };
}

/**
 * Puts the thumbnails of a plate on one sheet, so that a page shows a plate with one request. Tiles of another size are fitted; wells
 * without a thumbnail stay black and have no entry in the index.
 * @throws PlaneShapeError (imaging/plane-shape) without tiles, WellNameError (imaging/well-name)
 */
export async function plateSprite(tiles: readonly SpriteTile[], options: SpriteOptions = {}): Promise<PlateSprite> {
  const tilePx = options.tilePx ?? 64;
  const plan = planSprite(tiles, tilePx);
  const sheet = new Uint8Array(plan.width * plan.height * 3);
  const images = new Map(tiles.map((tile) => [`${tile.well} ${tile.site}`, tile.image]));
  for (const { well, site, x, y } of plan.index) {
    const image = images.get(`${well} ${site}`);
    if (image === undefined) continue;
    const pixels = await fitted(image, tilePx);
    for (let row = 0; row < tilePx; row++) {
      const line = pixels.subarray(row * tilePx * 3, (row + 1) * tilePx * 3);
      sheet.set(line, ((y + row) * plan.width + x) * 3);
    }
  }
  const bytes = await encodeImage({ data: sheet, width: plan.width, height: plan.height }, options.format);
  return { bytes, ...plan };
}

/** Red, green, blue bytes of a square tile; an image of other proportions is centred on black. */
async function fitted(image: RgbImage | Uint8Array, tilePx: number): Promise<Uint8Array> {
  if (!(image instanceof Uint8Array) && image.width === tilePx && image.height === tilePx) return image.data;
  const source =
    image instanceof Uint8Array
      ? sharp(image)
      : sharp(image.data, { raw: { width: image.width, height: image.height, channels: 3 } });
  const square = source.resize(tilePx, tilePx, { fit: "contain", background: "#000000" });
  return square.removeAlpha().toColourspace("srgb").raw().toBuffer();
}
