import type { Place } from "@artesian/data";
import type { FoundMatrix } from "./discover.ts";
import { openMatrix } from "./open-matrix.ts";
import type { SummaryParameters } from "./presets.ts";
import { type SummaryContext, summariseSource } from "./summarise.ts";
import type { Summary } from "./summary.ts";

/**
 * Opens a matrix that `discoverMatrices` found and summarises it; see `summariseSource` for what comes of it and what fails how. Nothing is
 * left in the scratch folder but copies of HDF5 files that lie in a bucket, which belong to the caller.
 * @throws what opening and reading throw: the codes expression/… and data/… of docs/errors.md
 * @example
 * const place = openPlace("/data/portal");
 * const { matrices } = discoverMatrices(await Array.fromAsync(place.list()));
 * const { report, figures, tables } = await summariseMatrix(place, matrices[0], presets.modern, { scratch: "/tmp" });
 */
export async function summariseMatrix(
  place: Place,
  found: FoundMatrix,
  parameters: SummaryParameters,
  context: SummaryContext,
): Promise<Summary> {
  const source = await openMatrix(place, found, {
    cacheDir: context.scratch,
    ...(context.signal && { signal: context.signal }),
  });
  try {
    return await summariseSource(source, parameters, context);
  } finally {
    await source.close();
  }
}
