import { describe, expect, it } from "vitest";
import { type AmpliconSpec, designAmplicon } from "./amplicon.ts";
import type { Outcome } from "./classify.ts";
import { parseBaseEditor } from "./conversions.ts";
import { editText } from "./edit-text.ts";
import { listAlleles } from "./list-alleles.ts";
import { listEdits } from "./list-edits.ts";
import { type QuantifyOptions, quantify } from "./quantify.ts";
import { type SimulationPlan, simulateSample } from "./simulate.ts";
import { applyEdits, editEnd, editsText, leftNormalised, placementsOf, type TrueEdit } from "./true-edits.ts";
import { readsOf, turned } from "./unique-reads.test-support.ts";

const left = "CTTGACCATGCAATCGTACGGATTCAGGTCCATTGCAACGTTAGC";
const guide = "GATCCTGAAGCTTGCAATCG";
const right = "TGGACCTTAGGCATCAAGTCCGATATCGGTTACAGCATGCCTGAACGT";
const amplicon = left + guide + right;
const cut = left.length + 17;
const spec: AmpliconSpec = { name: "GENE1", sequence: amplicon, guides: [{ name: "g1", sequence: guide }] };
const del = (at: number, length: number) => amplicon.slice(0, at) + amplicon.slice(at + length);
const ins = (at: number, bases: string) => amplicon.slice(0, at) + bases + amplicon.slice(at);
const sub = (at: number, base: string) => amplicon.slice(0, at) + base + amplicon.slice(at + 1);
const other = (base: string) => (base === "A" ? "C" : "A");

async function outcomes(
  reads: Record<string, number>,
  more: Partial<AmpliconSpec> = {},
  options: QuantifyOptions = {},
) {
  const { outcomes, ...rest } = await quantify(readsOf(reads), designAmplicon({ ...spec, ...more }), options);
  const some = Object.fromEntries(Object.entries(outcomes).filter(([, count]) => count > 0));
  return { ...rest, outcomes: some as Partial<Record<Outcome, number>> };
}

describe("a sample", () => {
  it("is unmodified where nothing in the window is changed", async () => {
    const found = await outcomes({ [amplicon]: 5, [sub(20, other(amplicon[20]!))]: 2, [del(30, 3)]: 1 });
    expect(found.outcomes).toEqual({ unmodified: 8 });
  });
  it("is modified by what touches the window, on both strands alike", async () => {
    const edited = { [del(cut - 1, 2)]: 4, [ins(cut, "GG")]: 2, [sub(cut, other(amplicon[cut]!))]: 1 };
    expect((await outcomes({ ...edited, [amplicon]: 3 })).outcomes).toEqual({ unmodified: 3, nhej: 7 });
    const reversed = Object.fromEntries(Object.entries(edited).map(([text, count]) => [turned(text), count]));
    const both = await outcomes({ ...reversed, [turned(amplicon)]: 1, [amplicon]: 2 });
    expect(both.outcomes).toEqual({ unmodified: 3, nhej: 7 });
    expect([...both.references[0]!.kinds]).toEqual([0, 1, 2, 0, 4, 0, 0, 0]);
    expect(both.references[0]!.deletionSizes).toEqual(new Map([[2, 4]]));
  });
  it("leaves out kinds of edit that shall not count", async () => {
    const reads = { [sub(cut, other(amplicon[cut]!))]: 1, [del(cut - 1, 2)]: 1 };
    expect((await outcomes(reads, {}, { ignore: ["substitution"] })).outcomes).toEqual({ unmodified: 1, nhej: 1 });
  });
  it("leaves out reads unlike the amplicon and reads that end within the window", async () => {
    const foreign = "GGCATTTAGACCCATTTAGGGACCAATTTAAGGGCCATAGACCCAGATTAGGATACCAGTTTAGGACCACAGATTTACA".repeat(2);
    const reads = {
      [amplicon]: 2,
      [foreign]: 3,
      [amplicon.slice(0, cut)]: 4,
      [amplicon.slice(0, 90)]: 1,
    };
    const found = await outcomes(reads, {}, { minIdentity: 50 });
    expect(found).toMatchObject({ total: 10, lowIdentity: 3, uncovered: 4, outcomes: { unmodified: 3 } });
  });
  it("takes reads longer than the amplicon, and N in the window is no substitution", async () => {
    const found = await outcomes({ [`ACGTACGTAC${amplicon}TTTTTTTT`]: 1, [sub(cut, "N")]: 1 });
    expect(found.outcomes).toEqual({ unmodified: 2 });
  });
  it("of no reads counts nothing", async () => {
    expect(await outcomes({})).toMatchObject({ total: 0, outcomes: {} });
  });
  it("ends when its caller wants no more", async () => {
    const signal = AbortSignal.abort();
    await expect(quantify(readsOf([amplicon]), designAmplicon(spec), {}, { signal })).rejects.toThrow(/abort/i);
  });
  it("says how far it is in both passes", async () => {
    const told = new Set<string>();
    await quantify(
      readsOf([amplicon]),
      designAmplicon(spec),
      {},
      { stage: (stage, done) => told.add(`${stage} ${done}`) },
    );
    expect([...told]).toEqual(["orient 0", "orient 1", "align 1"]);
  });
});

describe("a sample with a donor", () => {
  const hdr = `${amplicon.slice(0, cut - 4)}CACGTC${amplicon.slice(cut + 2)}`;
  const mixed = `${hdr.slice(0, cut - 1)}${hdr.slice(cut + 1)}`;
  it("tells HDR, mixed, NHEJ and unmodified reads", async () => {
    const found = await outcomes({ [hdr]: 4, [mixed]: 2, [del(cut - 1, 1)]: 3, [amplicon]: 1 }, { hdr });
    expect(found.outcomes).toEqual({ unmodified: 1, nhej: 3, hdr: 4, mixed: 2 });
  });
  it("tells apart what fits several references equally well", async () => {
    const lost = amplicon.slice(0, cut - 6) + amplicon.slice(cut + 4);
    const found = await outcomes({ [lost]: 3, [amplicon]: 1 }, { hdr });
    expect(found.ambiguous).toBe(3);
    expect(found.outcomes).toEqual({ unmodified: 1, ambiguousEdited: 3 });
    expect(found.references.map(({ reads }) => reads)).toEqual([1, 0]);
    const first = await outcomes({ [lost]: 3, [amplicon]: 1 }, { hdr }, { ambiguous: "first" });
    expect(first.outcomes).toEqual({ unmodified: 1, nhej: 3 });
    expect(first.references.map(({ reads }) => reads)).toEqual([4, 0]);
  });
  it("cannot decide on a read that hides the difference", async () => {
    const one = sub(cut, other(amplicon[cut]!));
    const found = await outcomes({ [sub(cut, "N")]: 2, [one]: 1 }, { hdr: one });
    expect(found.outcomes).toEqual({ undecided: 2, hdr: 1 });
    expect(found.ambiguous).toBe(2);
  });
  it("counts two alleles' reads each on their own", async () => {
    const snp = sub(30, other(amplicon[30]!));
    const alleles = [{ name: "B", sequence: snp }];
    const cutB = snp.slice(0, cut - 1) + snp.slice(cut + 1);
    const found = await outcomes({ [snp]: 5, [amplicon]: 4, [cutB]: 2 }, { alleles });
    expect(found.outcomes).toEqual({ unmodified: 9, nhej: 2 });
    expect(found.references.map(({ reads, modified }) => [reads, modified])).toEqual([
      [4, 0],
      [7, 2],
    ]);
  });
  it("calls what prime editing intended by its name", async () => {
    const found = await outcomes({ [hdr]: 4, [mixed]: 1, [amplicon]: 5 }, { primeEdited: hdr });
    expect(found.outcomes).toEqual({ unmodified: 5, primeEdited: 4, mixed: 1 });
  });
});

describe("positions", () => {
  it("add up to the reads that cover them", async () => {
    const found = await outcomes({
      [amplicon]: 10,
      [del(cut - 3, 5)]: 3,
      [sub(10, "N")]: 2,
      [amplicon.slice(5, 100)]: 1,
      [ins(cut, "T")]: 1,
    });
    const { covered, deleted, bases, inserted, reads } = found.references[0]!;
    for (let i = 0; i < amplicon.length; i++) {
      const shown = bases.slice(i * 5, i * 5 + 5).reduce((a, b) => a + b);
      expect(shown + deleted[i]!).toBe(covered[i]);
    }
    expect([covered[0], covered[50], reads]).toEqual([16, 17, 17]);
    expect(bases[10 * 5 + 4]).toBe(2);
    expect(inserted.reduce((a, b) => a + b)).toBe(1);
  });
});

describe("frames", () => {
  const exon = amplicon.slice(cut - 20, cut + 10);
  it("are told by the coding bases gained and lost", async () => {
    const reads = { [del(cut - 1, 3)]: 5, [del(cut - 1, 1)]: 3, [ins(cut, "TTTTTT")]: 2, [amplicon]: 9 };
    const found = await outcomes(reads, { coding: [exon] });
    expect(found.frames).toEqual({ noncoding: 0, inFrame: 7, frameshift: 3, splice: 0 });
  });
  it("are not counted without a coding sequence", async () => {
    expect((await outcomes({ [amplicon]: 1 })).frames).toBeNull();
  });
  it("tell splice sites hit, and spared by an equivalent placement", async () => {
    const text = `${left}GCCTGAAGG|GTAAGTCCAG${right}`.replace("|", "");
    const end = left.length + 9;
    const sequence = text;
    const design = designAmplicon(
      { name: "a", sequence, coding: [sequence.slice(end - 9, end)] },
      { window: [[end - 5, end + 6]] },
    );
    const cutOut = (at: number, length: number) => sequence.slice(0, at) + sequence.slice(at + length);
    const frames = async (read: string) => (await quantify(readsOf([read]), design)).frames;
    expect(await frames(cutOut(end + 1, 2))).toEqual({ noncoding: 1, inFrame: 0, frameshift: 0, splice: 1 });
    // One G of GG|GT: the site is whole, the exon lost a base.
    expect(await frames(cutOut(end, 1))).toEqual({ noncoding: 0, inFrame: 0, frameshift: 1, splice: 0 });
  });
});

describe("base editing", () => {
  const baseEditor = parseBaseEditor("c:t");
  it("counts conversions by position and by allele, on the guide's strand", async () => {
    for (const flip of [(text: string) => text, turned]) {
      const [c4, c5, c11] = [left.length + 3, left.length + 4, left.length + 10];
      const both = `${sub(c4, "T").slice(0, c5)}T${amplicon.slice(c5 + 1)}`;
      const counts = { [amplicon]: 5, [sub(c5, "T")]: 3, [both]: 2, [sub(c11, "A")]: 1, [del(cut - 1, 2)]: 1 };
      const reads = readsOf(Object.fromEntries(Object.entries(counts).map(([text, count]) => [flip(text), count])));
      const design = designAmplicon({ ...spec, sequence: flip(amplicon) });
      const { conversions } = await quantify(reads, design, { baseEditor });
      expect(
        conversions!.sites.map((site) => [site.protospacerPosition, site.converted, site.other, site.reads]),
      ).toEqual([
        [4, 2, 0, 12],
        [5, 5, 0, 12],
        [11, 0, 1, 12],
        [15, 0, 0, 12],
        [19, 0, 0, 12],
      ]);
      expect(conversions!.alleles.map(({ converted, indel, reads }) => [converted, indel, reads])).toEqual([
        ["none", false, 6],
        ["C5", false, 3],
        ["C4 C5", false, 2],
        ["none", true, 1],
      ]);
    }
  });
  it("needs a guide, and two different bases", async () => {
    const design = designAmplicon({ name: "a", sequence: amplicon });
    await expect(quantify(readsOf([amplicon]), design, { baseEditor })).rejects.toThrow(/given without a guide/);
    for (const text of ["C", "C:C", "X:T", ""]) expect(() => parseBaseEditor(text)).toThrow(/base editor is/);
  });
});

describe("lists", () => {
  it("of alleles show what is around the cut", async () => {
    const reads = { [amplicon]: 5, [turned(amplicon)]: 2, [del(cut - 1, 3)]: 3, [ins(cut, "GG")]: 1, [sub(3, "A")]: 1 };
    const [list] = listAlleles(await quantify(readsOf(reads), designAmplicon(spec, { alleleSize: 6 })), 10);
    const around = amplicon.slice(cut - 6, cut + 6);
    expect(list!.distinct).toBe(3);
    expect(list!.alleles.map(({ reads, outcome, alignedRead }) => [reads, outcome, alignedRead])).toEqual([
      [8, "unmodified", around],
      [3, "nhej", `${around.slice(0, 5)}---${around.slice(8)}`],
      [1, "nhej", `${around.slice(0, 6)}GG${around.slice(6)}`],
    ]);
    expect(list!.alleles[1]!.edits).toEqual([`${cut}_${cut + 2}del`]);
  });
  it("of alleles say how many reads they leave out", async () => {
    const reads = { [amplicon]: 5, [del(cut - 1, 3)]: 3, [del(cut - 2, 5)]: 1 };
    const [list] = listAlleles(await quantify(readsOf(reads), designAmplicon(spec)), 1);
    expect(list).toMatchObject({ distinct: 3, unlistedReads: 4 });
  });
  it("of edits give them left-normalised with the reads that cover them", async () => {
    const reads = { [amplicon]: 6, [del(cut - 1, 3)]: 3, [ins(cut, "GG")]: 1 };
    const quantified = await quantify(readsOf(reads), designAmplicon(spec));
    expect(listEdits(quantified, 0).map((edit) => [editText(edit), edit.reads, edit.depth, edit.inWindow])).toEqual([
      [`${cut}_${cut + 2}del`, 3, 10, true],
      [`${cut}_${cut + 1}insGG`, 1, 10, true],
    ]);
    expect(listEdits(quantified, 0.2)).toHaveLength(1);
  });
});

describe("simulated truth", () => {
  const donor = `${amplicon.slice(0, cut - 8)}CAGGTC${amplicon.slice(cut - 2)}`;
  const plan: SimulationPlan = {
    seed: 11,
    amplicon,
    cut,
    molecules: 4000,
    nhej: { share: 0.4 },
    hdr: { share: 0.2, donor },
    substitutionRate: 0.001,
  };
  /** Whether an edit, in any equivalent placement, touches the two bases around the cut: from the rules, not from the code under test. */
  const touches = (edit: TrueEdit): boolean => {
    const shifts = placementsOf(amplicon, edit) - 1;
    if (edit.kind === "substitution") return edit.at === cut - 1 || edit.at === cut;
    if (edit.kind === "insertion") return edit.at <= cut && edit.at + shifts >= cut;
    return edit.at < cut + 1 && editEnd(edit) + shifts > cut - 1;
  };

  /** A substitution so near to an indel that other edits make the same sequence at the same cost. */
  const besideIndel = (edits: readonly TrueEdit[]): boolean =>
    edits.some(
      (one) =>
        one.kind === "substitution" &&
        edits.some((two) => two.kind !== "substitution" && one.at >= two.at - 8 && one.at < editEnd(two) + 8),
    );

  it("is counted exactly where alleles are unambiguous", async () => {
    const { truth } = simulateSample(plan);
    const design = designAmplicon({ ...spec, hdr: donor });
    let compared = 0;
    const different: string[] = [];
    for (const { sequence, edits, origin, placements, sameAs, molecules } of truth.alleles) {
      if (sameAs.length > 0 || besideIndel(edits)) continue;
      const { outcomes } = await quantify(readsOf([sequence]), design);
      const found = (Object.keys(outcomes) as Outcome[]).find((name) => outcomes[name] === 1);
      const hidden = origin === "nhej" && applyEdits(donor, edits) === sequence;
      const repaired = origin === "hdr" || origin === "mixed";
      const expected = hidden ? "ambiguousEdited" : repaired ? origin : edits.some(touches) ? "nhej" : "unmodified";
      compared += molecules;
      if (found !== expected)
        different.push(`${origin} ${editsText(edits)} (${placements}): ${found}, not ${expected}`);
    }
    expect(compared).toBeGreaterThan(3500);
    expect(different).toEqual([]);
  });

  it("is counted at every base that an editor converted", async () => {
    const { truth } = simulateSample({
      seed: 5,
      amplicon,
      cut,
      molecules: 2000,
      baseEdit: { share: 0.6, from: "C", to: "T", window: [left.length, left.length + 20], rate: 0.4 },
    });
    const reads = Object.fromEntries(truth.alleles.map(({ sequence, molecules }) => [sequence, molecules]));
    const baseEditor = parseBaseEditor("C:T");
    const { conversions } = await quantify(readsOf(reads), designAmplicon(spec), { baseEditor });
    const converted = (at: number): number =>
      truth.alleles.reduce(
        (sum, { edits, molecules }) => sum + (edits.some((edit) => edit.at === at) ? molecules : 0),
        0,
      );
    expect(conversions!.sites.map((site) => site.converted)).toEqual(
      conversions!.sites.map(({ position }) => converted(position)),
    );
    expect(conversions!.alleles.map(({ reads }) => reads)).toEqual(
      truth.alleles.map(({ molecules }) => molecules).sort((a, b) => b - a),
    );
  });

  it("has its edits named as they were made", async () => {
    const { truth } = simulateSample({ ...plan, hdr: { share: 0, donor }, substitutionRate: 0 });
    const design = designAmplicon(spec);
    const reads = Object.fromEntries(truth.alleles.map(({ sequence, molecules }) => [sequence, molecules]));
    const expected = new Map<string, number>();
    const bySequence = new Map(truth.alleles.map((allele) => [allele.sequence, allele]));
    for (const { edits, molecules } of bySequence.values())
      for (const edit of leftNormalised(amplicon, edits))
        expected.set(editsText([edit]), (expected.get(editsText([edit])) ?? 0) + molecules);
    const found = listEdits(await quantify(readsOf(reads), design), 0);
    const wrong = found.filter(({ kind, position, length, alternative, reads }) => {
      const edit: TrueEdit =
        kind === "deletion"
          ? { kind, at: position, length }
          : kind === "insertion"
            ? { kind, at: position, bases: alternative }
            : { kind, at: position, base: alternative };
      return expected.get(editsText([edit])) !== reads;
    });
    expect(wrong).toEqual([]);
    expect(found.length).toBe(expected.size);
    for (const { sequence, edits } of bySequence.values()) expect(applyEdits(amplicon, edits)).toBe(sequence);
  });
});

describe("prime editing", () => {
  // The nick is at the cut; the flap brings three bases that the amplicon has not.
  const primeEdited = `${amplicon.slice(0, cut)}GTC${amplicon.slice(cut)}`;
  const flap = primeEdited.slice(cut - 13, cut + 12);
  const scaffold = "AAAGTGGCACCGAGTCGGTGC";
  const pegRna = { extension: turned(flap), scaffold };
  const beyond = (bases: number) =>
    `${primeEdited.slice(0, cut + 12)}${turned(scaffold).slice(0, bases)}${primeEdited.slice(cut + 12 + bases)}`;

  it("counts reads that bring the scaffold along, on both strands of the amplicon", async () => {
    for (const flip of [(text: string) => text, turned]) {
      const design = designAmplicon({ ...spec, sequence: flip(amplicon), primeEdited: flip(primeEdited) });
      const counts = { [primeEdited]: 4, [beyond(4)]: 2, [beyond(8)]: 1, [amplicon]: 5 };
      const reads = readsOf(Object.fromEntries(Object.entries(counts).map(([text, count]) => [flip(text), count])));
      expect((await quantify(reads, design, { pegRna })).scaffold).toBe(3);
    }
  });
  it("refuses an extension that is not in the edited amplicon, and a scaffold that says nothing", async () => {
    const design = designAmplicon({ ...spec, primeEdited });
    const run = (extension: string, end: string, where = design) =>
      quantify(readsOf([amplicon]), where, { pegRna: { extension, scaffold: end } });
    await expect(run("ACGTACGTACGT", scaffold)).rejects.toThrow(/is not in GENE1 prime-edited on either strand/);
    await expect(run(pegRna.extension, turned(primeEdited.slice(cut + 12, cut + 20)))).rejects.toThrow(
      /cannot be told from/,
    );
    await expect(run(pegRna.extension, scaffold, designAmplicon(spec))).rejects.toThrow(/no prime-edited reference/);
  });
});
