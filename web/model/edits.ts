import type { EditRate, EditSample } from "@artesian/server/api.ts";
import type { TableTwin } from "./csv.ts";

/** What each outcome is called on pages. */
export const OUTCOME_WORDS: Readonly<Record<string, string>> = {
  unmodified: "unmodified",
  nhej: "NHEJ",
  hdr: "HDR",
  mixed: "HDR with more edits",
  primeEdited: "prime edited",
  ambiguousEdited: "edited, on either reference",
  undecided: "undecided",
};

/** The word of an outcome; what is not known keeps its own name. */
export function outcomeWord(outcome: string): string {
  return OUTCOME_WORDS[outcome] ?? outcome;
}

/**
 * A share in percent with as many decimals as its size asks for.
 * @example percentText(0.0235) // "2.35"
 */
export function percentText(share: number | null | undefined): string {
  if (share === null || share === undefined || !Number.isFinite(share)) return "–";
  const value = 100 * share;
  const size = Math.abs(value);
  const text = value.toFixed(size >= 10 || size === 0 ? 1 : size >= 1 ? 2 : 3);
  return text.replace(/^-/, "−");
}

/** "60.2 % (58.7 to 61.7)" */
export function rateWords(rate: Pick<EditRate, "value" | "lower" | "upper"> | null): string {
  if (rate?.value == null) return "–";
  return `${percentText(rate.value)} % (${percentText(rate.lower)} to ${percentText(rate.upper)})`;
}

/** Samples that are done with their edited share, as a table. */
export function ratesTwin(samples: readonly EditSample[]): TableTwin {
  return {
    columns: [
      { key: "sample", label: "sample" },
      { key: "edited", label: "edited", unit: "%" },
      { key: "lower", label: "lower", unit: "%" },
      { key: "upper", label: "upper", unit: "%" },
      { key: "count", label: "edited reads" },
      { key: "of", label: "of" },
    ],
    rows: samples.flatMap(({ sample, edited }) =>
      edited?.value == null
        ? []
        : [
            {
              sample,
              edited: 100 * edited.value,
              lower: edited.lower === null ? null : 100 * edited.lower,
              upper: edited.upper === null ? null : 100 * edited.upper,
              count: edited.count,
              of: edited.of,
            },
          ],
    ),
  };
}

/** Neighbouring columns of an aligned allele that show the same. */
export interface AlleleRun {
  bases: string;
  kind: "same" | "different" | "deleted" | "inserted" | "beyond";
  /** Whether a cut lies directly left of it. */
  cut: boolean;
}

/**
 * An allele told from its reference, in runs from left to right; a run ends where a cut is.
 * @param reference of one length with `read`; "-" where the read has one base more
 * @param cuts bases of the stretch left of each cut
 */
export function alleleRuns(reference: string, read: string, cuts: readonly number[]): AlleleRun[] {
  const runs: AlleleRun[] = [];
  const open = new Set(cuts);
  let at = 0;
  [...read].forEach((base, i) => {
    const other = reference[i];
    const cut = other !== "-" && open.delete(at);
    if (other !== "-") at++;
    const kind =
      other === "-"
        ? "inserted"
        : base === "-"
          ? "deleted"
          : base === "."
            ? "beyond"
            : base === other
              ? "same"
              : "different";
    const last = runs.at(-1);
    if (last !== undefined && last.kind === kind && !cut) last.bases += base;
    else runs.push({ bases: base, kind, cut });
  });
  return runs;
}
