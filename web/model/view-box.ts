/** The part of an image that a viewer shows; the sites of a well share one, so that pan and zoom are linked. */

/** Zoom (1 = whole image) and centre, as shares of the image. */
export interface ImageView {
  zoom: number;
  x: number;
  y: number;
}

/** The whole image. */
export const WHOLE: ImageView = { zoom: 1, x: 0.5, y: 0.5 };

const MAX_ZOOM = 16;

/** Keeps the view inside the image. */
export function clampView(view: ImageView): ImageView {
  const zoom = Math.max(1, Math.min(MAX_ZOOM, view.zoom));
  const half = 0.5 / zoom;
  const inside = (v: number): number => Math.max(half, Math.min(1 - half, v));
  return { zoom, x: inside(view.x), y: inside(view.y) };
}

/** Zooms by a factor while the point under the pointer (share of the shown part) stays where it is. */
export function zoomAt(view: ImageView, factor: number, atX: number, atY: number): ImageView {
  const zoom = Math.max(1, Math.min(MAX_ZOOM, view.zoom * factor));
  const imageX = view.x + (atX - 0.5) / view.zoom;
  const imageY = view.y + (atY - 0.5) / view.zoom;
  return clampView({ zoom, x: imageX - (atX - 0.5) / zoom, y: imageY - (atY - 0.5) / zoom });
}

/** Moves the view by shares of the shown part. */
export const panBy = (view: ImageView, dx: number, dy: number): ImageView =>
  clampView({ ...view, x: view.x - dx / view.zoom, y: view.y - dy / view.zoom });

/** Short text of a view for the address; undefined for the whole image. */
export const viewText = (view: ImageView): string | undefined =>
  view.zoom <= 1.001 ? undefined : `${view.zoom.toFixed(2)},${view.x.toFixed(3)},${view.y.toFixed(3)}`;

/** Reads what viewText wrote; anything else is the whole image. */
export function parseView(text: string | undefined): ImageView {
  const parts = (text ?? "").split(",").map(Number);
  if (parts.length !== 3 || parts.some((p) => !Number.isFinite(p))) return WHOLE;
  return clampView({ zoom: parts[0]!, x: parts[1]!, y: parts[2]! });
}
