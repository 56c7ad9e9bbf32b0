/**
 * One reading in a process of its own, so that its time and peak memory can be measured:
 * - `node bench/editing-reads-run.ts pairs FOLDER`: the pairs of `r1.fastq.gz` and `r2.fastq.gz`;
 * - `node bench/editing-reads-run.ts parse FOLDER`: the first of these files parsed and nothing else;
 * - `node bench/editing-reads-run.ts unique READS`: single reads of 250 bases, almost all different, made while they are read.
 */
import { decompressed, openPlace } from "@artesian/data";
import { readFastq, readSample, type SampleFiles } from "@artesian/editing";
import { benchAmplicon, noisyReads } from "./editing-samples.ts";

const [how = "", what = ""] = process.argv.slice(2);
const start = performance.now();
let reads = 0;
let unique = 0;
const making = { ms: 0, cpuMs: 0 };

if (how === "parse") {
  const place = openPlace(what);
  for await (const block of readFastq(decompressed(place.stream("r1.fastq.gz"), { name: "r1" }), "r1"))
    reads += block.count;
} else {
  const sample = await readSample(how === "pairs" ? pairs(what) : made(Number(what)));
  reads = sample.counts.readIn;
  unique = sample.reads.size;
}
const { user, system } = process.cpuUsage();
console.log(
  JSON.stringify({
    ms: performance.now() - start - making.ms,
    cpuMs: (user + system) / 1000 - making.cpuMs,
    peakMiB: process.resourceUsage().maxRSS / 1024,
    reads,
    unique,
  }),
);

function pairs(folder: string): SampleFiles {
  return { place: openPlace(folder), r1: "r1.fastq.gz", r2: "r2.fastq.gz" };
}

/** A place whose one file is made as it is read. */
function made(count: number): SampleFiles {
  async function* stream(): AsyncGenerator<Uint8Array> {
    const pieces = noisyReads(benchAmplicon, count);
    for (;;) {
      const before = performance.now();
      const cpu = process.cpuUsage();
      const next = pieces.next();
      const { user, system } = process.cpuUsage(cpu);
      making.ms += performance.now() - before;
      making.cpuMs += (user + system) / 1000;
      if (next.done) return;
      yield next.value;
    }
  }
  const entry = { key: "made.fastq", sizeBytes: 0, etag: "", modifiedMs: 0 };
  return {
    r1: entry.key,
    place: {
      uri: "made",
      stream,
      stat: async () => entry,
      read: async () => new Uint8Array(0),
      async *list() {
        yield entry;
      },
    },
  };
}
