import { readFile, realpath, stat } from "node:fs/promises";
import { basename, sep } from "node:path";
import {
  CHANNEL_COLOURS as COLOURS,
  channelImage,
  type Plane,
  readPlane,
  CHANNEL_STRENGTHS as STRENGTHS,
  siteComposite,
} from "@artesian/imaging";
import { type Experiment, imageFile, type PlateOverview } from "@artesian/store";
import type { ServerContext } from "./context.ts";
import { NotFoundError, RequestError } from "./errors.ts";

/** A site of a plate. */
export interface SitePlace {
  experimentId: string;
  plate: string;
  well: string;
  site: number;
}

/** An image answer with its strong tag. */
export interface Picture {
  bytes: Uint8Array;
  etag: string;
}

const MAX_FILE_BYTES = 512 * 2 ** 20;
const MAX_PIXELS = 100_000_000;

/** Reads and windows images of the store for the eye; keeps what was made within a budget of bytes, and makes two at a time. */
export interface ImageService {
  channel(
    place: SitePlace & { channel: string },
    view: { lo?: number | undefined; hi?: number | undefined; sizePx?: number | undefined },
  ): Promise<Picture>;
  composite(
    place: SitePlace,
    experiment: Experiment,
    windows: PlateOverview["windows"],
    view: { channels?: readonly string[] | undefined; sizePx?: number | undefined },
  ): Promise<Picture>;
}

/** @param budgetBytes pictures and planes kept, each */
export function createImageService(
  context: Pick<ServerContext, "reader" | "imageRoots">,
  budgetBytes = 64 * 2 ** 20,
): ImageService {
  const pictures = byteCache<Uint8Array>(budgetBytes, (bytes) => bytes.byteLength);
  const planes = byteCache<Plane>(budgetBytes, (plane) => plane.data.byteLength);
  const pending = new Map<string, Promise<Uint8Array>>();
  const turn = turnstile(2);

  /** One maker a picture, however many ask at the same moment. */
  const made = (etag: string, make: () => Promise<Uint8Array>): Promise<Picture> => {
    const held = pictures.get(etag);
    if (held !== undefined) return Promise.resolve({ bytes: held, etag });
    let work = pending.get(etag);
    if (work === undefined) {
      work = turn(make).finally(() => pending.delete(etag));
      pending.set(etag, work);
      work.then((bytes) => pictures.set(etag, bytes)).catch(() => {});
    }
    return work.then((bytes) => ({ bytes, etag }));
  };

  const locate = async (place: SitePlace & { channel: string }) => {
    const file = await imageFile(context.reader.db, place);
    if (file === undefined)
      throw new NotFoundError(
        "image",
        `${place.plate} ${place.well} site ${place.site} ${place.channel}`,
        "It has not come yet.",
      );
    const { path, version } = await allowedFile(file.path, context.imageRoots);
    return { path, version: `${file.sha256.slice(0, 16)}.${version}` };
  };

  const planeOf = async (file: { path: string; version: string }): Promise<Plane> => {
    const key = `${file.path}@${file.version}`;
    const held = planes.get(key);
    if (held !== undefined) return held;
    const plane = await readPlane(await readFile(file.path), { name: basename(file.path), maxPixels: MAX_PIXELS });
    planes.set(key, plane);
    return plane;
  };

  return {
    async channel(place, view) {
      const file = await locate(place);
      const etag = `"${file.version}.${view.lo ?? ""}.${view.hi ?? ""}.${view.sizePx ?? ""}"`;
      return made(etag, async () => {
        const plane = await planeOf(file);
        const { lo, hi, sizePx } = view;
        return channelImage(plane, {
          format: "png",
          ...(lo !== undefined && hi !== undefined
            ? { window: { low: lo, high: Math.max(hi, lo + Number.EPSILON) } }
            : {}),
          ...(sizePx === undefined ? {} : { sizePx }),
        });
      });
    },
    async composite(place, experiment, windows, view) {
      const wanted = experiment.channels.filter(
        (channel) => view.channels === undefined || view.channels.includes(channel),
      );
      const present: { index: number; channel: string; file: { path: string; version: string } }[] = [];
      for (const channel of wanted) {
        const file = await locate({ ...place, channel }).catch((error: unknown) => {
          if (error instanceof NotFoundError) return undefined;
          throw error;
        });
        if (file !== undefined) present.push({ index: experiment.channels.indexOf(channel), channel, file });
      }
      if (present.length === 0)
        throw new NotFoundError(
          "image",
          `${place.plate} ${place.well} site ${place.site}`,
          "None of its channels has come yet.",
        );
      const shared = JSON.stringify(present.map(({ channel }) => windows[channel] ?? null));
      const etag = `"${present.map(({ channel, file }) => `${channel}.${file.version}`).join("-")}.${view.sizePx ?? ""}.${textTag(shared)}"`;
      return made(etag, async () => {
        const readable: { index: number; channel: string; plane: Plane }[] = [];
        for (const { index, channel, file } of present) {
          // A channel that cannot be read is left out; its own address tells why.
          const plane = await planeOf(file).catch(() => undefined);
          if (plane !== undefined) readable.push({ index, channel, plane });
        }
        const size = readable[0]?.plane;
        const alike = readable.filter(({ plane }) => plane.width === size?.width && plane.height === size?.height);
        if (alike.length === 0)
          throw new NotFoundError("readable image", `${place.plate} ${place.well} site ${place.site}`);
        const alone = alike.length === 1;
        return siteComposite(
          alike.map(({ plane }) => plane),
          {
            format: "png",
            colours: alike.map(({ index }) => COLOURS[index % COLOURS.length] ?? "#ffffff"),
            strengths: alike.map(({ index }) => (alone ? 1 : (STRENGTHS[index % STRENGTHS.length] ?? 1))),
            windows: alike.map(({ channel }) => {
              const window = windows[channel];
              return window === undefined ? undefined : { low: window.lo, high: Math.max(window.hi, window.lo + 1e-6) };
            }),
            sizePx: view.sizePx ?? Math.max(size?.width ?? 180, size?.height ?? 180),
          },
        );
      });
    },
  };
}

/**
 * A stored path, when it lies (links followed) within a folder that images may be read from.
 * @throws RequestError server/image-outside-roots, server/image-gone, server/image-too-large
 */
async function allowedFile(path: string, roots: readonly string[]): Promise<{ path: string; version: string }> {
  const name = basename(path);
  const real = await realpath(path).catch(() => undefined);
  if (real === undefined)
    throw new RequestError(
      410,
      "server/image-gone",
      `${name} is no longer where it was when it was measured.`,
      "Put it back, or look at the stored thumbnail.",
    );
  const realRoots = await Promise.all(roots.map((root) => realpath(root).catch(() => undefined)));
  if (
    !realRoots.some(
      (root) => root !== undefined && (real === root || real.startsWith(root.endsWith(sep) ? root : root + sep)),
    )
  ) {
    throw new RequestError(
      403,
      "server/image-outside-roots",
      `${name} lies outside the folders that this server may read images from.`,
      "Start the server with --images naming its folder.",
    );
  }
  const { size, mtimeMs } = await stat(real);
  if (size > MAX_FILE_BYTES)
    throw new RequestError(
      413,
      "server/image-too-large",
      `${name} has ${size} bytes; at most ${MAX_FILE_BYTES} are decoded for a page.`,
    );
  return { path: real, version: `${size.toString(36)}${Math.round(mtimeMs).toString(36)}` };
}

function textTag(text: string): string {
  let hash = 5381;
  for (let index = 0; index < text.length; index++) hash = (Math.imul(hash, 33) ^ text.charCodeAt(index)) >>> 0;
  return hash.toString(36);
}

/** Keeps the most recently used values within a budget of bytes. */
function byteCache<V>(budget: number, sizeOf: (value: V) => number) {
  const values = new Map<string, V>();
  let bytes = 0;
  return {
    get(key: string): V | undefined {
      const value = values.get(key);
      if (value === undefined) return undefined;
      values.delete(key);
      values.set(key, value);
      return value;
    },
    set(key: string, value: V): void {
      const before = values.get(key);
      if (before !== undefined) bytes -= sizeOf(before);
      values.delete(key);
      values.set(key, value);
      bytes += sizeOf(value);
      for (const [oldest, held] of values) {
        if (bytes <= budget || oldest === key) break;
        values.delete(oldest);
        bytes -= sizeOf(held);
      }
    },
  };
}

/** Lets at most `width` pieces of work run at a time, in order of arrival. */
function turnstile(width: number): <T>(work: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let inside = 0;
  return async (work) => {
    if (inside >= width) await new Promise<void>((resolve) => waiting.push(resolve));
    else inside++;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) inside--;
      else next();
    }
  };
}
