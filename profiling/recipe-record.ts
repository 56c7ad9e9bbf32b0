import type { Place } from "@artesian/data";
import { canonicalJson, sha256 } from "@artesian/data/hash.ts";
import type { RecipeInput, RecipePlaces, RecipeStep } from "./recipe-step.ts";

/** A file by name and content, as a record holds it. */
export interface RecordedFile {
  name: string;
  key: string;
  /** `sha256:` of its content; `listing:` of names, sizes and etags for folders; `etag:` for files too large to read for this alone. */
  digest: string;
  /** Lets the digest be known again without reading the file. */
  etag: string;
  sizeBytes: number;
}

/** What a step found worth telling. A JSON value. */
export interface StepReport {
  /** Sentences for people: what was left out, and why. */
  notes: string[];
  /** Everything that was dropped, by kind: wells, features with reason and partner, image sets. */
  details: Record<string, unknown>;
}

/** What one step wrote and found. */
export interface StepResult {
  outputs: RecordedFile[];
  report: StepReport;
}

/** How a step's outputs were made; it stands beside them and is written after them. */
export interface RecipeRecord {
  step: string;
  /** Digest of the code that ran. */
  code: string;
  parameters: RecipeStep["parameters"];
  inputs: RecordedFile[];
  outputs: RecordedFile[];
  report: StepReport;
}

/** Files above this size are known by size and time (the store's etag), not by content. */
const HASH_UP_TO_BYTES = 256 * 1024 * 1024;

/** The record at a key; undefined when there is none, or none that can be read. */
export async function readRecord(
  place: Place,
  key: string,
  call: { signal?: AbortSignal } = {},
): Promise<RecipeRecord | undefined> {
  try {
    const parsed: unknown = JSON.parse(new TextDecoder().decode(await place.read(key, call)));
    return isRecord(parsed) ? parsed : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    if (error instanceof Error && "code" in error && error.code === "data/missing-file") return undefined;
    throw error;
  }
}

function isRecord(value: unknown): value is RecipeRecord {
  if (value === null || typeof value !== "object") return false;
  const files = (name: string): boolean =>
    name in value &&
    Array.isArray(value[name as keyof typeof value]) &&
    (value[name as keyof typeof value] as unknown[]).every(
      (file) => file !== null && typeof file === "object" && "key" in file && "digest" in file && "etag" in file,
    );
  return "code" in value && "parameters" in value && "report" in value && files("inputs") && files("outputs");
}

/** What a step's inputs are now; undefined names an input that is not there. */
export interface FoundInputs {
  files: RecordedFile[];
  missing: RecipeInput[];
  totalBytes: number;
}

/**
 * Knows files by content, reading each at most once; a file whose etag is recorded is not read again.
 */
export class FileIdentities {
  readonly #places: RecipePlaces;
  readonly #known = new Map<string, Promise<Omit<RecordedFile, "name" | "key"> | undefined>>();

  constructor(places: RecipePlaces) {
    this.#places = places;
  }

  /** A file that a step of this run has just written. */
  learn(file: RecordedFile): void {
    const { digest, etag, sizeBytes } = file;
    this.#known.set(`project:${file.key}`, Promise.resolve({ digest, etag, sizeBytes }));
  }

  async inputs(step: RecipeStep, record: RecipeRecord | undefined, signal?: AbortSignal): Promise<FoundInputs> {
    const found: FoundInputs = { files: [], missing: [], totalBytes: 0 };
    const identities = await Promise.all(
      step.inputs.map((input) =>
        this.#identify(
          input,
          record?.inputs.find(({ key }) => key === input.key),
          signal,
        ),
      ),
    );
    step.inputs.forEach((input, index) => {
      const identity = identities[index];
      if (identity === undefined) found.missing.push(input);
      else {
        found.files.push({ name: input.name, key: input.key, ...identity });
        found.totalBytes += identity.sizeBytes;
      }
    });
    return found;
  }

  /** Whether a step's outputs are there as recorded. */
  async outputsStand(step: RecipeStep, record: RecipeRecord, signal?: AbortSignal): Promise<boolean> {
    if (record.outputs.length !== step.outputs.length) return false;
    const stand = await Promise.all(
      step.outputs.map(async ({ key }) => {
        const recorded = record.outputs.find((output) => output.key === key);
        if (recorded === undefined) return false;
        const now = await this.#identify({ name: "", place: "project", key }, recorded, signal);
        return now?.digest === recorded.digest;
      }),
    );
    return stand.every(Boolean);
  }

  #identify(input: RecipeInput, recorded: RecordedFile | undefined, signal?: AbortSignal) {
    const id = `${input.place}:${input.key}`;
    let known = this.#known.get(id);
    if (known === undefined) {
      const place = this.#places[input.place];
      known = input.folder === true ? listing(place, input.key, signal) : content(place, input.key, recorded, signal);
      this.#known.set(id, known);
    }
    return known;
  }
}

async function content(place: Place, key: string, recorded: RecordedFile | undefined, signal?: AbortSignal) {
  const call = signal === undefined ? {} : { signal };
  const entry = await place.stat(key, call);
  if (entry === undefined) return undefined;
  const { etag, sizeBytes } = entry;
  if (recorded !== undefined && recorded.etag === etag && recorded.sizeBytes === sizeBytes)
    return { digest: recorded.digest, etag, sizeBytes };
  const digest = sizeBytes > HASH_UP_TO_BYTES ? `etag:${etag}` : `sha256:${sha256(await place.read(key, call))}`;
  return { digest, etag, sizeBytes };
}

async function listing(place: Place, prefix: string, signal?: AbortSignal) {
  const entries: string[] = [];
  let sizeBytes = 0;
  for await (const entry of place.list(prefix, signal === undefined ? {} : { signal })) {
    entries.push(JSON.stringify([entry.key.slice(prefix.length), entry.sizeBytes, entry.etag]));
    sizeBytes += entry.sizeBytes;
  }
  if (entries.length === 0) return undefined;
  const digest = `listing:${sha256(entries.join("\n"))}`;
  return { digest, etag: digest, sizeBytes };
}

/** Why a step's recorded result cannot be used; undefined when it can. */
export async function whyStale(
  step: RecipeStep,
  record: RecipeRecord | undefined,
  found: FoundInputs,
  code: string,
  identities: FileIdentities,
  signal?: AbortSignal,
): Promise<string | undefined> {
  if (record === undefined) return "it has not been done";
  if (canonicalJson(record.parameters) !== canonicalJson(step.parameters)) return "its parameters changed";
  const before = new Map(record.inputs.map((file) => [file.key, file.digest]));
  const changed = found.files.filter(({ key, digest }) => before.get(key) !== digest);
  if (changed.length > 0) return `${changed[0]!.key} changed`;
  if (record.inputs.length !== found.files.length) return "its inputs changed";
  if (record.code !== code) return "the program changed";
  if (!(await identities.outputsStand(step, record, signal))) return "its outputs are gone or were changed";
  return undefined;
}
