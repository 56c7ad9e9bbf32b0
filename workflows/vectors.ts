import type { ObjectStore } from "@artesian/data";
import type { VectorPointer } from "./phenomics.schemas.ts";

/** Named numbers: `values[i]` belongs to `names[i]`. */
export interface NamedVector {
  names: string[];
  /** Of shape (features). */
  values: Float64Array;
}

/** Stores names and values as two objects; equal names of many vectors are one object. */
export async function putVector(objects: ObjectStore, vector: NamedVector): Promise<VectorPointer> {
  const { buffer, byteOffset, byteLength } = vector.values;
  const [names, values] = await Promise.all([
    objects.put(new TextEncoder().encode(JSON.stringify(vector.names))),
    objects.put(new Uint8Array(buffer, byteOffset, byteLength)),
  ]);
  return { names: names.uri, values: values.uri };
}

/** @throws MissingObjectError (data/missing-object) */
export async function getVector(objects: ObjectStore, pointer: VectorPointer): Promise<NamedVector> {
  const [names, values] = await Promise.all([getJson(objects, pointer.names), objects.get(pointer.values)]);
  return {
    names: names as string[],
    values: new Float64Array(values.buffer.slice(values.byteOffset, values.byteOffset + values.byteLength)),
  };
}

export async function putJson(objects: ObjectStore, value: unknown): Promise<string> {
  return (await objects.put(new TextEncoder().encode(JSON.stringify(value)))).uri;
}

export async function getJson(objects: ObjectStore, uri: string): Promise<unknown> {
  return JSON.parse(new TextDecoder().decode(await objects.get(uri)));
}

/**
 * Mean of vectors weighted by how many objects each rests on; a missing value (NaN) takes no part. Without any object all vectors
 * count alike.
 * @param vectors all with the same names
 * @returns of shape (features); NaN where no vector has a value
 */
export function weightedMean(vectors: readonly NamedVector[], weights: readonly number[]): Float64Array {
  const size = vectors[0]?.values.length ?? 0;
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const result = new Float64Array(size);
  for (let feature = 0; feature < size; feature++) {
    let sum = 0;
    let mass = 0;
    vectors.forEach(({ values }, index) => {
      const value = values[feature] ?? Number.NaN;
      const weight = total > 0 ? (weights[index] ?? 0) : 1;
      if (Number.isNaN(value) || weight === 0) return;
      sum += weight * value;
      mass += weight;
    });
    result[feature] = mass > 0 ? sum / mass : Number.NaN;
  }
  return result;
}
