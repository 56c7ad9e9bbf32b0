import sharp from "sharp";
import { expect, it } from "vitest";
import { labelsToPng, outlinesToPng } from "./label-picture.ts";
import type { Labels } from "./labels.ts";
import { readPlane } from "./read-plane.ts";

const width = 12;
const height = 9;
const labels: Labels = { data: new Uint16Array(width * height), width, height, count: 300 };
for (let y = 2; y < 7; y++) for (let x = 3; x < 8; x++) labels.data[y * width + x] = x < 6 ? 7 : 300;

it("keeps every object number in the PNG, also above 255", async () => {
  const plane = await readPlane(await labelsToPng(labels));
  expect([plane.bitDepth, plane.width, plane.height]).toEqual([16, width, height]);
  expect([...plane.data]).toEqual([...labels.data]);
});

it("draws borders between touching objects and leaves their inside transparent", async () => {
  const png = await outlinesToPng([{ labels, colour: [10, 200, 30] }]);
  const { data } = await sharp(png).raw().toBuffer({ resolveWithObject: true });
  const alphaAt = (x: number, y: number): number => data[4 * (y * width + x) + 3] ?? -1;
  expect([alphaAt(0, 0), alphaAt(3, 2), alphaAt(5, 4), alphaAt(6, 4), alphaAt(4, 4)]).toEqual([0, 255, 255, 255, 0]);
  expect([...data.subarray(4 * (2 * width + 3), 4 * (2 * width + 3) + 3)]).toEqual([10, 200, 30]);
});
