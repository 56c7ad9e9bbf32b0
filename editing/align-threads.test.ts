import { seededRandom } from "@artesian/numerics";
import { expect, it } from "vitest";
import { editedRead, pairOf, randomCodes, sourceOf } from "./align.test-support.ts";
import { createAligner } from "./align.ts";
import { type AlignedBatch, type AlignReadsOptions, alignReads } from "./align-threads.ts";

const random = seededRandom(21);
const reference = randomCodes(random, 120, 4);
const reads = sourceOf(Array.from({ length: 1000 }, () => editedRead(random, reference)));
const options = { cuts: [60], batchReads: 90, basesForThreads: 0 } satisfies AlignReadsOptions;

async function allOf(threads: number, source = reads): Promise<AlignedBatch[]> {
  return Array.fromAsync(alignReads(source, reference, { ...options, threads }));
}

it("gives batches in order with the alignments of one aligner, in any number of threads", async () => {
  const whole = createAligner(reference, options).align(reads);
  for (const threads of [1, 2, 3]) {
    const batches = await allOf(threads);
    expect(batches.map(({ from, to }) => [from, to])).toEqual(
      Array.from({ length: 12 }, (_, i) => [90 * i, Math.min(90 * (i + 1), 1000)]),
    );
    for (const { from, to, alignments } of batches)
      for (let read = from; read < to; read++) expect(pairOf(alignments, read - from)).toEqual(pairOf(whole, read));
  }
});

it("gives nothing of no reads", async () => {
  expect(await allOf(2, sourceOf([]))).toEqual([]);
});

it("tells how far it is", async () => {
  const seen: [number, number][] = [];
  for await (const _ of alignReads(reads, reference, {
    ...options,
    batchReads: 400,
    progress: (...at) => seen.push(at),
  }));
  expect(seen).toEqual([
    [400, 1000],
    [800, 1000],
    [1000, 1000],
  ]);
});

it.each([1, 2])("stops with the signal's reason, in %i threads", async (threads) => {
  const controller = new AbortController();
  const seen: number[] = [];
  const run = async (): Promise<void> => {
    for await (const { to } of alignReads(reads, reference, { ...options, threads, signal: controller.signal })) {
      seen.push(to);
      controller.abort(new Error("the user left"));
    }
  };
  await expect(run()).rejects.toThrow("the user left");
  expect(seen).toEqual([90]);
});

it("lets go of its threads when the caller takes no more", async () => {
  const batches = alignReads(reads, reference, { ...options, threads: 2 });
  expect((await batches.next()).value).toMatchObject({ from: 0, to: 90 });
  await batches.return();
  expect((await batches.next()).done).toBe(true);
});

it("refuses what an aligner refuses before any thread is started", async () => {
  const tooLong = { size: 2, length: (index: number) => (index === 1 ? 40_000 : 5), copy: () => 0 };
  await expect(alignReads(tooLong, reference, options).next()).rejects.toMatchObject({
    code: "editing/sequence-length",
  });
  await expect(alignReads(reads, reference, { cuts: [500] }).next()).rejects.toMatchObject({
    code: "editing/cut-position",
  });
});

it("says what a thread could not do", async () => {
  let asked = 0;
  // A source that changes under our hands: only the thread finds that a read has become too long.
  const changing = {
    size: 200,
    length: () => (asked++ < 200 ? 5 : 40_000),
    copy: () => 40_000,
  };
  await expect(Array.fromAsync(alignReads(changing, reference, options))).rejects.toMatchObject({
    code: "editing/align-thread",
    problem: expect.stringContaining("has 40000 bases, expected 0 to 32767"),
  });
});
