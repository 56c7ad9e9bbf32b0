/** Addresses of a site's images for a view: which window of grey values, which size. */

/** A window of raw grey values. */
export interface GreyWindow {
  lo: number;
  hi: number;
}

/** Longest sides on offer; few of them, so that neighbouring views share cached images. */
const SIZES = [256, 540] as const;

/** The smallest offered size that still has a pixel for each device pixel; undefined = the image as it is. */
export function sizeFor(cssWidth: number, pixelRatio: number, zoom: number): number | undefined {
  const needed = cssWidth * pixelRatio * zoom;
  return SIZES.find((size) => size >= needed * 0.9);
}

/**
 * Address of a channel image.
 * @param window shared contrast of the plate; undefined = the image's own percentiles (automatic)
 */
export function imageAddress(url: string, window: GreyWindow | undefined, size: number | undefined): string {
  const query = new URLSearchParams();
  if (window) {
    query.set("lo", String(window.lo));
    query.set("hi", String(window.hi));
  }
  if (size !== undefined) query.set("size", String(size));
  const text = query.toString();
  return text === "" ? url : `${url}${url.includes("?") ? "&" : "?"}${text}`;
}

/** Channels that are on when the reader has not chosen: the first three, which give a readable mix. */
export const defaultChannels = (names: readonly string[]): string[] => names.slice(0, 3);
