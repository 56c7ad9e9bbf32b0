import { createHash } from "node:crypto";
import { gunzipSync } from "node:zlib";
import type { Place, PlaceEntry } from "@artesian/data";
import { decodeText } from "./csv-text.ts";
import { type FeatureChoice, isFeatureOf } from "./feature-columns.ts";
import { profileFormatOf } from "./profile-format.ts";
import type { Profiles } from "./profiles.ts";
import { profilesAsRead } from "./profiles-as-read.ts";
import { readProfiles } from "./read-profiles.ts";
import { RecipeWriteError } from "./recipe-errors.ts";
import type { RecordedFile, StepReport, StepResult } from "./recipe-record.ts";
import type { RecipeInput, RecipePlaces, RecipeStep } from "./recipe-step.ts";
import type { RecipeTables } from "./recipe-tables.ts";
import { writeProfiles } from "./write-profiles.ts";

export type FileCall = { signal?: AbortSignal; tables?: RecipeTables };

const signalOf = ({ signal }: FileCall): { signal?: AbortSignal } => (signal === undefined ? {} : { signal });

/** A text file of a place; gzip is unpacked. @throws MissingFileError (data/missing-file), EncodingError (profiling/encoding) */
export async function readTextFile(place: Place, key: string, call: FileCall): Promise<string> {
  const bytes = await place.read(key, signalOf(call));
  return decodeText(bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes, `${place.uri}/${key}`);
}

/**
 * Reads profiles, or takes them as the step before wrote them; columns that are no features by the choice stay with the metadata. Nobody
 * may change them.
 */
export async function readProfileFile(
  places: RecipePlaces,
  { place, key }: RecipeInput,
  choice: Partial<FeatureChoice>,
  call: FileCall,
): Promise<Profiles> {
  const isFeature = isFeatureOf({ features: "infer", ...choice });
  const written = place === "project" ? call.tables?.take(key) : undefined;
  const known = written === undefined ? undefined : profilesAsRead(written, isFeature);
  return known ?? readProfiles(places[place], key, { isFeature, ...signalOf(call) });
}

/** Writes a file so that it appears whole, and says what it is by content. @throws RecipeWriteError (profiling/cannot-write) */
export function writeFile(
  place: Place,
  key: string,
  name: string,
  content: Uint8Array | string,
  call: FileCall,
): Promise<RecordedFile> {
  return recorded(place, key, name, call, (hashing) => hashing.write(key, content, signalOf(call)));
}

/** Writes profiles by the file's ending, and keeps them for those who read them next. @param digits significant ones; null or undefined: exact */
export async function writeProfileFile(
  place: Place,
  key: string,
  name: string,
  profiles: Profiles,
  digits: number | null | undefined,
  call: FileCall,
): Promise<RecordedFile> {
  const exact = digits === null || digits === undefined;
  const options = { ...(exact ? {} : { floatFormat: `%.${digits}g` }), ...signalOf(call) };
  const file = await recorded(place, key, name, call, (hashing) => writeProfiles(hashing, key, profiles, options));
  if (exact && profileFormatOf(key).format === "csv" && call.tables?.wants(key)) call.tables.keep(key, profiles);
  return file;
}

/** Writes by way of a place that takes the digest of what goes through it. */
async function recorded(
  place: Place,
  key: string,
  name: string,
  { signal }: FileCall,
  write: (hashing: Place) => Promise<PlaceEntry>,
): Promise<RecordedFile> {
  const hash = createHash("sha256");
  const hashing: Place = {
    ...place,
    write(target, content, call) {
      if (typeof content !== "string" && !(content instanceof Uint8Array))
        return place.write(
          target,
          through(content, (piece) => hash.update(piece)),
          call,
        );
      hash.update(content);
      return place.write(target, content, call);
    },
  };
  try {
    const { etag, sizeBytes } = await write(hashing);
    return { name, key, digest: `sha256:${hash.digest("hex")}`, etag, sizeBytes };
  } catch (error) {
    if (signal?.aborted || !(error instanceof Error)) throw error;
    throw new RecipeWriteError(`${place.uri}/${key}`, error);
  }
}

async function* through(
  pieces: AsyncIterable<Uint8Array>,
  see: (piece: Uint8Array) => void,
): AsyncGenerator<Uint8Array> {
  for await (const piece of pieces) {
    see(piece);
    yield piece;
  }
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
  call: FileCall,
): Promise<StepResult> {
  const { key, name } = step.outputs[0]!;
  return {
    outputs: [await writeProfileFile(places.project, key, name, profiles, step.parameters.digits, call)],
    report: {
      notes: report.notes,
      details: { wells: profiles.rowCount, features: profiles.features.length, ...report.details },
    },
  };
}
