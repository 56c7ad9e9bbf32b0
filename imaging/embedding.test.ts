import { beforeAll, describe, expect, it } from "vitest";
import { descriptorNames, embeddingSize, embedSite, siteDescriptors } from "./embedding.ts";
import { PlaneShapeError } from "./errors.ts";
import { type Plane, planeOf } from "./plane.ts";
import { designScreen, SIMULATED_CHANNELS } from "./simulate-design.ts";
import { renderSite } from "./simulate-site.ts";

const distance = (a: Float32Array, b: Float32Array) => Math.hypot(...a.map((v, d) => v - b[d]!));

/** The same plane moved to the right by some columns, around the edge. */
const moved = (plane: Plane, by: number) =>
  planeOf(
    Uint16Array.from(plane.data, (_, i) => {
      const x = i % plane.width;
      return plane.data[i - x + ((x - by + plane.width) % plane.width)]!;
    }),
    plane.width,
    plane.height,
  );

describe("embedSite", () => {
  const sites: Record<"healthy" | "disease", Plane[][]> = { healthy: [], disease: [] };
  beforeAll(() => {
    const design = designScreen({ seed: 3 });
    const plate = design.plates[0]!;
    for (const role of ["healthy", "disease"] as const) {
      for (const { well } of plate.wells.filter((w) => w.role === role).slice(0, 4)) {
        sites[role].push([...renderSite(design, plate.id, well, 1).planes]);
      }
    }
  });

  it("has length 1 and 128 numbers, and is the same every time", () => {
    const once = embedSite(sites.healthy[0]!);
    expect(once).toHaveLength(embeddingSize);
    expect(Math.hypot(...once)).toBeCloseTo(1, 6);
    expect(embedSite(sites.healthy[0]!)).toEqual(once);
  });
  it("hardly changes when the cells lie elsewhere or the camera adds a constant", () => {
    const planes = sites.healthy[0]!;
    const here = embedSite(planes);
    const there = embedSite(planes.map((plane) => moved(plane, 120)));
    const offset = embedSite(
      planes.map(({ data, width, height }) =>
        planeOf(
          Uint16Array.from(data, (v) => v + 150),
          width,
          height,
        ),
      ),
    );
    const other = distance(here, embedSite(sites.disease[0]!));
    expect(distance(here, there)).toBeLessThan(other / 4);
    expect(distance(here, offset)).toBeLessThan(other / 10);
  });
  it("puts sites of one phenotype nearer to each other than to those of another", () => {
    const healthy = sites.healthy.map((planes) => embedSite(planes));
    const disease = sites.disease.map((planes) => embedSite(planes));
    const mean = (pairs: [Float32Array, Float32Array][]) =>
      pairs.reduce((sum, [a, b]) => sum + distance(a, b), 0) / pairs.length;
    const within = [healthy, disease].flatMap((group) =>
      group.flatMap((a, i) => group.slice(i + 1).map((b): [Float32Array, Float32Array] => [a, b])),
    );
    const between = healthy.flatMap((a) => disease.map((b): [Float32Array, Float32Array] => [a, b]));
    expect(mean(between)).toBeGreaterThan(1.5 * mean(within));
  });
  it("is finite for blank, dead and tiny planes", () => {
    const blank = planeOf(new Uint16Array(64 * 64), 64, 64);
    expect([...embedSite([blank, blank])].every(Number.isFinite)).toBe(true);
    expect([...embedSite([planeOf(new Uint8Array([7]), 1, 1)])].every(Number.isFinite)).toBe(true);
  });
  it("names its descriptors", () => {
    const names = descriptorNames(SIMULATED_CHANNELS);
    expect(siteDescriptors(sites.healthy[0]!)).toHaveLength(names.length);
    expect(new Set(names).size).toBe(names.length);
  });
  it("refuses planes of different shapes", () => {
    expect(() => embedSite([planeOf(new Uint8Array(4), 2, 2), planeOf(new Uint8Array(6), 3, 2)])).toThrow(
      PlaneShapeError,
    );
  });
});
