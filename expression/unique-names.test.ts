import fc from "fast-check";
import { expect, it } from "vitest";
import { scanNames, uniqueNames } from "./unique-names.ts";

async function* batches(names: readonly string[], size = 3): AsyncGenerator<string[]> {
  for (let at = 0; at < names.length; at += size) yield names.slice(at, at + size);
}

// What anndata 0.12.19's var_names_make_unique makes of the same names.
const names = ["A", "A", "B", "A-1", "A", "B", "C"];
const unique = ["A", "A-2", "B", "A-1", "A-3", "B-1", "C"];

it("makes names unique as anndata does, names that are taken included", async () => {
  expect(uniqueNames(names)).toEqual({ names: unique, changed: 3 });
  const scan = await scanNames(batches(names));
  expect([scan.count, scan.duplicates]).toEqual([7, 3]);
  expect((await Array.fromAsync(scan.unique(batches(names, 2)))).flat()).toEqual(unique);
});

it("does the same with all names in memory and with none", async () => {
  const name = fc.constantFrom("a", "b", "a-1", "a-2", "b-1", "c", "a-1-1");
  await fc.assert(
    fc.asyncProperty(fc.array(name, { maxLength: 30 }), async (list) => {
      const { names: whole, changed } = uniqueNames(list);
      const scan = await scanNames(batches(list));
      expect(new Set(whole).size).toBe(list.length);
      expect(scan.duplicates).toBe(changed);
      expect((await Array.fromAsync(scan.unique(batches(list, 4)))).flat()).toEqual(whole);
    }),
  );
});

it("leaves a hundred thousand different names as they are", async () => {
  const many = Array.from({ length: 100_000 }, (_, i) => `CELL${i}-1`);
  const scan = await scanNames(batches(many, 10_000));
  expect(scan.duplicates).toBe(0);
  expect((await Array.fromAsync(scan.unique(batches(many, 10_000)))).flat()).toEqual(many);
});
