import { ObjectOptionError, PlaneShapeError } from "./errors.ts";
import { borderObjects, type Labels, objectPixels } from "./labels.ts";
import {
  colocalizationNames,
  correlationNames,
  measureColocalization,
  measureCorrelation,
} from "./measure-correlation.ts";
import { granularityNames, measureGranularity } from "./measure-granularity.ts";
import { intensityNames, measureIntensity } from "./measure-intensity.ts";
import { measureNeighbors, neighborNames } from "./measure-neighbors.ts";
import type { FeatureSink, MeasureInput } from "./measure-pixels.ts";
import { measureRadial, radialNames } from "./measure-radial.ts";
import { measureMoments, measureShape, momentNames, shapeNames } from "./measure-shape.ts";
import { measureTexture, textureNames } from "./measure-texture.ts";
import { measureRadialZernike, measureZernike, radialZernikeNames, zernikeNames } from "./measure-zernike.ts";
import { type Plane, planeScale } from "./plane.ts";

/** Measurements of a set of objects: one row an object, one column a feature. Missing is NaN. */
export interface FeatureTable {
  /** Feature names as CellProfiler's, without the name of the object set. */
  names: string[];
  /** Shape (objects, features), row-major. */
  values: Float64Array;
  objectCount: number;
  /** 1 for objects that touch the image border and are therefore cut off, shape (objects). */
  touchesBorder: Uint8Array;
}

interface FamilyDefinition {
  names: (channels: readonly string[]) => readonly string[];
  measure: (input: MeasureInput, sink: FeatureSink) => void;
}

/** Every family of features, in the order of their columns. */
const definitions = {
  intensity: { names: intensityNames, measure: measureIntensity },
  shape: { names: () => shapeNames, measure: measureShape },
  moments: { names: () => momentNames, measure: measureMoments },
  zernike: { names: () => zernikeNames, measure: measureZernike },
  correlation: { names: correlationNames, measure: measureCorrelation },
  colocalization: { names: colocalizationNames, measure: (input, sink) => measureColocalization(input, sink) },
  texture: { names: textureNames, measure: measureTexture },
  radial: { names: radialNames, measure: measureRadial },
  granularity: { names: granularityNames, measure: measureGranularity },
  "radial-zernike": { names: radialZernikeNames, measure: measureRadialZernike },
  neighbors: { names: () => neighborNames, measure: measureNeighbors },
} satisfies Record<string, FamilyDefinition>;

/** A group of features that is measured together. */
export type FeatureFamily = keyof typeof definitions;

/** Every family, in the order of their columns. */
export const featureFamilies = Object.keys(definitions) as FeatureFamily[];

/** What the live pipeline measures: quick and telling. The rest is for the second, offline pass. */
export const pipelineFamilies: readonly FeatureFamily[] = ["intensity", "shape", "correlation"];

/**
 * Measures every object in every channel.
 * @param options.channels named planes of shape (height, width), in the order in which their features are wanted
 * @param options.labels label image of the same shape
 * @param options.families which groups of features; default `pipelineFamilies`
 * @returns table of shape (objects, features); an object number without pixels gives a row of NaN
 * @throws PlaneShapeError (imaging/plane-shape) when a plane and the labels differ in shape
 * @throws ObjectOptionError (imaging/object-option) for an unknown family or two channels of one name
 */
export function measureObjects(options: {
  channels: readonly { name: string; plane: Plane }[];
  labels: Labels;
  families?: readonly FeatureFamily[];
}): FeatureTable {
  const { channels, labels } = options;
  const families = options.families ?? pipelineFamilies;
  const seen = new Set<string>();
  for (const { name, plane } of channels) {
    if (seen.has(name)) throw new ObjectOptionError("channels", `"${name}" twice`, "every channel name once");
    seen.add(name);
    if (plane.width !== labels.width || plane.height !== labels.height) {
      throw new PlaneShapeError(
        `channel ${name}`,
        `${plane.height} × ${plane.width} pixels`,
        `${labels.height} × ${labels.width} pixels as the labels have`,
      );
    }
  }
  for (const family of families) {
    if (!Object.hasOwn(definitions, family)) {
      throw new ObjectOptionError("families", `"${family}"`, `one of ${featureFamilies.join(", ")}`);
    }
  }
  const input: MeasureInput = {
    labels,
    pixels: objectPixels(labels),
    channels: channels.map(({ name, plane }) => ({ name, plane, scale: planeScale(plane) })),
  };
  const channelNames = channels.map(({ name }) => name);
  const parts = families.map((family): FamilyDefinition => definitions[family]);
  const columns = parts.map((part) => part.names(channelNames));
  const names = columns.flat();
  const values = new Float64Array(labels.count * names.length).fill(Number.NaN);
  let offset = 0;
  parts.forEach((part, i) => {
    part.measure(input, { values, stride: names.length, offset });
    offset += columns[i]!.length;
  });
  return { names, values, objectCount: labels.count, touchesBorder: borderObjects(labels) };
}

/** Whether a feature says where an object lies rather than what it is like: not for profiles. */
export function isPosition(name: string): boolean {
  return /^(Location_|AreaShape_(Center_|BoundingBox(Minimum|Maximum)_|SpatialMoment_))/.test(name);
}
