import { existsSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { openPlace, type Place } from "@artesian/data";
import {
  type AmpliconSpec,
  type AnalysisPlan,
  analyseSample,
  type BatchEntry,
  batchOutputs,
  outputsOf,
  type Provenance,
  parseBaseEditor,
  quantificationRow,
  rateText,
  readAmpliconTable,
  readSampleSheet,
  type SampleInput,
  type SampleSource,
  type SheetSample,
  sampleFolder,
  splitPool,
} from "@artesian/editing";
import { editingCode } from "@artesian/workflows/edit-code.ts";
import type { CommandContext } from "./command.ts";
import { fileSource, sampleName, sampleSource, stopSignal, writeOutputs } from "./edits-files.ts";
import type { EditsFlags } from "./edits-options.ts";
import { ampliconFrom, count, guidesFrom, planFrom, readingFrom, withCutOffset } from "./edits-plan.ts";
import { readTold, tellStage } from "./edits-run.ts";
import { describeError, EXIT, UsageError } from "./exit.ts";
import type { Output } from "./output.ts";
import { storeEnvironment } from "./store-environment.ts";

interface PooledFlags extends EditsFlags {
  reads: string[];
}

/** What batch and pooled runs share. */
interface Work {
  flags: EditsFlags;
  plan: Omit<AnalysisPlan, "amplicon">;
  reading: ReturnType<typeof readingFrom>;
  threads: number;
  place: Place;
  code: { version: string; digest: string };
  signal: AbortSignal;
  output: Output;
}

/** `artesian edits batch`: the samples of a sheet, one after the other; a failed one does not stop the rest. */
export async function editsBatch(sheet: string, flags: EditsFlags, context: CommandContext): Promise<void> {
  const fallback = ampliconFrom(flags);
  if (fallback === undefined && guidesFrom(flags).length > 0)
    throw new UsageError("--guide needs --amplicon: guides of a sheet's amplicons are in its column guide.");
  const { samples, notes } = readSampleSheet(
    readText(sheet),
    sheet,
    fallback === undefined ? {} : { amplicon: fallback },
  );
  await withWork(flags, context, async (work) => {
    for (const note of notes) work.output.say(`note: ${note}`);
    const folder = dirname(sheet);
    const inputs = new Map<string, SampleInput>();
    const wanted = new Set(samples.flatMap(({ controls }) => controls));
    const read = async (sample: SheetSample): Promise<SampleInput> => {
      const known = inputs.get(sample.sample);
      if (known !== undefined) return known;
      const input = await readTold(sourceOf(sample, folder, flags), work.reading, work.output, work.signal);
      if (wanted.has(sample.sample)) inputs.set(sample.sample, input);
      return input;
    };
    const entries: BatchEntry[] = [];
    for (const sample of samples) {
      const { sample: name, condition = null, controls, amplicon, baseEditor } = sample;
      entries.push(
        await entryOf(work, name, condition, async () => {
          const input = await read(sample);
          const against: SampleInput[] = [];
          for (const control of controls) against.push(await read(samples.find((one) => one.sample === control)!));
          // Guides given by flags have their cuts already.
          const spec = amplicon.guides === fallback?.guides ? amplicon : withCutOffset(amplicon, flags);
          return { input, against, spec, ...(baseEditor !== undefined && { baseEditor }) };
        }),
      );
    }
    return finish(work, entries, { pool: null, notes });
  });
}

/** `artesian edits pooled`: one library of many amplicons. */
export async function editsPooled(table: string, flags: PooledFlags, context: CommandContext): Promise<void> {
  const { amplicons, notes } = readAmpliconTable(readText(table), table);
  const source = sampleSource("--reads", sampleName(flags.reads[0]!), flags.reads, flags.interleaved === true);
  const rows = amplicons.map((row) => ({ ...row, ...withCutOffset(row, flags) }));
  await withWork(flags, context, async (work) => {
    for (const note of notes) work.output.say(`note: ${note}`);
    const whole = await readTold(source, work.reading, work.output, work.signal);
    const { samples, pool } = splitPool(whole, rows, work.plan.design ?? {}, {
      signal: work.signal,
      progress: (done, total) =>
        work.output.progress(
          `giving out reads: ${done.toLocaleString("en")} of ${total.toLocaleString("en")} sequences`,
        ),
    });
    work.output.settle();
    const entries: BatchEntry[] = [];
    for (const [i, input] of samples.entries())
      entries.push(await entryOf(work, input.name, null, async () => ({ input, against: [], spec: rows[i]! })));
    const lost = pool.unassigned + pool.ambiguous;
    const told =
      lost > 0
        ? [`${lost} of ${pool.total} reads fit no amplicon (${pool.unassigned}) or several (${pool.ambiguous}).`]
        : [];
    return finish(work, entries, { pool, notes: [...notes, ...told] });
  });
}

interface Prepared {
  input: SampleInput;
  against: SampleInput[];
  spec: AmpliconSpec;
  baseEditor?: string;
}

/** Analyses one sample and writes its files. */
async function entryOf(
  work: Work,
  sample: string,
  condition: string | null,
  prepare: () => Promise<Prepared>,
): Promise<BatchEntry> {
  const { plan, code, signal, threads, output, place, flags } = work;
  try {
    const { input, against, spec, baseEditor } = await prepare();
    const quantify = { ...plan.quantify, ...(baseEditor !== undefined && { baseEditor: parseBaseEditor(baseEditor) }) };
    const result = await analyseSample(
      input,
      against,
      { ...plan, quantify, amplicon: spec },
      {
        code,
        readParameters: { ...work.reading },
        signal,
        threads,
        stage: (stage, done, total) => tellStage(output, sample, stage, done, total),
      },
    );
    output.settle();
    await writeOutputs(place, sampleFolder(sample), outputsOf(result, { png: flags.png, signal }));
    output.say(`${sample}: ${rateText(result.edited)} of ${result.edited.of.toLocaleString("en")} edited`);
    return { sample, condition, status: "done", result };
  } catch (error) {
    if (signal.aborted) throw error;
    output.settle();
    const { code: failure, message } = describeError(error);
    output.say(`${sample}: failed: ${message} [${failure}]`);
    return { sample, condition, status: "failed", code: failure, message };
  }
}

async function withWork(
  flags: EditsFlags,
  { output, exit }: CommandContext,
  run: (work: Work) => Promise<boolean>,
): Promise<void> {
  const { signal, done } = stopSignal();
  try {
    const work: Work = {
      flags,
      plan: planFrom(flags),
      reading: readingFrom(flags),
      threads: count("--threads", flags.threads ?? "2", 1),
      place: openPlace(flags.out, storeEnvironment()),
      code: await editingCode(),
      signal,
      output,
    };
    exit((await run(work)) ? EXIT.done : EXIT.failed);
  } catch (error) {
    if (!signal.aborted) throw error;
    output.settle();
    output.say("Stopped. Samples that were done are complete; run the same command again for the rest.");
    exit(EXIT.incomplete);
  } finally {
    done();
  }
}

/** Writes what tells of all samples. @returns whether all are done */
async function finish(
  { place, code, flags, reading, output, signal }: Work,
  entries: readonly BatchEntry[],
  more: Parameters<typeof batchOutputs>[2],
): Promise<boolean> {
  const provenance: Provenance = {
    code,
    inputs: entries.flatMap((entry) => (entry.status === "done" ? entry.result.provenance.inputs : [])),
    parameters: { reading },
  };
  const files = await writeOutputs(place, "", batchOutputs(entries, provenance, more, { png: flags.png, signal }));
  const failed = entries.filter(({ status }) => status === "failed").length;
  if (flags.json)
    output.json({
      samples: entries.map((entry) =>
        entry.status === "failed"
          ? entry
          : { status: "done", condition: entry.condition, ...quantificationRow(entry.result) },
      ),
      pool: more.pool,
      notes: more.notes,
      provenance,
      out: flags.out,
      files,
    });
  else
    for (const entry of entries)
      output.data(
        entry.status === "failed"
          ? `${entry.sample}\tfailed\t${entry.code}`
          : `${entry.sample}\t${rateText(entry.result.edited)}`,
      );
  for (const note of more.notes) if (!flags.json) output.say(note);
  output.say(`${flags.out}: ${entries.length - failed} done, ${failed} failed; report.html tells of all.`);
  return failed === 0;
}

function sourceOf({ sample, reads1, reads2 }: SheetSample, folder: string, flags: EditsFlags): SampleSource {
  const files = (names: readonly string[]) => names.map((name) => fileSource(`sample ${sample}:`, name, folder));
  return { name: sample, r1: files(reads1), r2: files(reads2), ...(flags.interleaved && { interleaved: true }) };
}

function readText(file: string): string {
  if (!existsSync(file)) throw new UsageError(`${file}: there is no such file.`);
  return readFileSync(file, "utf8");
}
