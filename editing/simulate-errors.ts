import type { Random } from "@artesian/numerics";

/** How well a simulated instrument reads: qualities fall from the first cycle to the last; a base is wrong as often as its quality says. */
export interface SequencingPlan {
  /** Mean Phred quality of the first cycle; default 37. */
  firstQuality?: number;
  /** Mean Phred quality of the last cycle; default 32. */
  lastQuality?: number;
  /** Standard deviation of qualities about that line; default 2. */
  spread?: number;
  /** Chance that a base is not called (N, quality 2); default 0.0001. */
  unknownRate?: number;
}

/** Reads of one length, as an instrument writes them. */
export interface Sequencer {
  /**
   * Copies `length` bases to `into` at `at`, some of them wrong or N, and their qualities to `qualities` at `qualityAt`; all are ASCII.
   * @returns how many are wrong or N
   */
  read(from: Uint8Array, into: Uint8Array, at: number, qualities: Uint8Array, qualityAt: number): number;
}

/** Different strings of qualities; reads share them, rarely within reach of a compressor. */
const PROFILES = 1024;
const UNKNOWN_QUALITY = 2;
const HIGHEST_QUALITY = 93;
const LETTERS = Uint8Array.from("ACGT", (letter) => letter.charCodeAt(0));
const N = "N".charCodeAt(0);
const OFFSET = 33;

interface Profile {
  qualities: Uint8Array;
  /** Chance that all bases before one are right and called. Of shape (length + 1). */
  clean: Float64Array;
  /** Share of what goes wrong at a base that is an N. Of shape (length). */
  unknownShare: Float64Array;
}

/** An instrument for reads of `length` bases. */
export function sequencer(length: number, plan: SequencingPlan, random: Random): Sequencer {
  const { firstQuality = 37, lastQuality = 32, spread = 2, unknownRate = 0.0001 } = plan;
  const profiles = Array.from({ length: PROFILES }, (): Profile => {
    const qualities = new Uint8Array(length);
    const clean = new Float64Array(length + 1).fill(1);
    const unknownShare = new Float64Array(length);
    for (let i = 0; i < length; i++) {
      const mean = firstQuality + ((lastQuality - firstQuality) * i) / Math.max(1, length - 1);
      const quality = Math.min(HIGHEST_QUALITY, Math.max(UNKNOWN_QUALITY, Math.round(mean + spread * random.normal())));
      const wrong = 10 ** (-quality / 10) * (1 - unknownRate);
      qualities[i] = OFFSET + quality;
      clean[i + 1] = clean[i]! * (1 - wrong - unknownRate);
      unknownShare[i] = wrong + unknownRate === 0 ? 0 : unknownRate / (wrong + unknownRate);
    }
    return { qualities, clean, unknownShare };
  });

  return {
    read(from, into, at, qualities, qualityAt) {
      const profile = profiles[random.below(PROFILES)]!;
      const { clean } = profile;
      into.set(from, at);
      qualities.set(profile.qualities, qualityAt);
      let wrong = 0;
      // One draw says where the next wrong base is: the place where the chance of none before it falls below the draw.
      for (let i = 0; ; wrong++) {
        const target = clean[i]! * (1 - random.uniform());
        if (target <= 0 || clean[length]! >= target) return wrong;
        let low = i;
        let high = length - 1;
        while (low < high) {
          const middle = (low + high) >> 1;
          if (clean[middle + 1]! < target) high = middle;
          else low = middle + 1;
        }
        if (random.uniform() < profile.unknownShare[low]!) {
          into[at + low] = N;
          qualities[qualityAt + low] = OFFSET + UNKNOWN_QUALITY;
        } else {
          const was = LETTERS.indexOf(from[low]!);
          into[at + low] = LETTERS[(was + 1 + random.below(3)) % 4]!;
        }
        i = low + 1;
        if (i >= length) return wrong + 1;
      }
    },
  };
}
