import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { downscale } from "./downscale.ts";
import { intensityWindow, sharedWindow } from "./intensity-window.ts";
import { planeOf } from "./plane.ts";
import { planSprite, plateSprite } from "./sprite.ts";
import { channelImage, encodeImage, paintComposite, siteComposite } from "./thumbnail.ts";

const ramp = planeOf(
  Uint16Array.from({ length: 100 * 80 }, (_, at) => (at % 100) * 100),
  100,
  80,
);
const blank = planeOf(new Uint16Array(100 * 80), 100, 80);

describe("shrinking", () => {
  test("averages all pixels, also when the edges do not divide", () => {
    const plane = planeOf(Uint8Array.from([0, 10, 20, 30, 40, 50]), 3, 2);
    expect([...downscale(plane, 1, 1)]).toEqual([25]);
    expect([...downscale(plane, 2, 1)]).toEqual([20, 35]);
    expect([...downscale(plane, 3, 2)]).toEqual([0, 10, 20, 30, 40, 50]);
  });

  test("keeps the mean of a plane when the edges divide", () => {
    const small = downscale(ramp, 20, 16);
    expect(small.reduce((sum, value) => sum + value, 0) / small.length).toBeCloseTo(4950, 3);
  });

  test("refuses to enlarge", () => {
    expect(() => downscale(ramp, 101, 80)).toThrow(expect.objectContaining({ code: "imaging/plane-shape" }));
  });
});

describe("windows", () => {
  test("lie at percentiles, and are never empty", () => {
    expect(intensityWindow(ramp, { lowShare: 0, highShare: 1 })).toEqual({ low: 0, high: 9900 });
    expect(intensityWindow(blank)).toEqual({ low: 0, high: 1 });
  });

  test("of a plate are the medians, so that one saturated well does not darken the others", () => {
    const windows = [
      { low: 100, high: 2000 },
      { low: 110, high: 2200 },
      { low: 90, high: 65_535 },
    ];
    expect(sharedWindow(windows)).toEqual({ low: 100, high: 2200 });
    expect(sharedWindow([])).toBeUndefined();
  });
});

describe("composites", () => {
  test("paint each channel in its colour, brighter to the right of a ramp", () => {
    const image = paintComposite([ramp], { colours: ["#ff0000"], windows: [{ low: 0, high: 9900 }], sizePx: 10 });
    expect([image.width, image.height]).toEqual([10, 8]);
    const row = [...image.data.subarray(0, 30)];
    expect(row.filter((_, at) => at % 3 > 0).every((value) => value === 0)).toBe(true);
    const reds = row.filter((_, at) => at % 3 === 0);
    expect(reds).toEqual(reds.toSorted((a, b) => a - b));
    expect(reds[9]).toBe(Math.round((255 * 9450) / 9900));
  });

  test("of two full channels are the light of both, never beyond white", () => {
    const full = planeOf(new Uint8Array(16).fill(255), 4, 4);
    const windows = [
      { low: 0, high: 100 },
      { low: 0, high: 100 },
    ];
    const image = paintComposite([full, full], { colours: ["#ff8000", "#0080ff"], strengths: [1], windows, sizePx: 1 });
    expect([...image.data]).toEqual([255, Math.round(255 * (1 - (1 - 128 / 255) ** 2)), 255]);
  });

  test("refuse planes of different shapes, no planes, and colours that are none", () => {
    const other = planeOf(new Uint16Array(4), 2, 2);
    expect(() => paintComposite([ramp, other])).toThrow("plane 2");
    expect(() => paintComposite([])).toThrow(expect.objectContaining({ code: "imaging/plane-shape" }));
    expect(() => paintComposite([ramp], { colours: ["red"] })).toThrow("#rrggbb");
  });

  test("are written as WebP, PNG or JPEG of the size asked for", async () => {
    for (const format of ["webp", "png", "jpeg"] as const) {
      const meta = await sharp(await siteComposite([ramp, blank], { sizePx: 50, format })).metadata();
      expect(meta).toMatchObject({ format, width: 50, height: 40 });
    }
  });

  test("a channel image spreads its window over 0…255 and keeps one channel", async () => {
    const bytes = await channelImage(ramp, { window: { low: 1000, high: 2000 } });
    const { data, info } = await sharp(bytes).toColourspace("b-w").raw().toBuffer({ resolveWithObject: true });
    expect(info).toMatchObject({ width: 100, height: 80, channels: 1 });
    expect([data[0], data[10], data[15], data[20], data[99]]).toEqual([0, 0, 128, 255, 255]);
  });
});

describe("sprite sheets", () => {
  test("lie as the wells on the plate, without empty outer rows and columns, sites side by side", () => {
    const tiles = ["C04", "B02"].flatMap((well) => [2, 1].map((site) => ({ well, site })));
    expect(planSprite(tiles, 10)).toEqual({
      width: 60,
      height: 20,
      tilePx: 10,
      index: [
        { well: "B02", site: 1, x: 0, y: 0 },
        { well: "B02", site: 2, x: 10, y: 0 },
        { well: "C04", site: 1, x: 40, y: 10 },
        { well: "C04", site: 2, x: 50, y: 10 },
      ],
    });
  });

  test("four sites of a well make a square", () => {
    const tiles = [1, 2, 3, 4].map((site) => ({ well: "A01", site }));
    expect(planSprite(tiles, 8).index.map(({ x, y }) => [x, y])).toEqual([
      [0, 0],
      [8, 0],
      [0, 8],
      [8, 8],
    ]);
  });

  test("hold painted pixels and stored image files alike", async () => {
    const green = { data: new Uint8Array(4 * 4 * 3).map((_, at) => (at % 3 === 1 ? 200 : 0)), width: 4, height: 4 };
    const stored = await encodeImage({ ...green, data: green.data.map((_, at) => (at % 3 === 0 ? 200 : 0)) }, "png");
    const sprite = await plateSprite(
      [
        { well: "A01", site: 1, image: green },
        { well: "B02", site: 1, image: stored },
      ],
      { tilePx: 4, format: "png" },
    );
    const pixels = await sharp(sprite.bytes).raw().toBuffer();
    const colourAt = (x: number, y: number): number[] => [...pixels.subarray((y * 8 + x) * 3, (y * 8 + x) * 3 + 3)];
    expect([colourAt(1, 1), colourAt(5, 5), colourAt(5, 1)]).toEqual([
      [0, 200, 0],
      [200, 0, 0],
      [0, 0, 0],
    ]);
  });

  test("without a tile are an error", async () => {
    await expect(plateSprite([])).rejects.toMatchObject({ code: "imaging/plane-shape" });
  });
});
