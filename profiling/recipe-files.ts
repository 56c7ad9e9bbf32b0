import { gunzipSync, gzipSync } from "node:zlib";
import { type Column, type Place, readCsv, sha256, type Table, tableOf, writeCsv } from "@artesian/data";
import { type Profiles, profilesFromTable, profilesToTable } from "./profiles.ts";
import { RecipeWriteError } from "./recipe-errors.ts";
import type { RecordedFile, StepReport, StepResult } from "./recipe-record.ts";
import type { RecipeInput, RecipeStep } from "./recipe-step.ts";
import type { RecipePlaces } from "./recipe-survey.ts";

export type PlaceCall = { signal?: AbortSignal };

/** A text file of a place; `.gz` is unpacked. @throws MissingFileError (data/missing-file) */
export async function readTextFile(place: Place, key: string, call: PlaceCall): Promise<string> {
  const bytes = await place.read(key, call);
  return new TextDecoder().decode(bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes);
}

/**
 * Reads a profile file: every numeric column that is no metadata counts as a feature here, so that nothing is lost; steps choose among
 * them.
 */
export async function readProfileFile(place: Place, key: string, call: PlaceCall): Promise<Profiles> {
  const table = readCsv(await readTextFile(place, key, call), { source: `${place.uri}/${key}` });
  return profilesFromTable(withEmptyNumbers(table), (name) => !name.startsWith("Metadata_"));
}

/** A feature that is missing in every well is a column of missing numbers, not of texts. */
function withEmptyNumbers(table: Table): Table {
  return tableOf(
    table.columns.map((column): Column => {
      const empty =
        column.kind === "text" && !column.name.startsWith("Metadata_") && column.values.every((cell) => cell === null);
      return empty
        ? { name: column.name, kind: "number", values: new Float64Array(table.rowCount).fill(Number.NaN) }
        : column;
    }),
  );
}

/** Writes a file so that it appears whole, and says what it is by content. @throws RecipeWriteError (profiling/cannot-write) */
export async function writeFile(
  place: Place,
  key: string,
  name: string,
  content: Uint8Array | string,
  call: PlaceCall,
): Promise<RecordedFile> {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  try {
    const { etag, sizeBytes } = await place.write(key, bytes, call);
    return { name, key, digest: `sha256:${sha256(bytes)}`, etag, sizeBytes };
  } catch (error) {
    if (call.signal?.aborted || !(error instanceof Error)) throw error;
    throw new RecipeWriteError(`${place.uri}/${key}`, error);
  }
}

/** A profile file's bytes: CSV, compressed with a fixed time, so that equal profiles are equal files. */
export function profileBytes(profiles: Profiles): Uint8Array {
  return gzipSync(writeCsv(profilesToTable(profiles)));
}

/** Numbers rounded to significant digits, as `%.Ng` writes them. */
export function roundProfiles(profiles: Profiles, digits: number | null | undefined): Profiles {
  if (digits === null || digits === undefined) return profiles;
  const round = (value: number): number => (Number.isFinite(value) ? Number(value.toPrecision(digits)) : value);
  return {
    ...profiles,
    values: profiles.values.map(round),
    metadata: Object.fromEntries(
      Object.entries(profiles.metadata).map(([name, cells]) => [
        name,
        cells.map((cell) => (typeof cell === "number" && !Number.isInteger(cell) ? round(cell) : cell)),
      ]),
    ),
  };
}

/** A step's input by what it calls it. */
export function inputOf(step: RecipeStep, name: string): RecipeInput {
  const input = step.inputs.find((one) => one.name === name);
  if (input === undefined) throw new TypeError(`Step ${step.id} was planned without its input ${name}.`);
  return input;
}

/** Writes profiles as a step's only output, and completes its report. */
export async function writeProfilesOf(
  step: RecipeStep & { parameters: { digits?: number | null } },
  profiles: Profiles,
  report: StepReport,
  places: RecipePlaces,
  call: PlaceCall,
): Promise<StepResult> {
  const { key, name } = step.outputs[0]!;
  const bytes = profileBytes(roundProfiles(profiles, step.parameters.digits));
  return {
    outputs: [await writeFile(places.project, key, name, bytes, call)],
    report: {
      notes: report.notes,
      details: { wells: profiles.rowCount, features: profiles.features.length, ...report.details },
    },
  };
}

export const gctText = (profiles: Profiles): string => JSON.stringify(profiles.features);
