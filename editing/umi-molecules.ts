import { type SequenceSet, sequenceSet } from "./sequence-set.ts";
import { expectedCollisions, groupUmis } from "./umi-groups.ts";

/** Reads by UMI and sequence. */
export interface MoleculeCounter {
  /** Adds one read with the codes from `from` to before `to`. */
  add(umi: number, codes: Uint8Array, from: number, to: number): void;
  /** One consensus a molecule. @param length bases of a UMI */
  finish(length: number, signal?: AbortSignal): { molecules: SequenceSet; counts: UmiCounts };
}

/** What became of the UMIs of a sample. */
export interface UmiCounts {
  /** Reads left out as their UMI has a base that is not known. */
  unknown: number;
  /** Reads left out as they are shorter than the pattern. */
  short: number;
  /** Different UMIs. */
  distinct: number;
  /** Reads whose UMI was taken for an error of another one. */
  correctedReads: number;
  /** Molecules altogether: groups of UMIs. */
  groups: number;
  /** Molecules left out as they have too few reads, and their reads. */
  smallGroups: number;
  smallGroupReads: number;
  /** Molecules that are counted. */
  molecules: number;
  /** Molecules of which no length has more than half of the reads: collisions, or worn out. */
  withoutMajority: number;
  /** Molecules that share their UMI with another one by chance, as far as can be expected. */
  expectedCollisions: number;
  /** Molecules whose UMI differs in one base from that of a given one by chance, on average; these may be taken for its errors. */
  expectedNeighbours: number;
}

/** A counter of molecules. @param minReads molecules of fewer reads are left out */
export function moleculeCounter(minReads = 1): MoleculeCounter {
  const sequences = sequenceSet();
  const umiIndex = new Map<number, number>();
  const umiReads: number[] = [];
  const table = pairTable();
  return {
    add(umi, codes, from, to) {
      let index = umiIndex.get(umi);
      if (index === undefined) {
        index = umiReads.length;
        umiIndex.set(umi, index);
        umiReads.push(0);
      }
      umiReads[index]!++;
      table.add(index, sequences.add(codes, from, to));
    },
    finish(length, signal) {
      const umis = Float64Array.from(umiIndex.keys());
      const group = groupUmis(umis, umiReads, length, signal);
      const { order, starts } = byGroup(table, group);
      const molecules = sequenceSet();
      const counts: UmiCounts = {
        unknown: 0,
        short: 0,
        distinct: umis.length,
        correctedReads: umiReads.reduce((sum, reads, i) => sum + (group[i] === i ? 0 : reads), 0),
        groups: 0,
        smallGroups: 0,
        smallGroupReads: 0,
        molecules: 0,
        withoutMajority: 0,
        expectedCollisions: 0,
        expectedNeighbours: 0,
      };
      const consensus = consensusMaker(sequences);
      for (let root = 0; root < group.length; root++) {
        if (group[root] !== root) continue;
        if (counts.groups++ % 10_000 === 0) signal?.throwIfAborted();
        const members = new Map<number, number>();
        let reads = 0;
        for (let k = starts[root]!; k < starts[root + 1]!; k++) {
          const entry = order[k]!;
          const sequence = table.second(entry);
          members.set(sequence, (members.get(sequence) ?? 0) + table.count(entry));
          reads += table.count(entry);
        }
        if (reads < minReads) {
          counts.smallGroups++;
          counts.smallGroupReads += reads;
          continue;
        }
        const { codes, size, majority } = consensus(members, reads);
        if (!majority) counts.withoutMajority++;
        molecules.add(codes, 0, size);
        counts.molecules++;
      }
      counts.expectedCollisions = expectedCollisions(counts.groups, length);
      counts.expectedNeighbours = (3 * length * counts.groups) / 4 ** length;
      return { molecules, counts };
    },
  };
}

/** Entries of the table by the UMI that their own belongs to. */
function byGroup(table: PairTable, group: Uint32Array): { order: Uint32Array; starts: Uint32Array } {
  const starts = new Uint32Array(group.length + 2);
  for (let e = 0; e < table.size; e++) starts[group[table.first(e)]! + 2]!++;
  for (let i = 2; i < starts.length; i++) starts[i] = starts[i]! + starts[i - 1]!;
  const order = new Uint32Array(table.size);
  for (let e = 0; e < table.size; e++) order[starts[group[table.first(e)]! + 1]!++] = e;
  return { order, starts };
}

/**
 * The consensus of the reads of one molecule: the length that most of them have, and at each place the base that most of those have. What
 * is equal goes to the sequence that has more of the molecule's reads, then of the sample's, then comes first by its letters.
 */
function consensusMaker(
  sequences: SequenceSet,
): (members: ReadonlyMap<number, number>, reads: number) => { codes: Uint8Array; size: number; majority: boolean } {
  let codes = new Uint8Array(1024);
  let votes = new Uint32Array(5 * 1024);
  return (members, reads) => {
    const ranked = [...members.keys()].sort(
      (a, b) =>
        members.get(b)! - members.get(a)! || sequences.count(b) - sequences.count(a) || compareCodes(sequences, a, b),
    );
    const readsOf = new Map<number, number>();
    for (const index of ranked) {
      const length = sequences.length(index);
      readsOf.set(length, (readsOf.get(length) ?? 0) + members.get(index)!);
    }
    // Lengths stand in the order of their best sequence, so that the first of equal ones wins.
    let size = 0;
    let most = 0;
    for (const [length, count] of readsOf) if (count > most) [size, most] = [length, count];
    const voters = ranked.filter((index) => sequences.length(index) === size);
    const majority = 2 * most > reads;
    if (size > codes.length) {
      codes = new Uint8Array(2 * size);
      votes = new Uint32Array(10 * size);
    }
    if (voters.length === 1) {
      sequences.copy(voters[0]!, codes);
      return { codes, size, majority };
    }
    votes.fill(0, 0, 5 * size);
    for (const index of voters) {
      sequences.copy(index, codes);
      for (let i = 0; i < size; i++) votes[5 * i + codes[i]!]! += members.get(index)!;
    }
    const won = new Uint8Array(size).fill(255);
    for (let rank = 0; rank < voters.length; rank++) {
      sequences.copy(voters[rank]!, codes);
      for (let i = 0; i < size; i++) {
        if (won[i] !== 255) continue;
        const base = codes[i]!;
        if (votes[5 * i + base] === mostVotes(votes, 5 * i)) won[i] = base;
      }
    }
    codes.set(won);
    return { codes, size, majority };
  };
}

/** Most votes of a known base; of N only when nothing else has any. */
function mostVotes(votes: Uint32Array, at: number): number {
  const most = Math.max(votes[at]!, votes[at + 1]!, votes[at + 2]!, votes[at + 3]!);
  return most > 0 ? most : votes[at + 4]!;
}

function compareCodes(set: SequenceSet, a: number, b: number): number {
  const shorter = Math.min(set.length(a), set.length(b));
  for (let i = 0; i < shorter; i++) {
    const difference = set.code(a, i) - set.code(b, i);
    if (difference !== 0) return difference;
  }
  return set.length(a) - set.length(b);
}

interface PairTable {
  readonly size: number;
  add(first: number, second: number): void;
  first(entry: number): number;
  second(entry: number): number;
  count(entry: number): number;
}

/** Counts of pairs of whole numbers, by open addressing. */
function pairTable(): PairTable {
  let size = 0;
  // Three words an entry: first, second, count.
  let entries = new Uint32Array(3 << 10);
  let slots = new Uint32Array(1 << 11);
  const hashOf = (first: number, second: number): number => {
    let hash = Math.imul(first ^ Math.imul(second, 0x9e3779b1), 0x85ebca6b);
    hash ^= hash >>> 13;
    hash = Math.imul(hash, 0xc2b2ae35);
    return (hash ^ (hash >>> 16)) >>> 0;
  };
  function grow(): void {
    const longer = new Uint32Array(2 * entries.length);
    longer.set(entries);
    entries = longer;
    slots = new Uint32Array(2 * slots.length);
    for (let e = 0; e < size; e++) {
      let slot = hashOf(entries[3 * e]!, entries[3 * e + 1]!) & (slots.length - 1);
      while (slots[slot] !== 0) slot = (slot + 1) & (slots.length - 1);
      slots[slot] = e + 1;
    }
  }
  return {
    get size() {
      return size;
    },
    add(first, second) {
      if (3 * size === entries.length) grow();
      for (let slot = hashOf(first, second) & (slots.length - 1); ; slot = (slot + 1) & (slots.length - 1)) {
        const entry = slots[slot]! - 1;
        if (entry < 0) {
          slots[slot] = size + 1;
          entries.set([first, second, 1], 3 * size);
          size++;
          return;
        }
        if (entries[3 * entry] === first && entries[3 * entry + 1] === second) {
          entries[3 * entry + 2]!++;
          return;
        }
      }
    },
    first: (entry) => entries[3 * entry]!,
    second: (entry) => entries[3 * entry + 1]!,
    count: (entry) => entries[3 * entry + 2]!,
  };
}
