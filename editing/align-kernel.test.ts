import { seededRandom } from "@artesian/numerics";
import { expect, it } from "vitest";
import { editedRead, randomCodes } from "./align.test-support.ts";
import { costsOf, halfWidthFor } from "./align-costs.ts";
import { alignKernel, type LaneBits } from "./align-kernel.ts";
import { editingScheme } from "./alignment.ts";
import type { Codes } from "./sequence.ts";

/** What every lane of one filled vector gives. */
function everything(
  kernel: ReturnType<typeof alignKernel>,
  bits: LaneBits,
  reads: readonly Codes[],
  halfWidth: number,
  columns: number,
) {
  const lengths = Int32Array.from({ length: 16 }, (_, lane) => reads[lane]?.length ?? 0);
  const differences = reads.map((read) => columns - read.length);
  const room = kernel.begin(
    bits,
    lengths,
    Math.min(0, ...differences) - halfWidth,
    Math.max(0, ...differences) + halfWidth,
  );
  reads.forEach((read, lane) => {
    room.set(read, (lane * room.length * bits) / 128);
  });
  const costs = [...kernel.fill()].slice(0, reads.length);
  const wanted = Uint8Array.from({ length: 16 }, (_, lane) => (Number.isFinite(costs[lane]) ? 1 : 0));
  kernel.trace(wanted);
  return reads.map((_, lane) =>
    wanted[lane] === 0
      ? undefined
      : {
          cost: costs[lane],
          identities: kernel.identities(lane),
          columns: kernel.columns(lane),
          runs: [...kernel.runs(lane)],
        },
  );
}

it.each([8, 16, 32] as const)(
  "finds the same in blocks of rows as at once, in lanes of %i bits and bands of any width",
  (bits) => {
    const random = seededRandom(bits);
    let traced = 0;
    for (let round = 0; round < 60; round++) {
      const reference = randomCodes(random, 20 + random.below(120), 4);
      const costs = costsOf(reference.length, [10], editingScheme);
      const reads = Array.from({ length: 1 + random.below(128 / bits) }, () => editedRead(random, reference, 0.03));
      const halfWidth = 1 + random.below(160);
      const atOnce = everything(alignKernel(reference, costs), bits, reads, halfWidth, reference.length);
      const inBlocks = everything(alignKernel(reference, costs, 1), bits, reads, halfWidth, reference.length);
      expect(inBlocks).toEqual(atOnce);
      traced += atOnce.filter((lane) => lane !== undefined).length;
    }
    expect(traced).toBeGreaterThan(100);
  },
);

it("says that a lane is too small, instead of a wrong cost", () => {
  const reference = new Uint8Array(60);
  const read = new Uint8Array(60).fill(3);
  const kernel = alignKernel(reference, costsOf(60, [], editingScheme));
  expect(everything(kernel, 8, [read], 60, 60)).toEqual([undefined]);
  expect(everything(kernel, 16, [read], 60, 60)[0]).toMatchObject({ cost: 60 * 9, runs: [60 * 4 + 1] });
});

it("asks for a band that holds every alignment of a cost, and for no wider one", () => {
  const costs = costsOf(250, [], editingScheme);
  // One base beyond the band costs at least an inserted (7) and a deleted base (2), and so does each further one.
  expect([0, 8, 9, 17, 18, 27, 28].map((cost) => halfWidthFor(cost, 250, 250, costs))).toEqual([1, 1, 1, 1, 2, 3, 3]);
  expect(halfWidthFor(18 + 2 * 20, 230, 250, costs)).toBe(2);
  expect(halfWidthFor(18 + 7 * 20, 270, 250, costs)).toBe(2);
  expect(halfWidthFor(Number.POSITIVE_INFINITY, 230, 250, costs)).toBe(230);
});
