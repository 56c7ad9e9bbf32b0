import fc from "fast-check";
import { expect, it } from "vitest";
import { readProfileCsv } from "./profile-csv.ts";
import { profileCsvBytes } from "./profile-csv-bytes.ts";
import { type Profiles, profilesOf } from "./profiles.ts";
import { profilesAsRead } from "./profiles-as-read.ts";

const reread = (profiles: Profiles, isFeature?: (name: string) => boolean): Promise<Profiles> =>
  readProfileCsv(profileCsvBytes(profiles), "p.csv", isFeature);

it("says what a file gives back: bar codes stay texts, whole columns of numbers become numbers, what looks missing is", async () => {
  const profiles = profilesOf(
    {
      Metadata_Plate: ["0017", "0018"],
      Metadata_dose: ["2.5", null],
      Metadata_name: ["nan", 'a "b", c\n'],
      Metadata_n: [1, 2],
    },
    ["Image_Count", "Cells_A", "Nuclei_B"],
    Float64Array.of(3, 0.1, Number.NaN, 4, -0, Number.POSITIVE_INFINITY),
  );
  const found = profilesAsRead(profiles);
  expect(found).toEqual(await reread(profiles));
  expect(found?.metadata).toEqual({
    Metadata_Plate: ["0017", "0018"],
    Metadata_dose: [2.5, null],
    Metadata_name: [null, 'a "b", c\n'],
    Metadata_n: [1, 2],
    Image_Count: [3, 4],
  });
});

it("says the same as the file of any profiles, whatever counts as a feature", async () => {
  const cell = fc.oneof(
    fc.constant(null),
    fc.string({ unit: "grapheme" }),
    fc.double(),
    fc.integer(),
    fc.constantFrom("01", "1e3", " 2 ", "NA", "0x10", "inf", "-", "+.5", "00"),
  );
  const any = fc
    .record({ rows: fc.integer({ min: 1, max: 4 }), columns: fc.integer({ min: 1, max: 4 }) })
    .chain(({ rows, columns }) =>
      fc.record({
        metadata: fc.dictionary(
          fc.string({ unit: "grapheme", minLength: 1 }).map((name) => `Metadata_${name}`),
          fc.array(cell, { minLength: rows, maxLength: rows }),
          { minKeys: 1, maxKeys: 3 },
        ),
        features: fc.constantFrom(["Cells_A", "Image_B", "Nuclei_C", "Cytoplasm_D"].slice(0, columns)),
        values: fc.array(fc.double(), { minLength: rows * columns, maxLength: rows * columns }),
      }),
    );
  const withImages = (name: string): boolean => /^(?:Cells|Image|Nuclei)/.test(name);
  await fc.assert(
    fc.asyncProperty(any, async ({ metadata, features, values }) => {
      const profiles = profilesOf({ ...metadata }, features, Float64Array.from(values));
      expect(profilesAsRead(profiles)).toEqual(await reread(profiles));
      expect(profilesAsRead(profiles, withImages)).toEqual(await reread(profiles, withImages));
    }),
    { numRuns: 300 },
  );
});

it("leaves to the file what only the file tells", () => {
  const profiles = profilesOf({ Metadata_Well: ["A01"] }, ["Cells_A"], Float64Array.of(1));
  expect(profilesAsRead(profiles, () => false)).toBeUndefined();
  expect(profilesAsRead(profiles, () => true)).toBeUndefined();
  expect(profilesAsRead({ ...profiles, metadata: { Cells_A: ["x"] } })).toBeUndefined();
  expect(profilesAsRead(profilesOf({ Metadata_Well: [] }, ["Cells_A"], new Float64Array(0)))).toBeUndefined();
});
