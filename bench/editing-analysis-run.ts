/**
 * One analysis in a process of its own, so that its time and peak memory can be measured:
 * - `node bench/editing-analysis-run.ts pairs FOLDER`: from `r1.fastq.gz` and `r2.fastq.gz` to all files of a result;
 * - `node bench/editing-analysis-run.ts unique READS`: single reads of 250 bases, almost all different, made while they are read.
 */
import { openPlace } from "@artesian/data";
import { analyseSample, outputsOf, readInput, type SampleSource } from "@artesian/editing";
import { benchAmplicon, noisyReads } from "./editing-samples.ts";

const [how = "", what = ""] = process.argv.slice(2);
const start = performance.now();
const cpuOfMaking = { ms: 0, cpuMs: 0 };
const stages: Record<string, number> = {};
const stage = (name: string): void => {
  stages[name] = performance.now() - start - cpuOfMaking.ms;
};

const input = await readInput(how === "pairs" ? pairs(what) : made(Number(what)));
stage("read");
const result = await analyseSample(
  input,
  [],
  { amplicon: { name: "bench", sequence: benchAmplicon, guides: [{ sequence: benchAmplicon.slice(108, 128) }] } },
  { code: { version: "bench", digest: "" } },
);
stage("analysed");
let bytes = 0;
for await (const { content } of outputsOf(result)) bytes += content.length;
stage("written");
const { user, system } = process.cpuUsage();
console.log(
  JSON.stringify({
    ms: performance.now() - start - cpuOfMaking.ms,
    cpuMs: (user + system) / 1000 - cpuOfMaking.cpuMs,
    peakMiB: process.resourceUsage().maxRSS / 1024,
    reads: result.counts.aligned,
    unique: result.counts.unique,
    edited: result.edited.value,
    bytes,
    stages,
  }),
);

function pairs(folder: string): SampleSource {
  const place = openPlace(folder);
  const file = (key: string) => [{ place, key, shown: key }];
  return { name: "bench", r1: file("r1.fastq.gz"), r2: file("r2.fastq.gz") };
}

/** A sample whose one file is made as it is read. */
function made(count: number): SampleSource {
  async function* stream(): AsyncGenerator<Uint8Array> {
    const pieces = noisyReads(benchAmplicon, count);
    for (;;) {
      const before = performance.now();
      const cpu = process.cpuUsage();
      const next = pieces.next();
      const { user, system } = process.cpuUsage(cpu);
      cpuOfMaking.ms += performance.now() - before;
      cpuOfMaking.cpuMs += (user + system) / 1000;
      if (next.done) return;
      yield next.value;
    }
  }
  const entry = { key: "made.fastq", sizeBytes: 0, etag: "", modifiedMs: 0 };
  const place = {
    uri: "made",
    stream,
    stat: async () => entry,
    read: async () => new Uint8Array(0),
    async *list() {
      yield entry;
    },
  };
  return { name: "bench", r1: [{ place, key: entry.key, shown: entry.key }], r2: [] };
}
