import { openPlace } from "@artesian/data";
import {
  analyseReads,
  bamFiles,
  outputsOf,
  quantificationRow,
  readInput,
  type SampleInput,
  type SampleSource,
  summaryOf,
} from "@artesian/editing";
import { editingCode } from "@artesian/workflows/edit-code.ts";
import type { CommandContext } from "./command.ts";
import { sampleName, sampleSource, stopSignal, writeOutputs } from "./edits-files.ts";
import type { EditsFlags } from "./edits-options.ts";
import { ampliconFrom, count, planFrom, readingFrom } from "./edits-plan.ts";
import { EXIT, UsageError } from "./exit.ts";
import type { Output } from "./output.ts";
import { storeEnvironment } from "./store-environment.ts";
import { version } from "./version.ts";

interface RunFlags extends EditsFlags {
  reads: string[];
  sample?: string;
  control?: string[];
  bam?: true;
}

/** `artesian edits run`: one sample. */
export async function editsRun(flags: RunFlags, { output, exit }: CommandContext): Promise<void> {
  const amplicon = ampliconFrom(flags);
  if (amplicon === undefined) throw new UsageError("--amplicon is missing.");
  const plan = { ...planFrom(flags), amplicon };
  const reading = readingFrom(flags);
  const threads = count("--threads", flags.threads ?? "2", 1);
  const interleaved = flags.interleaved === true;
  const name = flags.sample ?? sampleName(flags.reads[0]!);
  const source = sampleSource("--reads", name, flags.reads, interleaved);
  const controls = (flags.control ?? []).map((text) =>
    sampleSource("--control", sampleName(text), text.split(","), interleaved),
  );
  const place = openPlace(flags.out, storeEnvironment());
  const { signal, done } = stopSignal();
  try {
    const sample = await readTold(source, reading, output, signal);
    const against: SampleInput[] = [];
    for (const control of controls) against.push(await readTold(control, reading, output, signal));
    const { result, quantified } = await analyseReads(sample, against, plan, {
      code: await editingCode(),
      readParameters: { ...reading },
      signal,
      threads,
      places: flags.bam === true,
      stage: (stage, behind, total) => tellStage(output, name, stage, behind, total),
    });
    output.settle();
    const made = async function* () {
      yield* flags.bam === true ? bamFiles(quantified, name, version, { signal }) : [];
      yield* outputsOf(result, { png: flags.png, signal });
    };
    const files = await writeOutputs(place, "", made());
    if (flags.json)
      output.json({
        ...quantificationRow(result),
        reading: result.reading,
        notes: result.notes,
        provenance: result.provenance,
        out: flags.out,
        files,
      });
    else for (const line of summaryOf(result)) output.data(line);
    output.say(`${flags.out}: ${files.length} files; report.html first, editing.json has everything.`);
    exit(EXIT.done);
  } catch (error) {
    if (!signal.aborted) throw error;
    output.settle();
    output.say("Stopped. Nothing of this run is complete: run the same command again.");
    exit(EXIT.incomplete);
  } finally {
    done();
  }
}

/** Reads a sample and tells how far it is. */
export async function readTold(
  source: SampleSource,
  reading: ReturnType<typeof readingFrom>,
  output: Output,
  signal: AbortSignal,
): Promise<SampleInput> {
  const started = Date.now();
  const input = await readInput(source, {
    ...reading,
    signal,
    progress: (bytes, total) => {
      const seconds = (Date.now() - started) / 1000;
      const rate = seconds > 0 ? `, ${(bytes / 1e6 / seconds).toFixed(1)} MB/s` : "";
      output.progress(`${source.name}: reading ${Math.floor((100 * bytes) / Math.max(1, total))} %${rate}`);
    },
  });
  output.settle();
  return input;
}

/** Tells how far the analysis of a sample is. */
export function tellStage(output: Output, name: string, stage: string, done: number, total: number): void {
  const what = stage === "orient" ? "looking for strands" : "aligning";
  output.progress(`${name}: ${what}, ${done.toLocaleString("en")} of ${total.toLocaleString("en")} sequences`);
}
