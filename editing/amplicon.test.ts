import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { designAmplicon } from "./amplicon.ts";
import { locateExons } from "./coding.ts";
import { type GuideSpec, locateGuide } from "./guide.ts";
import { encodeSequence } from "./sequence.ts";
import { turned } from "./unique-reads.test-support.ts";

const left = "TTGACCATGCAATCGTACGGATTC";
const guide = "GATCCTGAAGCTTGCAATCG";
const right = "TGGACCTTAGGCATCAAGTCCGATATC";
const sequence = left + guide + right;
const spec = { name: "GENE1", sequence, guides: [{ sequence: guide }] };
const codes = (text: string) => encodeSequence(text, "amplicon");
const locate = (given: GuideSpec, text = sequence, options = {}) => locateGuide(given, codes(text), "GENE1", options);
const positions = (mask: Uint8Array): number[] => [...mask.keys()].filter((i) => mask[i] === 1);

describe("a guide", () => {
  it("cuts three bases from its 3′ end on the forward strand", () => {
    expect(locate({ sequence: guide })).toEqual([
      { name: guide, sequence: guide, strand: "+", start: 24, end: 44, mismatches: 0, cut: 41 },
    ]);
  });
  it("cuts at the same bases when the amplicon is the other strand", () => {
    const [found] = locate({ sequence: guide }, turned(sequence));
    expect(found).toMatchObject({ strand: "-", start: 27, end: 47, cut: sequence.length - 41 });
  });
  it("may be in lower case, as the amplicon may, and have an offset and a name of its own", () => {
    const given = { name: "g1", sequence: guide.toLowerCase(), cutOffset: -10 };
    expect(locate(given, sequence.toLowerCase())).toMatchObject([{ name: "g1", cut: 34, sequence: guide }]);
  });
  it("that is not there is told with the nearest place", () => {
    const off = `GTACC${guide.slice(5)}`;
    expect(() => locate({ sequence: turned(off) })).toThrow(
      /is not in amplicon GENE1\. The nearest place is bases 25 to 44 of the reverse strand, with 2 mismatches, expected none/,
    );
    expect(() => locate({ sequence: sequence + guide })).toThrow(/longer than the amplicon/);
    expect(() => locate({ sequence: "" })).toThrow(expect.objectContaining({ code: "editing/guide-not-found" }));
  });
  it("with mismatches is found when so many are allowed", () => {
    const off = `GTACC${guide.slice(5)}`;
    expect(locate({ sequence: off }, sequence, { mismatches: 2 })).toMatchObject([{ start: 24, mismatches: 2 }]);
    expect(() => locate({ sequence: off }, sequence, { mismatches: 1 })).toThrow(/2 mismatches, expected 1 at most/);
  });
  it("that is there twice is told with both places, unless every place counts", () => {
    const twice = sequence + turned(guide);
    expect(() => locate({ sequence: guide }, twice)).toThrow(
      /2 times: bases 25 to 44 of the forward strand; bases 72 to 91 of the reverse strand/,
    );
    expect(locate({ name: "g", sequence: guide }, twice, { everyPlace: true })).toMatchObject([
      { name: "g 1", cut: 41 },
      { name: "g 2", cut: 74 },
    ]);
  });
  it("names a letter that is no base", () => {
    expect(() => locate({ sequence: "ACGX" })).toThrow(/guide ACGX: "X" at position 4/);
  });
  it("is found wherever it lies, on either strand", () => {
    const base = fc.constantFrom("A", "C", "G", "T");
    const text = (min: number, max: number) =>
      fc.array(base, { minLength: min, maxLength: max }).map((b) => b.join(""));
    fc.assert(
      fc.property(text(0, 60), text(16, 24), text(0, 60), fc.boolean(), (before, inside, after, forward) => {
        const whole = before + (forward ? inside : turned(inside)) + after;
        const places = locate({ sequence: inside }, whole, { everyPlace: true });
        expect(places.every(({ mismatches }) => mismatches === 0)).toBe(true);
        expect(places).toContainEqual(expect.objectContaining({ start: before.length, strand: forward ? "+" : "-" }));
      }),
    );
  });
});

describe("the window", () => {
  it("is the two bases around the cut", () => {
    expect(positions(designAmplicon(spec).references[0]!.window.mask)).toEqual([40, 41]);
  });
  it("follows size, coordinates and several guides", () => {
    const mask = (options: object, more: GuideSpec[] = []) =>
      positions(designAmplicon({ ...spec, guides: [...spec.guides, ...more] }, options).references[0]!.window.mask);
    expect(mask({ windowSize: 3 })).toEqual([38, 39, 40, 41, 42, 43]);
    expect(
      mask({
        window: [
          [30, 31],
          [50, 50],
        ],
      }),
    ).toEqual([29, 30, 49]);
    expect(mask({ excludeEnds: 0 }, [{ sequence: left.slice(2, 20), windowSize: 2 }])).toEqual([
      15, 16, 17, 18, 40, 41,
    ]);
  });
  it("is everything but the ends without a guide", () => {
    const { window } = designAmplicon({ name: "a", sequence }).references[0]!;
    expect([window.from, window.to, window.basesBefore.at(-1)]).toEqual([
      15,
      sequence.length - 15,
      sequence.length - 30,
    ]);
  });
  it("that lies in the excluded ends is an error, one that reaches into them a note", () => {
    expect(() => designAmplicon(spec, { excludeEnds: 33 })).toThrow(
      /guide GATCCTGAAGCTTGCAATCG \(bases 41 to 42 of 71\) lies in the 33 bases that are excluded at each end/,
    );
    expect(() => designAmplicon({ name: "a", sequence }, { excludeEnds: 40 })).toThrow(/nothing of it is left/);
    expect(designAmplicon(spec, { excludeEnds: 30 }).notes).toEqual([
      "The window of guide GATCCTGAAGCTTGCAATCG (bases 41 to 42 of 71) reaches into the excluded ends: bases 41 to 41 count.",
    ]);
  });
  it("must be in the amplicon", () => {
    for (const window of [
      [0, 3],
      [60, 72],
      [9, 8],
    ] as const)
      expect(() => designAmplicon(spec, { window: [window] })).toThrow(/expected coordinates from 1 to 71/);
    const far = { sequence: guide, cutOffset: 40 };
    expect(() => designAmplicon({ ...spec, guides: [far] })).toThrow(/cuts after base 84 of 71/);
  });
  it.each([
    ["windowSize", 0],
    ["excludeEnds", -1],
    ["alleleSize", 1.5],
    ["guideMismatches", Number.NaN],
  ])("refuses %s of %f", (option, value) => {
    expect(() => designAmplicon(spec, { [option]: value })).toThrow(
      expect.objectContaining({ code: "editing/option" }),
    );
  });
});

describe("further references", () => {
  it("have the window and the cut where the edit puts them", () => {
    const inserted = `${sequence.slice(0, 30)}CCC${sequence.slice(30)}`;
    const atCut = `${sequence.slice(0, 41)}AAAAAA${sequence.slice(41)}`;
    const lost = sequence.slice(0, 38) + sequence.slice(44);
    const hdr = (text: string) => designAmplicon({ ...spec, hdr: text }).references[1]!;
    expect(positions(hdr(inserted).window.mask)).toEqual([43, 44]);
    expect(hdr(inserted).cuts).toEqual([44]);
    expect(positions(hdr(atCut).window.mask)).toEqual([40, 41, 42, 43, 44, 45, 46, 47]);
    const both = hdr(lost).window;
    expect(both.to - both.from).toBe(2);
    expect(hdr(lost).codes.length).toBe(sequence.length - 6);
  });
  it("keep coding parts and splice sites that are still there", () => {
    const exon = sequence.slice(20, 44);
    const changed = `${sequence.slice(0, 30)}CCC${sequence.slice(30)}`;
    const { references } = designAmplicon({ ...spec, coding: [exon], hdr: changed });
    expect(references.map(({ exons }) => [exons[0]!.start, exons[0]!.end])).toEqual([
      [20, 44],
      [20, 47],
    ]);
  });
  it("are refused when they are unlike the amplicon, equal to it, or empty", () => {
    const bad = (hdr: string) => () => designAmplicon({ ...spec, hdr });
    expect(bad(turned(sequence))).toThrow(/% of its bases are those of amplicon GENE1, expected 60 % at least/);
    expect(bad(sequence.toLowerCase())).toThrow(/equal to GENE1/);
    expect(bad("")).toThrow(/its sequence is empty/);
    expect(() => designAmplicon({ name: "a", sequence: "" })).toThrow(
      expect.objectContaining({ code: "editing/reference" }),
    );
  });
});

it("tells a guide that seems to carry its PAM", () => {
  const { notes } = designAmplicon({ ...spec, guides: [{ sequence: `${guide}TGG` }] });
  expect(notes).toEqual([expect.stringMatching(/is 23 bases long and ends in TGG, which looks like a PAM/)]);
});

describe("coding sequences", () => {
  const intron = "GTAAGTCC";
  const exon = "ATGGCTTGGACC";
  const acceptor = "TTTCAG";
  it("have splice sites where the amplicon shows GT and AG", () => {
    const text = acceptor + exon + intron;
    expect(locateExons([exon], codes(text), "a")).toEqual([
      {
        start: 6,
        end: 18,
        strand: "+",
        spliceSites: [
          { kind: "acceptor", start: 4 },
          { kind: "donor", start: 18 },
        ],
      },
    ]);
    expect(locateExons([exon], codes(turned(text)), "a")).toEqual([
      {
        start: 8,
        end: 20,
        strand: "-",
        spliceSites: [
          { kind: "donor", start: 6 },
          { kind: "acceptor", start: 20 },
        ],
      },
    ]);
    expect(locateExons([exon], codes(exon), "a")[0]!.spliceSites).toEqual([]);
  });
  it("that are not there, or twice, are named", () => {
    expect(() => locateExons(["ACGT"], codes("TTTT"), "a")).toThrow(/Coding sequence ACGT is not in amplicon a/);
    expect(() => locateExons(["TTT"], codes("TTTT"), "a")).toThrow(/is 2 times \(from base 1 and 2\)/);
    expect(() => locateExons([""], codes("TTTT"), "a")).toThrow(/is not in amplicon/);
  });
});
