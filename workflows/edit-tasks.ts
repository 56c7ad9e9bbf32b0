import { type ObjectStore, openPlace, type Place, type S3Environment } from "@artesian/data";
import {
  type AmpliconSpec,
  analyseSample,
  type EditingResult,
  type FileSource,
  outputsOf,
  parseBaseEditor,
  type Rate,
  RESULT_FILE,
  readInput,
  readSampleSheet,
  type SampleInput,
  type SheetSample,
} from "@artesian/editing";
import type { TaskContext } from "@artesian/engine";
import {
  type EditingSettings,
  editingRunRecord,
  editingSettings,
  type ReadFileRecord,
  type SheetRecord,
  type SheetSampleRecord,
  sampleRecord,
} from "./editing.schemas.ts";
import { ChangedReadsError, MissingReadsError } from "./errors.ts";

/** What tasks about edits work with. */
export interface EditingContext {
  objects: ObjectStore;
  env: S3Environment;
  /** Of the code behind results. */
  code: { version: string; digest: string };
}

type Task = Pick<TaskContext, "signal" | "heartbeat" | "log">;
const SHEET_BYTES = 8 << 20;

/** Reads a run's sample sheet, and looks at the files that it names; one that is missing fails its sample alone. */
export async function readSheet(
  input: unknown,
  { env }: EditingContext,
  { signal }: Task,
): Promise<Omit<SheetRecord, "run" | "sampleSheet">> {
  const run = editingRunRecord.parse(input);
  const { sampleSheet } = run;
  const settings = editingSettings.parse(run.settings ?? {});
  const { place, key } = located(sampleSheet, env);
  const lookMs = Date.now();
  const text = new TextDecoder().decode(await place.read(key, { end: SHEET_BYTES, signal }));
  const { samples, notes } = readSampleSheet(
    text,
    sampleSheet,
    settings.amplicon === null ? {} : { amplicon: settings.amplicon },
  );
  const folder = sampleSheet.slice(0, sampleSheet.lastIndexOf("/"));
  const look = (name: string): Promise<ReadFileRecord> => lookAtReads(name, folder, env, signal);
  const reads = new Map<string, SheetSampleRecord["reads"]>();
  for (const { sample, reads1, reads2 } of samples)
    reads.set(sample, { r1: await Promise.all(reads1.map(look)), r2: await Promise.all(reads2.map(look)) });
  const controls = new Set(samples.flatMap((sample) => sample.controls));
  return {
    lookMs,
    experiment: run.experiment ?? run.run,
    settings,
    notes,
    sampleCount: samples.length,
    samples: samples.map((sample, index) => ({
      sample: sample.sample,
      order: index + 1,
      line: sample.line,
      reads: reads.get(sample.sample)!,
      controls: sample.controls.map((name) => ({ sample: name, reads: reads.get(name)! })),
      amplicon: ampliconOf(sample, settings),
      baseEditor: sample.baseEditor ?? null,
      isControl: controls.has(sample.sample),
      perturbation: perturbationOf(sample.perturbation),
      plate: sample.plate ?? null,
      well: sample.well ?? null,
    })),
  };
}

/** A sheet's amplicon with the cut that is given for all guides. */
function ampliconOf({ amplicon }: SheetSample, { cutOffset }: EditingSettings): AmpliconSpec {
  const spec = amplicon as AmpliconSpec;
  if (cutOffset === null || spec.guides === undefined) return spec;
  return { ...spec, guides: spec.guides.map((guide) => ({ cutOffset, ...guide })) };
}

/** "gene:TSC2", "compound:C4", or a gene's symbol alone. */
function perturbationOf(text: string | undefined): SheetSampleRecord["perturbation"] {
  if (text === undefined) return null;
  const [, type, name] = /^(gene|compound|control):\s*(.+)$/i.exec(text) ?? [];
  if (type === undefined || name === undefined) return { type: "gene", name: text };
  return { type: type.toLowerCase() as "gene", name };
}

async function lookAtReads(
  name: string,
  folder: string,
  env: S3Environment,
  signal: AbortSignal,
): Promise<ReadFileRecord> {
  const address = /^[a-z0-9]+:\/\/|^\/|^[a-z]:[\\/]/i.test(name) ? name : `${folder}/${name}`;
  const { place, key } = located(address, env);
  const entry = await place.stat(key, { signal });
  return {
    name,
    place: place.uri,
    key,
    content: entry === undefined ? null : { etag: entry.etag, sizeBytes: entry.sizeBytes },
  };
}

function located(address: string, env: S3Environment): { place: Place; key: string } {
  const at = address.lastIndexOf("/");
  return { place: openPlace(address.slice(0, at) || "/", env), key: address.slice(at + 1) };
}

/** Counts what happened to a sample's reads: numbers in the record, everything else as objects. Equal reads and settings, equal objects. */
export async function quantifySample(input: unknown, { objects, env, code }: EditingContext, task: Task) {
  const record = sampleRecord.parse(input);
  const { signal, heartbeat } = task;
  const { settings, sample } = record;
  const read = async (name: string, reads: SheetSampleRecord["reads"]): Promise<SampleInput> => {
    const sources = (files: readonly ReadFileRecord[]): FileSource[] =>
      files.map(({ place, key, name: shown }) => ({ place: openPlace(place, env), key, shown }));
    const files = [...reads.r1, ...reads.r2];
    const missing = files.find(({ content }) => content === null);
    if (missing !== undefined) throw new MissingReadsError(record.sampleSheet, record.line, name, missing.name);
    const given = await readInput(
      { name, r1: sources(reads.r1), r2: sources(reads.r2), interleaved: settings.interleaved },
      { ...settings.reading, signal, progress: () => heartbeat() },
    );
    await requireUnchangedReads(name, files, env, signal);
    return given;
  };
  const own = await read(sample, record.reads);
  const controls: SampleInput[] = [];
  for (const control of record.controls) controls.push(await read(control.sample, control.reads));
  const { amplicon, baseEditor } = record;
  const { design, quantify, mostAlleles, leastEditShare } = settings;
  const result = await analyseSample(
    own,
    controls,
    {
      amplicon,
      design,
      quantify: { ...quantify, ...(baseEditor !== null && { baseEditor: parseBaseEditor(baseEditor) }) },
      ...(mostAlleles !== null && { mostAlleles }),
      ...(leastEditShare !== null && { leastEditShare }),
    },
    // Samples already run side by side.
    { code, readParameters: { ...settings.reading }, signal, threads: 1, stage: () => heartbeat() },
  );
  for (const note of result.notes) task.log(note);
  const files: Record<string, string> = {};
  for await (const { name, content } of outputsOf(result, { signal })) {
    heartbeat();
    files[name] = (await objects.put(typeof content === "string" ? new TextEncoder().encode(content) : content)).uri;
  }
  return { result: files[RESULT_FILE]!, files, found: foundOf(result), sampleNotes: result.notes };
}

function foundOf({ unit, counts, edited, outcomes, background, frames }: EditingResult) {
  const inFrames = frames === null ? 0 : frames.inFrame + frames.frameshift + frames.noncoding;
  return {
    unit,
    aligned: counts.aligned,
    judged: counts.judged,
    edited: plainRate(edited),
    outcomes: Object.fromEntries(Object.entries(outcomes).map(([name, rate]) => [name, plainRate(rate)])),
    aboveControls: background === null ? null : share(background.difference),
    frameshift: frames === null || inFrames === 0 ? null : frames.frameshift / inFrames,
  };
}

function plainRate({ count, of, ...rate }: EditingResult["edited"]) {
  return { count, of, ...share(rate) };
}

function share({ value, lower, upper }: Rate) {
  const known = (number: number): number | null => (Number.isFinite(number) ? number : null);
  return { value: known(value), lower: known(lower), upper: known(upper) };
}

/** Reads that are replaced while they are read belong to no version. */
async function requireUnchangedReads(
  sample: string,
  files: readonly ReadFileRecord[],
  env: S3Environment,
  signal: AbortSignal,
): Promise<void> {
  for (const { place, key, name, content } of files) {
    const now = await openPlace(place, env).stat(key, { signal });
    if (now?.etag !== content?.etag) throw new ChangedReadsError(sample, name);
  }
}
