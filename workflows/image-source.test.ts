import { describe, expect, it } from "vitest";
import { type ImageSource, patternOf, placeOfFile, takeInventory } from "./image-source.ts";

const source: ImageSource = { experiment: "E", pattern: null, plate: null, channels: null };

describe("placeOfFile", () => {
  it("takes the plate from the name, else from the source, else from the folder", () => {
    expect(placeOfFile("/x/in/P3_C05_s2_DNA.tif", source, undefined)).toEqual({
      plate: "P3",
      well: "C05",
      site: 2,
      channel: "DNA",
    });
    expect(placeOfFile("/x/PL7/r03c03f03p01-ch6sk1fk1fl1.tiff", source, undefined)).toMatchObject({
      plate: "PL7",
      well: "C03",
      site: 3,
    });
    expect(placeOfFile("/x/PL7/r03c03f03p01-ch6sk1fk1fl1.tiff", { ...source, plate: "Q" }, undefined)).toMatchObject({
      plate: "Q",
    });
  });
  it("renames the channels that are asked for and leaves others out", () => {
    const named = { ...source, channels: [{ file: "ch5", name: "DNA" }] };
    expect(placeOfFile("/x/p/r01c01f01p01-ch5sk1fk1fl1.tiff", named, undefined)).toMatchObject({ channel: "DNA" });
    expect(placeOfFile("/x/p/r01c01f01p01-ch6sk1fk1fl1.tiff", named, undefined)).toBe("channel not asked for");
  });
  it("tells other files and names that are not understood apart", () => {
    expect(placeOfFile("/x/notes.txt", source, undefined)).toBe("not an image");
    expect(placeOfFile("/x/holiday.png", source, undefined)).toBe("name not understood");
  });
  it("follows a laboratory's own pattern", () => {
    const own = { ...source, pattern: String.raw`^(?<well>[A-P]\d\d)-(?<channel>\w+)\.png$` };
    expect(placeOfFile("/x/p/B07-GFP.png", own, patternOf(own))).toEqual({
      plate: "p",
      well: "B07",
      site: 1,
      channel: "GFP",
    });
  });
});

describe("takeInventory", () => {
  it("uses the first file of a place whatever the order of the listing", () => {
    const files = [
      "/x/b/P1_A01_s1_DNA.tif",
      "/x/a/P1_A01_s1_DNA.tif",
      "/x/a/P1_A02_s1_DNA.tif",
      "/x/readme.md",
      "/x/what.tif",
    ];
    const one = takeInventory(files, source, undefined);
    expect(one).toEqual(takeInventory([...files].reverse(), source, undefined));
    expect(one.images.map(({ path }) => path)).toEqual(["/x/a/P1_A01_s1_DNA.tif", "/x/a/P1_A02_s1_DNA.tif"]);
    expect(one.duplicates).toEqual([{ path: "/x/b/P1_A01_s1_DNA.tif", usedInstead: "/x/a/P1_A01_s1_DNA.tif" }]);
    expect([one.unknown, one.ignored]).toEqual([["/x/what.tif"], 1]);
  });
});
