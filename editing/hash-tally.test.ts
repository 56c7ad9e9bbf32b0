import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { beginHash, endHash, type Hash64, hashTally, mixIn } from "./hash-tally.ts";

describe("a tally by hash", () => {
  it("counts as a map does, through many enlargements", () => {
    const tally = hashTally();
    const expected = new Map<number, number>();
    for (let read = 0; read < 20_000; read++) {
      const thing = (read * 7919) % 6007;
      // Halves that collide in every slot's low bits.
      tally.add(thing << 16, thing % 3, 1 + (read % 4), read, thing % 100);
      expected.set(thing, (expected.get(thing) ?? 0) + 1 + (read % 4));
    }
    expect(tally.size).toBe(6007);
    expect(tally.total).toBe([...expected.values()].reduce((a, b) => a + b));
    for (const [thing, weight] of expected) expect(tally.weightOf(thing << 16, thing % 3)).toBe(weight);
    expect(tally.weightOf(1, 1)).toBe(0);
  });

  it("gives the heaviest first, equal ones in order, and no more than asked for", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(12), { maxLength: 60 }), fc.nat(14), fc.nat(5), (things, most, least) => {
        const tally = hashTally();
        for (const [read, thing] of things.entries()) tally.add(0, thing, 1, read, thing);
        const counts = new Map<number, number>();
        for (const thing of things) counts.set(thing, (counts.get(thing) ?? 0) + 1);
        const expected = [...counts]
          .filter(([, weight]) => weight >= least)
          .sort((a, b) => b[1] - a[1] || things.indexOf(a[0]) - things.indexOf(b[0]))
          .slice(0, most);
        const found = tally.heaviest(most, least);
        expect(found.map(({ tag, weight }) => [tag, weight])).toEqual(expected);
        for (const { tag, read } of found) expect(read).toBe(things.indexOf(tag));
      }),
    );
  });
});

describe("a hash of 64 bits", () => {
  const hashOf = (values: readonly number[], seed = 0): string => {
    const hash: Hash64 = { high: 0, low: 0 };
    beginHash(hash, seed);
    for (const value of values) mixIn(hash, value);
    endHash(hash);
    return `${hash.high >>> 0} ${hash.low >>> 0}`;
  };
  it("differs for a hundred thousand short lists that differ in one place, order or seed", () => {
    const seen = new Set<string>();
    for (let a = 0; a < 300; a++) for (let b = 0; b < 300; b++) seen.add(hashOf([a, b]));
    for (let seed = 1; seed < 10_001; seed++) seen.add(hashOf([], seed));
    expect(seen.size).toBe(100_000);
  });
  it("has halves each of which alone rarely agrees", () => {
    const [high, low] = [new Set<string>(), new Set<string>()];
    for (let i = 0; i < 50_000; i++) {
      const [h = "", l = ""] = hashOf([i]).split(" ");
      high.add(h);
      low.add(l);
    }
    // Of 50,000 random numbers of 32 bits, 0.3 pairs agree on average.
    expect(Math.min(high.size, low.size)).toBeGreaterThan(49_990);
  });
});
