import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { customPattern, detectPattern, parseFileName } from "./file-name.ts";
import { FILE_NAME_PATTERNS } from "./file-name-patterns.ts";
import { wellName } from "./well.ts";

const named: readonly [pattern: string, file: string, said: object][] = [
  ["phenix", "r03c03f03p01-ch6sk1fk1fl1.tiff", { well: "C03", site: 3, channel: "6", z: 1, time: 1 }],
  ["phenix", "r16c24f09p02-ch1sk2fk1fl1.tiff", { well: "P24", site: 9, channel: "1", z: 2, time: 2 }],
  [
    "imagexpress",
    "Projection-Mix_E07_s1_w1E94C24BD-45E4-450A-9919-257C714278F7.tif",
    { plate: "Projection-Mix", well: "E07", site: 1, channel: "1" },
  ],
  [
    "imagexpress",
    "CDP2BIO10_AA03_s12_w4ACF4A94B-4F1D-4B40-8C80-D4F1B46E3B7C.tif",
    { plate: "CDP2BIO10", well: "AA03", site: 12, channel: "4" },
  ],
  [
    "cellvoyager",
    "AssayPlate_Greiner_#655090_D08_T0001F001L01A01Z01C02.tif",
    { plate: "AssayPlate_Greiner_#655090", well: "D08", site: 1, channel: "02", z: 1, time: 1 },
  ],
  [
    "cellomics",
    "AS_09125_050116030001_D03f00d0.tif",
    { plate: "AS_09125_050116030001", well: "D03", site: 1, channel: "0" },
  ],
  ["scanr", "W0014--P002--Z00000--T00000--DAPI.ome.tif", { well: "B02", site: 2, channel: "DAPI", z: 0, time: 0 }],
  ["cytation", "B7_01_1_3_DAPI_001.tif", { well: "B07", site: 3, channel: "DAPI", time: 1 }],
  ["cytation", "D6_01_3_2_RFP_001.tif", { well: "D06", site: 2, channel: "RFP", time: 1 }],
  ["channel-image-well", "Channel1-22-B-10.png", { well: "B10", site: 1, channel: "Channel1" }],
  ["artesian", "P1_C05_s1_DNA.tif", { plate: "P1", well: "C05", site: 1, channel: "DNA" }],
  ["artesian", "screen_7_P3_G11_s2_Mito.tif", { plate: "screen_7_P3", well: "G11", site: 2, channel: "Mito" }],
];

describe("built-in patterns", () => {
  for (const [pattern, file, said] of named) {
    test(`${pattern} reads ${file}`, () => {
      expect(parseFileName(file, pattern)).toEqual({ file, ...said });
    });

    test(`${file} is recognized without naming its pattern, behind folders of either kind`, () => {
      expect(parseFileName(`/data/plate 1/${file}`)).toEqual({ file, ...said });
      expect(parseFileName(`D:\\data\\${file}`)).toEqual({ file, ...said });
      expect(detectPattern([file])?.pattern.id).toBe(pattern);
    });
  }

  test("each has a test with a real name", () => {
    expect(new Set(named.map(([pattern]) => pattern))).toEqual(new Set(FILE_NAME_PATTERNS.map(({ id }) => id)));
  });

  test("segmentation masks and instrument thumbnails beside the images are not images", () => {
    expect(parseFileName("B7_01_1_3_DAPI_001_MaskNuclei.tiff")).toBeUndefined();
    expect(parseFileName("CellsOutlines_BR00143976_C03_3.tiff")).toBeUndefined();
    expect(parseFileName("Plate_E07_s1_w1_thumbE78EB128-BD0D-4D94-A6AD-3FF28BB1B105.tif")).toBeUndefined();
    expect(parseFileName("Index.idx.xml")).toBeUndefined();
  });

  test("a site of the simulator can be anywhere on any plate", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 31 }),
        fc.integer({ min: 0, max: 47 }),
        fc.integer({ min: 1, max: 99 }),
        (r, c, s) => {
          const well = wellName(r, c);
          expect(parseFileName(`P1_${well}_s${s}_ER.tif`, "artesian")).toMatchObject({ well, site: s, channel: "ER" });
        },
      ),
    );
  });
});

describe("detecting a pattern", () => {
  test("takes the pattern that fits most names and lists the others", () => {
    const names = [
      "r01c01f01p01-ch1sk1fk1fl1.tiff",
      "r01c01f01p01-ch2sk1fk1fl1.tiff",
      "P1_C05_s1_DNA.tif",
      "notes.txt",
    ];
    const detected = detectPattern(names);
    expect(detected?.pattern.id).toBe("phenix");
    expect(detected?.matched).toBe(2);
    expect(detected?.unmatched).toEqual(["P1_C05_s1_DNA.tif", "notes.txt"]);
  });

  test("finds nothing in names that fit nothing", () => {
    expect(detectPattern(["a.tif", "b.tif"])).toBeUndefined();
    expect(detectPattern([])).toBeUndefined();
  });
});

describe("a laboratory's own pattern", () => {
  test("names groups for plate, row, column, site and channel", () => {
    const pattern = customPattern(
      String.raw`^(?<plate>\d+)_(?<row>[A-P])-(?<column>\d+)_fld(?<site>\d+)_(?<channel>\w+)\.tif$`,
      0,
    );
    expect(parseFileName("0042_B-3_fld0_cy5.tif", pattern)).toEqual({
      file: "0042_B-3_fld0_cy5.tif",
      plate: "0042",
      well: "B03",
      site: 1,
      channel: "cy5",
    });
    expect(parseFileName("something else.tif", pattern)).toBeUndefined();
  });

  test("is refused when it is no regular expression, names no well, or has a group without meaning", () => {
    expect(() => customPattern("(")).toThrow(expect.objectContaining({ code: "imaging/file-name-pattern" }));
    expect(() => customPattern("(?<site>1)")).toThrow("names the well");
    expect(() => customPattern("(?<well>A1)(?<colour>x)")).toThrow("colour");
    expect(() => parseFileName("x.tif", "no-such")).toThrow("no-such");
  });
});

describe("names that fit but say the impossible", () => {
  test("a row that no plate has is an error that names file and pattern", () => {
    expect(() => parseFileName("r40c01f01p01-ch1sk1fk1fl1.tiff")).toThrow(
      expect.objectContaining({ code: "imaging/file-name", file: "r40c01f01p01-ch1sk1fk1fl1.tiff", pattern: "phenix" }),
    );
    expect(() => parseFileName("P1_C77_s1_DNA.tif")).toThrow("C77");
  });

  test("a numbered well beyond the plate is an error, unless the plate is larger", () => {
    const name = "W0100--P001--Z00000--T00000--DAPI.tif";
    expect(() => parseFileName(name)).toThrow("well number 0100");
    expect(parseFileName(name, "scanr", { wellCount: 384 })).toMatchObject({ well: "E04" });
  });

  test("site 0 of a microscope that counts from 1 is an error", () => {
    expect(() => parseFileName("P1_C05_s0_DNA.tif")).toThrow('site "0"');
  });
});
