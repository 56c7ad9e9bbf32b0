import { seededRandom } from "@artesian/numerics";
import { describe, expect, it } from "vitest";
import { findGuideSites, type GuideSearchOptions, type GuideSite } from "./guide-search.ts";

const complement: Record<string, string> = { A: "T", C: "G", G: "C", T: "A", N: "N" };
const turn = (text: string): string =>
  [...text]
    .reverse()
    .map((letter) => complement[letter]!)
    .join("");
const bytes = async function* (...parts: string[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield Buffer.from(part);
};

async function sitesOf(genome: string, options: Omit<GuideSearchOptions, "file">): Promise<GuideSite[]> {
  const found: GuideSite[] = [];
  for await (const site of findGuideSites(bytes(genome), { file: "genome.fa", ...options })) found.push(site);
  return found;
}

const iupac: Record<string, string> = { N: "ACGTN", R: "AG", Y: "CT", V: "ACG", T: "T", G: "G", A: "A", C: "C" };
const fits = (letter: string, pattern: string): boolean => iupac[pattern]!.includes(letter);

/** Ways to put `bulges` breaks between `slots` places, as how many fall in each. */
function* placements(slots: number, bulges: number, from = 0): Generator<number[]> {
  if (bulges === 0) return void (yield []);
  for (let slot = from; slot < slots; slot++)
    for (const rest of placements(slots, bulges - 1, slot)) yield [slot, ...rest];
}

interface Difference {
  mismatches: number;
  dnaBulges: number;
  rnaBulges: number;
}

/** The best of all pairings, each written out and counted. `near` is the genome from the PAM outwards, `guide` too. */
function bestPairing(guide: string, near: string, limits: Difference): Difference | undefined {
  let best: Difference | undefined;
  const offer = (one: Difference): void => {
    const sum = ({ mismatches, dnaBulges, rnaBulges }: Difference): number => mismatches + dnaBulges + rnaBulges;
    const bulges = one.dnaBulges + one.rnaBulges;
    if (one.mismatches > limits.mismatches) return;
    if (best === undefined || sum(one) < sum(best)) best = one;
    else if (sum(one) === sum(best)) {
      const held = best.dnaBulges + best.rnaBulges;
      if (bulges < held || (bulges === held && one.dnaBulges > best.dnaBulges)) best = one;
    }
  };
  const count = (a: string, b: string): number => {
    let mismatches = 0;
    for (let i = 0; i < a.length; i++)
      if (b[i] === undefined || !fits(b[i]!, a[i]!)) mismatches += b[i] === undefined ? 1000 : 1;
    return mismatches;
  };
  for (let d = 0; d <= limits.dnaBulges; d++)
    for (const breaks of placements(guide.length - 1, d)) {
      // A base of the genome is skipped after guide base `slot`.
      let taken = "";
      let at = 0;
      for (let i = 0; i < guide.length; i++) {
        taken += near[at++] ?? "";
        at += breaks.filter((slot) => slot === i).length;
      }
      if (taken.length === guide.length) offer({ mismatches: count(guide, taken), dnaBulges: d, rnaBulges: 0 });
    }
  for (let r = 1; r <= limits.rnaBulges; r++)
    for (const gone of placements(guide.length - 2, r)) {
      if (new Set(gone).size < r) continue;
      const kept = [...guide].filter((_, i) => !gone.includes(i - 1)).join("");
      offer({ mismatches: count(kept, near), dnaBulges: 0, rnaBulges: r });
    }
  return best;
}

function bruteForce(contig: string, text: string, guides: string[], pam: string, pamSide: 3 | 5, limits: Difference) {
  const found: string[] = [];
  for (let at = 0; at + pam.length <= text.length; at++)
    for (const strand of ["+", "-"] as const) {
      const here = text.slice(at, at + pam.length);
      const read = strand === "+" ? here : turn(here);
      if (![...pam].every((pattern, i) => fits(read[i]!, pattern))) continue;
      for (const [index, guide] of guides.entries()) {
        const reach = guide.length + limits.dnaBulges;
        const leftwards = (pamSide === 3) === (strand === "+");
        const beside = leftwards
          ? [...text.slice(Math.max(0, at - reach), at)].reverse().join("")
          : text.slice(at + pam.length, at + pam.length + reach);
        const near = strand === "+" ? beside : [...beside].map((letter) => complement[letter]!).join("");
        const outwards = pamSide === 3 ? [...guide].reverse().join("") : guide;
        const best = bestPairing(outwards, near, limits);
        if (best !== undefined)
          found.push([index, contig, at, strand, best.mismatches, best.dnaBulges, best.rnaBulges].join(" "));
      }
    }
  return found;
}

/** The same line from a site. */
function lineOf(site: GuideSite, pamLength: number, pamSide: 3 | 5): string {
  const pamFirst = (site.strand === "+") === (pamSide === 5);
  const at = pamFirst ? site.start : site.end - pamLength;
  return [site.guide, site.contig, at, site.strand, site.mismatches, site.dnaBulges, site.rnaBulges].join(" ");
}

function randomGenome(length: number, seed: number, letters = "ACGT"): string {
  const random = seededRandom(seed);
  let text = "";
  for (let i = 0; i < length; i++) text += letters[random.below(letters.length)];
  return text;
}

const guide = "GAGTCCGAGCAGAAGAAGAA";

describe("sites of a guide", () => {
  it("are found on both strands, with where they are and how they differ", async () => {
    const off = "GAGTCCaAGCAGAAGAAGAA".toUpperCase();
    const genome = `>chr1 first\nTTTT${guide}GGG\nTTTT\n>chr2\nAA${turn(`${off}TGG`)}AA\n`;
    expect(await sitesOf(genome, { guides: [guide], mismatches: 2 })).toEqual([
      {
        guide: 0,
        contig: "chr1",
        start: 4,
        end: 27,
        strand: "+",
        pam: "GGG",
        mismatches: 0,
        dnaBulges: 0,
        rnaBulges: 0,
        guideText: guide,
        siteText: guide,
      },
      {
        guide: 0,
        contig: "chr2",
        start: 2,
        end: 25,
        strand: "-",
        pam: "TGG",
        mismatches: 1,
        dnaBulges: 0,
        rnaBulges: 0,
        guideText: guide,
        siteText: "GAGTCCaAGCAGAAGAAGAA",
      },
    ]);
  });

  it("are found across line ends, lower case, Windows line ends and pieces of the file cut anywhere", async () => {
    const text = `>c\r\n${guide.toLowerCase().slice(0, 7)}\r\n${guide.slice(7)}\r\ntGg\r\n`;
    for (let cut = 0; cut <= text.length; cut++) {
      const found: GuideSite[] = [];
      for await (const site of findGuideSites(bytes(text.slice(0, cut), text.slice(cut)), {
        file: "g.fa",
        guides: [guide],
      }))
        found.push(site);
      expect(found.map(({ start, end }) => [start, end])).toEqual([[0, 23]]);
    }
  });

  it("show a base too many of the genome opposite to a gap, and one too few as a gap", async () => {
    const more = `${guide.slice(0, 12)}C${guide.slice(12)}TGG`;
    const fewer = `${guide.slice(0, 8)}${guide.slice(9)}TGG`;
    const [dna, rna] = await sitesOf(`>c\nTT${more}TTTTT${fewer}\n`, {
      guides: [guide],
      mismatches: 1,
      dnaBulges: 1,
      rnaBulges: 1,
    });
    expect(dna).toMatchObject({
      dnaBulges: 1,
      mismatches: 0,
      start: 2,
      end: 26,
      guideText: "GAGTCCGAGCAG-AAGAAGAA",
      siteText: "GAGTCCGAGCAGCAAGAAGAA",
    });
    expect(rna).toMatchObject({ rnaBulges: 1, mismatches: 0, guideText: guide, siteText: "GAGTCCGA-CAGAAGAAGAA" });
  });

  it("do not hang over a contig's end", async () => {
    expect(await sitesOf(`>c\n${guide.slice(1)}TGG\n>d\nCCA${turn(guide.slice(1))}\n`, { guides: [guide] })).toEqual(
      [],
    );
    const shorter = await sitesOf(`>c\n${guide.slice(0, 4)}${guide.slice(5)}TGG\n`, {
      guides: [guide],
      mismatches: 0,
      rnaBulges: 1,
    });
    expect(shorter.map(({ start, end }) => [start, end])).toEqual([[0, 22]]);
  });

  it("take an unknown base as a mismatch, and as any base where the pattern says N", async () => {
    const genome = `>c\n${guide.slice(0, 5)}N${guide.slice(6)}NGG\n`;
    expect(
      (await sitesOf(genome, { guides: [guide], mismatches: 1 })).map(({ mismatches, siteText, pam }) => [
        mismatches,
        siteText[5],
        pam,
      ]),
    ).toEqual([[1, "n", "NGG"]]);
    expect(await sitesOf(genome, { guides: [guide], mismatches: 0 })).toEqual([]);
  });
});

// Brute force takes its time; all of it runs with the slow tests.
const size = (all: number, few: number): number => (process.env.ARTESIAN_SLOW ? all : few);

describe("a search equals brute force", () => {
  it.each([
    {
      name: "mismatches alone, 1 Mb",
      bases: 1_000_000,
      pam: "NGG",
      side: 3,
      limits: { mismatches: 5, dnaBulges: 0, rnaBulges: 0 },
    },
    {
      name: "a bulge of either kind",
      bases: size(1_000_000, 50_000),
      pam: "NGG",
      side: 3,
      limits: { mismatches: 4, dnaBulges: 1, rnaBulges: 1 },
    },
    {
      name: "two bulges",
      bases: size(60_000, 4_000),
      pam: "NRG",
      side: 3,
      limits: { mismatches: 3, dnaBulges: 2, rnaBulges: 2 },
    },
    {
      name: "a PAM at the 5′ end",
      bases: size(1_000_000, 200_000),
      pam: "TTTV",
      side: 5,
      limits: { mismatches: 4, dnaBulges: 1, rnaBulges: 1 },
    },
  ] as const)(
    "$name",
    async ({ bases, pam, side, limits }) => {
      const random = seededRandom(bases + limits.dnaBulges);
      const guides = [guide, "ACGTTGCAAGCTTAGGCTAC"];
      // Sites that nearly fit are planted among random bases, with unknown ones.
      const pieces: string[] = [];
      for (let length = 0; length < bases; ) {
        const filler = randomGenome(400, random.below(2 ** 31), "ACGTACGTACGTACGTACGTN");
        const site = [...guides[random.below(2)]!];
        for (let change = random.below(6); change > 0; change--) {
          const at = random.below(site.length);
          const kind = random.below(4);
          if (kind === 0) site.splice(at, 1);
          else if (kind === 1) site.splice(at, 0, "ACGT"[random.below(4)]!);
          else site[at] = "ACGT"[random.below(4)]!;
        }
        const text = site.join("");
        const fix = [...pam]
          .map((pattern) => (pattern === "N" || pattern === "R" || pattern === "V" ? "G" : pattern))
          .join("");
        const whole = side === 3 ? text + fix : fix + text;
        const piece = filler + (random.below(2) === 0 ? whole : turn(whole));
        pieces.push(piece);
        length += piece.length;
      }
      const text = pieces.join("");
      const half = Math.floor(text.length / 2);
      const contigs = { first: text.slice(0, half), second: text.slice(half) };
      const genome = Object.entries(contigs)
        .map(([name, sequence]) => `>${name}\n${sequence.replaceAll(/.{60}/g, "$&\n")}\n`)
        .join("");
      const found = await sitesOf(genome, { guides, pam, pamSide: side, ...limits, blockBases: 5000 });
      const expected = Object.entries(contigs).flatMap(([name, sequence]) =>
        bruteForce(name, sequence, guides, pam, side, limits),
      );
      expect(expected.length).toBeGreaterThan(5);
      expect(found.map((site) => lineOf(site, pam.length, side)).sort()).toEqual(expected.sort());
      // What is written is what was counted.
      for (const { guideText, siteText, mismatches, dnaBulges, rnaBulges } of found) {
        expect(guideText.length).toBe(siteText.length);
        expect([...guideText].filter((letter) => letter === "-").length).toBe(dnaBulges);
        expect([...siteText].filter((letter) => letter === "-").length).toBe(rnaBulges);
        expect([...siteText].filter((letter) => letter !== letter.toUpperCase()).length).toBe(mismatches);
        expect(guides).toContain(guideText.replaceAll("-", ""));
      }
    },
    60_000,
  );
});

describe("a search that cannot be made", () => {
  it.each([
    [{ guides: [] }, "editing/guide-search", "no guide"],
    [{ guides: ["ACGT"] }, "editing/guide-search", "4 bases"],
    [{ guides: [guide], pam: "" }, "editing/guide-search", "PAM"],
    [{ guides: [guide], mismatches: 10 }, "editing/guide-search", "almost anywhere"],
    [{ guides: [guide], mismatches: 1.5 }, "editing/guide-search", "whole number"],
    [{ guides: ["GAGTCCGAGCAGAAGAAGAZ"] }, "editing/alphabet", "position 20"],
  ] as const)("%o says so", async (options, code, words) => {
    await expect(sitesOf(">c\nACGT\n", options as never)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(words),
    });
  });

  it.each([
    ["", 1, "no sequence"],
    ["ACGT\n", 1, "before the first header"],
    [">c\nAC*T\n", 2, '"*" is no base'],
    [">c\nACGT\n>\nAC\n", 3, "without a name"],
    [">c\nACGT\n>c\nAC\n", 3, "a second time"],
    ["\u001f\u008b", 1, "byte 31"],
  ])("because of the file %j names its line", async (genome, line, words) => {
    await expect(sitesOf(genome, { guides: [guide] })).rejects.toMatchObject({
      code: "editing/fasta",
      file: "genome.fa",
      line,
      message: expect.stringContaining(words),
    });
  });

  it("can be called off", async () => {
    const control = new AbortController();
    control.abort();
    await expect(sitesOf(">c\nACGT\n", { guides: [guide], signal: control.signal })).rejects.toThrow(/abort/i);
  });
});
