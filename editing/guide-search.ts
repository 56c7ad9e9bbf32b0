import { complementBit, complementBits, letterOfBit, patternBits } from "./base-bits.ts";
import { GuideSearchError } from "./errors.ts";
import { type ContigBlock, fastaBlocks } from "./fasta-blocks.ts";
import { type GuideLimits, type GuideMatch, type GuideMatcher, guideMatcher, writeMatch } from "./guide-match.ts";

export interface GuideSearchOptions extends Partial<GuideLimits> {
  /** Spacers without PAM, 5′ to 3′, of A, C, G, T and other IUPAC codes; 10 to 50 bases. */
  guides: readonly string[];
  /** IUPAC pattern beside the guide. Default "NGG". */
  pam?: string;
  /** At which end of the guide the PAM lies: 3 as of Cas9, 5 as of Cas12a. Default 3. */
  pamSide?: 3 | 5;
  /** The FASTA file's name, for errors. */
  file: string;
  /** See fastaBlocks. */
  blockBases?: number;
  signal?: AbortSignal;
  onProgress?: (progress: { contig: string; bases: number; sites: number }) => void;
}

/** A place in the genome that a guide fits, within the limits. */
export interface GuideSite extends GuideMatch {
  /** Index into the guides given. */
  guide: number;
  contig: string;
  /** Of guide and PAM together, from 0, on the forward strand. */
  start: number;
  /** First base after it. */
  end: number;
  strand: "+" | "-";
  /** The PAM as it stands in the genome, in the guide's direction. */
  pam: string;
  /** The guide as paired, see WrittenMatch. */
  guideText: string;
  /** The genome as paired; mismatches in small letters. */
  siteText: string;
}

const LONGEST_GUIDE = 50;
const MOST_BULGES = 4;

/**
 * All sites of guides in a genome: every PAM of both strands whose neighbouring bases differ from a guide by no more than the limits, once
 * a PAM and guide, with its best pairing (see GuideMatcher). Exact, in one pass over the file, with memory for one block.
 *
 * @param chunks bytes of a FASTA file
 * @returns sites by contig, then by the PAM's position
 * @throws GuideSearchError ("editing/guide-search"), AlphabetError ("editing/alphabet"), FastaError ("editing/fasta")
 */
export async function* findGuideSites(
  chunks: AsyncIterable<Uint8Array>,
  options: GuideSearchOptions,
): AsyncGenerator<GuideSite> {
  const search = planSearch(options);
  let bases = 0;
  let sites = 0;
  const blocks = fastaBlocks(chunks, {
    file: options.file,
    margin: search.margin,
    ...(options.blockBases === undefined ? {} : { blockBases: options.blockBases }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  for await (const block of blocks) {
    for (const site of sitesOfBlock(block, search)) {
      sites++;
      yield site;
    }
    bases += block.bases;
    options.onProgress?.({ contig: block.contig, bases, sites });
  }
}

interface Search {
  guides: readonly { text: string; bits: Uint8Array }[];
  pam: Uint8Array;
  pamSide: 3 | 5;
  margin: number;
  matchers: readonly GuideMatcher[];
  sides: readonly [forward: Side, backward: Side];
}

function planSearch(options: GuideSearchOptions): Search {
  const { mismatches = 4, dnaBulges = 0, rnaBulges = 0, pam = "NGG", pamSide = 3 } = options;
  if (options.guides.length === 0) throw new GuideSearchError("There is no guide to search for.");
  if (pam.length === 0 || pam.length > 16)
    throw new GuideSearchError(`The PAM ${JSON.stringify(pam)} is not 1 to 16 bases long; N stands for any.`);
  for (const [name, value, most] of [
    ["mismatches", mismatches, 10],
    ["dnaBulges", dnaBulges, MOST_BULGES],
    ["rnaBulges", rnaBulges, MOST_BULGES],
  ] as const)
    if (!Number.isInteger(value) || value < 0 || value > most)
      throw new GuideSearchError(`${name}: ${value} is no whole number from 0 to ${most}.`);
  const guides = options.guides.map((given) => {
    const text = given.toUpperCase().replaceAll("U", "T");
    const bits = patternBits(text, `guide ${given}`);
    if (text.length < 10 || text.length > LONGEST_GUIDE)
      throw new GuideSearchError(
        `Guide ${given} has ${text.length} bases; expected 10 to ${LONGEST_GUIDE}, without the PAM.`,
      );
    if (mismatches + rnaBulges >= text.length / 2)
      throw new GuideSearchError(
        `With ${mismatches} mismatches and ${rnaBulges} bulges, guide ${given} of ${text.length} bases would fit almost anywhere.`,
      );
    const outwards = pamSide === 3;
    return { text: outwards ? [...text].reverse().join("") : text, bits: outwards ? bits.toReversed() : bits };
  });
  const pamBits = patternBits(pam, "PAM");
  const limits = { mismatches, dnaBulges, rnaBulges };
  const longest = Math.max(...guides.map(({ bits }) => bits.length));
  return {
    guides,
    pam: pamBits,
    pamSide,
    margin: longest + dnaBulges + pam.length,
    matchers: guides.map((guide) => guideMatcher(guide.bits, limits)),
    sides: sidesOf(pamBits, pamSide),
  };
}

/** A PAM as it lies on the forward strand, and how the guide lies beside it. */
interface Side {
  strand: "+" | "-";
  pam: Uint8Array;
  /** Positions of the pattern, most telling first. */
  order: readonly number[];
  step: 1 | -1;
  /** Where the PAM begins within a span, filled by scan. */
  places: Int32Array;
}

function sidesOf(pam: Uint8Array, pamSide: 3 | 5): [Side, Side] {
  const telling = (bits: Uint8Array): number[] =>
    [...bits.keys()].sort((a, b) => ones(bits[a]!) - ones(bits[b]!) || a - b);
  const turned = complementBits(pam).toReversed();
  const away = pamSide === 3 ? -1 : 1;
  return [
    { strand: "+", pam, order: telling(pam), step: away, places: new Int32Array(SPAN) },
    { strand: "-", pam: turned, order: telling(turned), step: away === 1 ? -1 : 1, places: new Int32Array(SPAN) },
  ];
}

function ones(bits: number): number {
  let count = 0;
  for (let rest = bits; rest > 0; rest &= rest - 1) count++;
  return count;
}

/** Positions that are looked at before what was found among them is compared. */
const SPAN = 1 << 14;

/** Sites of a block by the PAM's position, forward strand first. */
function sitesOfBlock(block: ContigBlock, search: Search): GuideSite[] {
  const { bits, bases } = block;
  const { margin, matchers } = search;
  const [forward, backward] = search.sides;
  const found: GuideSite[] = [];
  const compare = (at: number, side: Side): void => {
    const start = side.step === 1 ? at + search.pam.length : at - 1;
    for (let index = 0; index < matchers.length; index++) {
      const match = matchers[index]!.match(bits, start, side.step, side.strand === "-");
      if (match !== undefined) found.push(siteAt(block, search, { index, at, start, side, match }));
    }
  };
  for (let from = margin; from < margin + bases; from += SPAN) {
    const to = Math.min(from + SPAN, margin + bases);
    const ahead = scan(bits, from, to, forward);
    const behind = scan(bits, from, to, backward);
    for (let i = 0, j = 0; i < ahead || j < behind; ) {
      if (j >= behind || (i < ahead && forward.places[i]! <= backward.places[j]!))
        compare(forward.places[i++]!, forward);
      else compare(backward.places[j++]!, backward);
    }
  }
  return found;
}

/** Writes where the PAM begins into the side's places. @returns how often */
function scan(bits: Uint8Array, from: number, to: number, { pam, order, places }: Side): number {
  const first = order[0]!;
  const second = order[1] ?? first;
  const firstSet = pam[first]!;
  const secondSet = pam[second]!;
  let count = 0;
  candidates: for (let at = from; at < to; at++) {
    if ((bits[at + first]! & firstSet) === 0 || (bits[at + second]! & secondSet) === 0) continue;
    for (let i = 2; i < order.length; i++) if ((bits[at + order[i]!]! & pam[order[i]!]!) === 0) continue candidates;
    places[count++] = at;
  }
  return count;
}

function siteAt(
  block: ContigBlock,
  search: Search,
  hit: { index: number; at: number; start: number; side: Side; match: GuideMatch },
): GuideSite {
  const { at, start, side, match } = hit;
  const guide = search.guides[hit.index]!;
  const opposite = side.strand === "-";
  const span = guide.bits.length + match.dnaBulges - match.rnaBulges;
  const left = side.step === 1 ? at : at - span;
  const pamBits = [...block.bits.subarray(at, at + search.pam.length)];
  const written = writeMatch(guide, block.bits, { start, step: side.step, opposite }, match);
  const turn = (text: string): string => (search.pamSide === 3 ? [...text].reverse().join("") : text);
  const from = left - search.margin + block.start;
  return {
    guide: hit.index,
    contig: block.contig,
    start: from,
    end: from + span + search.pam.length,
    strand: side.strand,
    pam: (opposite ? pamBits.reverse().map(complementBit) : pamBits).map(letterOfBit).join(""),
    ...match,
    guideText: turn(written.guide),
    siteText: turn(written.site),
  };
}
