import fc from "fast-check";
import { expect, it } from "vitest";
import { safeName, splitFolders } from "./portal-files.ts";

it("names folders by split, with the matrix before it where a project has several", () => {
  const one = splitFolders([{ matrix: "m", splits: ["all", "donor=D 1"] }]);
  expect([...(one.get("m") ?? [])]).toEqual([
    ["all", "all"],
    ["donor=D 1", "donor=D_1"],
  ]);
  const two = splitFolders([
    { matrix: "a", splits: ["all"] },
    { matrix: "A", splits: ["all"] },
  ]);
  expect([two.get("a")?.get("all"), two.get("A")?.get("all")]).toEqual(["a.all", "A.all-2"]);
});

it("never gives two splits one folder, nor a name that leads elsewhere", () => {
  const name = fc.string({ unit: "grapheme", minLength: 1, maxLength: 12 });
  const matrices = fc.uniqueArray(fc.record({ matrix: name, splits: fc.uniqueArray(name, { maxLength: 4 }) }), {
    selector: ({ matrix }) => matrix,
    maxLength: 4,
  });
  fc.assert(
    fc.property(matrices, (given) => {
      const folders = [...splitFolders(given).values()].flatMap((own) => [...own.values()]);
      expect(new Set(folders.map((folder) => folder.toLowerCase())).size).toBe(folders.length);
      for (const folder of folders) expect(folder).toMatch(/^[^./][^/\\]*$/);
    }),
  );
  expect(safeName("../../etc/passwd")).not.toContain("/");
});
