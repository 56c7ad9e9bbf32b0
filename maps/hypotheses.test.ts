import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cardHtml, cardMarkdown } from "./card-text.ts";
import { doseTrend } from "./dose-trend.ts";
import { experimentAgreement } from "./experiment-agreement.ts";
import { hypothesisCard } from "./hypothesis-card.ts";
import { knownAgainstNovel } from "./known-against-novel.ts";
import { knownRelations } from "./known-edges.ts";
import { oppositeCompounds } from "./opposite-compounds.ts";
import { groupOf, plantedGroup, sortedQuantiles } from "./planted-group.test-support.ts";
import { proxiesOf } from "./proxies.ts";
import { trustedRows, trustOf } from "./trust.ts";

const planted = plantedGroup();
const { group, split } = planted;
const quantiles = sortedQuantiles(group);
const known = knownRelations(planted.known);
const rowOf = (perturbation: string, concentration: number | null = null): number =>
  group.rows.findIndex((row) => row.perturbation === perturbation && row.concentration === concentration);
const sets = planted.pathways.map((genes, i) => ({ name: `pathway ${i}`, description: "", genes: [...genes, "N0"] }));

describe("trust of a phenoprint", () => {
  it("is given on replicates, wells and length, and says its grounds", () => {
    expect(trustOf(group, rowOf("gene:G0A")).sentence).toMatch(
      /^G0A is trusted: it differs from its controls; its replicates agree \(adjusted p 0\.00\d+\); it rests on 12 wells\.$/,
    );
    expect(trustOf(group, rowOf("gene:N0")).sentence).toMatch(
      /^N0 is not trusted: its replicates agree no better than chance allows/,
    );
  });

  it("is the same for one row and for all", () => {
    const all = trustedRows(group);
    group.rows.forEach((_, row) => void expect(trustOf(group, row).trusted).toBe(all[row] === 1));
    expect(all.reduce((sum, one) => sum + one, 0)).toBeGreaterThan(20);
  });

  it("is refused to too few wells, to no length, to what was not tested, and taken by experiments that disagree", () => {
    const rules = { consistencyP: 0.05, adjust: "none", units: 3 } as const;
    const rows = [
      { row: { consistencyP: 0.01, units: 2 }, vector: [1] },
      { row: { consistencyP: 0.01 }, vector: [0] },
      { row: { consistencyP: null }, vector: [1] },
      { row: { consistencyP: 0.05 }, vector: [1] },
    ];
    const few = groupOf(rows, 1);
    expect([...trustedRows(few, rules)]).toEqual([0, 0, 0, 1]);
    expect(trustOf(few, 2, { rules }).checks[1]).toMatchObject({ check: "replicates", passed: null });
    const disagreeing = experimentAgreement(split, "gene:N1", null);
    expect(disagreeing.badge).toBe("disagree");
    expect(trustOf(few, 3, { rules, agreement: disagreeing }).trusted).toBe(false);
    const alone = experimentAgreement(split, "gene:NOWHERE", null);
    expect(trustOf(few, 3, { rules, agreement: alone }).trusted).toBe(true);
  });
});

describe("proxies of a gene that is not trusted", () => {
  it("are trusted genes of its pathways, never on its arm, the smaller pathway first", () => {
    const inert = { ...group, rows: group.rows.map((row) => (row.symbol === "N0" ? { ...row, arm: "1p" } : row)) };
    const found = proxiesOf(inert, rowOf("gene:N0"), [
      { name: "broad", description: "", genes: ["N0", ...planted.pathways[1]!, ...planted.pathways[2]!] },
      { name: "narrow", description: "", genes: ["N0", ...planted.pathways[0]!] },
    ]);
    expect(found.map(({ label }) => label).slice(0, 2)).toEqual(["G0B", "G0D"]);
    expect(found[0]).toMatchObject({ arm: "1q", otherArm: true, sets: [{ name: "narrow", size: 5 }] });
    expect(found.every(({ label }) => !["G0A", "G0C"].includes(label))).toBe(true);
    expect(found).toHaveLength(10);
  });

  it("come after those of known arms when an arm is not known, and not from sets that are too large", () => {
    const [first, , third] = planted.pathways[0]!; // N0 lies on 1q, as the second and fourth do
    const unknown = { ...group, rows: group.rows.map((row) => (row.symbol === first ? { ...row, arm: null } : row)) };
    const found = proxiesOf(unknown, rowOf("gene:N0"), sets.slice(0, 1));
    expect(found.map(({ otherArm }) => otherArm)).toEqual([true, false]);
    expect(found.map(({ label }) => label)).toEqual([third, first]);
    expect(proxiesOf(group, rowOf("gene:N0"), sets, { maximumSize: 4 })).toEqual([]);
  });
});

describe("a trend over doses", () => {
  it("is Kendall's tau with its exact chance", () => {
    expect(doseTrend([1, 2, 3, 4, 5, 6])).toEqual({ tau: 1, p: 1 / 720 });
    expect(doseTrend([3, 2, 1])).toEqual({ tau: -1, p: 1 / 6 });
    expect(doseTrend([1, 1, 1])?.tau).toBe(0);
    expect(doseTrend([1, 2])).toBeNull();
  });

  it("has the chance that counting all orders gives", () => {
    const orders = (items: number[]): number[][] =>
      items.length < 2
        ? [items]
        : items.flatMap((one, i) => orders(items.toSpliced(i, 1)).map((rest) => [one, ...rest]));
    const all = orders([1, 2, 3, 4, 5]).map((order) => ({ order, tau: doseTrend(order)!.tau }));
    for (const { order, tau } of all) {
      const asFar = all.filter((other) => (tau >= 0 ? other.tau >= tau : other.tau <= tau)).length;
      expect(doseTrend(order)!.p).toBeCloseTo(asFar / 120, 12);
    }
  });

  it("turns with the sign of the values", () => {
    fc.assert(
      fc.property(fc.array(fc.integer(), { minLength: 3, maxLength: 8 }), (values) => {
        const [up, down] = [doseTrend(values)!, doseTrend(values.map((value) => -value))!];
        expect(down.tau).toBeCloseTo(-up.tau, 12);
        expect(down.p).toBe(up.p);
      }),
    );
  });
});

describe("opposite compounds", () => {
  it("are the planted ones, dose-consistent, and never the inert ones", () => {
    planted.pathways.forEach(([symbol], pathway) => {
      const found = oppositeCompounds(group, rowOf(`gene:${symbol}`), { quantiles, tail: 5 });
      expect(found[0]).toMatchObject({ symbol: `AGAINST${pathway}`, doseConsistent: true });
      expect(found[0]!.best.cosine).toBeLessThan(-0.8);
      expect(found[0]!.trend!.tau).toBeLessThanOrEqual(-0.6);
      expect(found[0]!.doses.map(({ concentration }) => concentration)).toEqual([...planted.doses]);
      expect(
        found.filter(({ symbol: name, doseConsistent }) => name.startsWith("INERT") && doseConsistent === true),
      ).toEqual([]);
    });
  });

  it("can be asked for on the similar side", () => {
    const found = oppositeCompounds(group, rowOf("gene:G3A"), { quantiles, side: "similar", known });
    expect(found[0]).toMatchObject({ symbol: "ALONG3", doseConsistent: true, known: [] });
  });

  it("are not told to be consistent with fewer than three doses", () => {
    const two = groupOf(
      [
        { row: { perturbation: "gene:A", symbol: "A" }, vector: [1, 0] },
        ...[1, 10].map((concentration) => ({
          row: { perturbation: "compound:X", type: "compound" as const, symbol: "X", concentration },
          vector: [-1, 0.1],
        })),
      ],
      2,
    );
    expect(oppositeCompounds(two, 0, { quantiles: [-1, 1], tail: 50 })).toMatchObject([
      { trend: null, doseConsistent: null },
    ]);
  });
});

describe("known against novel", () => {
  it("tells which published partners show, and which strong ones nobody has published", () => {
    const found = knownAgainstNovel(group, rowOf("gene:G0A"), known, { quantiles });
    expect(found.partners).toMatchObject([{ row: rowOf("gene:G0B"), recovered: true }]);
    expect(found.sources).toEqual([{ source: "planted", known: 1, recovered: 1 }]);
    const novel = found.novel.similar.map(({ row }) => group.rows[row]!.symbol);
    expect(novel).toContain("G0C");
    expect(novel).not.toContain("G0B");
    expect(found.byChance).toBe(0.1);
  });
});

describe("a hypothesis card", () => {
  const inputs = {
    group,
    name: "planted v1",
    quantiles,
    known,
    sets,
    split: { group: split, quantiles: sortedQuantiles(split) },
  };
  const card = hypothesisCard(inputs, rowOf("gene:G0A"), rowOf("compound:AGAINST0", 30));

  it("is plain JSON with the evidence for and against", () => {
    expect(JSON.parse(JSON.stringify(card))).toEqual(card);
    expect(card).toMatchObject({
      statement: "G0A is opposite to AGAINST0 at 30 µM.",
      relation: "opposite",
      caveats: [],
    });
    expect(card.percentile).toBeLessThan(5);
    expect(card.experiments?.map(({ experiment }) => experiment)).toEqual(["E1", "E2", "E3"]);
    expect(card.ends[1].doses).toHaveLength(6);
    expect(card.ends[1].trend?.tau).toBeLessThan(-0.5);
    expect(card.ends.map(({ trust }) => trust.trusted)).toEqual([true, true]);
  });

  it("says what speaks against it", () => {
    const inert = hypothesisCard({ group, name: "g", quantiles }, rowOf("gene:N0"), rowOf("compound:INERT0", 0.1));
    expect(inert.caveats.join(" ")).toMatch(
      /not trusted.*not trusted.*does not follow the dose.*not split.*not compared/s,
    );
    const arm = hypothesisCard(inputs, rowOf("gene:G0A"), rowOf("gene:G0C"));
    expect(arm.caveats).toEqual([
      "Both genes lie on chromosome arm 1p: neighbours on an arm look alike whatever they do.",
    ]);
    expect(arm.sharedSets).toEqual(["pathway 0"]);
    const published = hypothesisCard(inputs, rowOf("gene:G0A"), rowOf("gene:G0B"));
    expect(published.known).toMatchObject([{ source: "planted", reference: "R-1" }]);
  });

  it("becomes Markdown and a page, with names that look like markup harmless", () => {
    expect(cardMarkdown(card)).toContain("# G0A is opposite to AGAINST0 at 30 µM.");
    expect(cardMarkdown(card)).toContain("| E1 | -0.878 | 0.1 % |");
    const bad = structuredClone(card);
    bad.statement = 'A <script>alert("x")</script> | b';
    expect(cardHtml(bad)).toContain("A &lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt; | b");
    expect(cardHtml(bad)).not.toContain("<script");
    expect(cardMarkdown(bad)).toContain('A \\<script\\>alert("x")\\</script\\> \\| b');
    const tables = cardHtml(card).match(/<table>/g);
    expect(tables).toHaveLength(3);
  });
});
