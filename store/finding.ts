import type { StoredHit, StoredMap } from "./read-answers.ts";
import type { PlateOverview } from "./read-experiments.ts";
import type { PhenoprintInput } from "./record-answers.ts";

/** A piece of a sentence; with `href` it leads to the evidence. */
export interface SentencePart {
  text: string;
  href?: string;
}

/** Something found out, as a sentence. */
export interface Finding {
  id: string;
  /** attention asks for a person, finding answers, progress tells how far. */
  severity: "attention" | "finding" | "progress";
  experimentId: string;
  sentence: SentencePart[];
  evidence: { label: string; href: string }[];
  since: string;
}

/** What findings are made of: rows of the store, nothing else. */
export interface FindingsState {
  experiment: { id: string; name: string; createdAt: string };
  /** Its images came here; else its wells were measured elsewhere. */
  imagedHere: boolean;
  /** No run works on it any more. */
  ended: boolean;
  plates: readonly (PlateOverview & { checked: boolean })[];
  /** Failed images and tasks with the same cause, per plate. */
  failures: readonly {
    plate: string;
    what: string;
    code: string;
    message: string;
    count: number;
    well: string;
    since: string;
  }[];
  hits: readonly StoredHit[];
  phenoprint: { phenoprint: PhenoprintInput | null; at: string } | null;
  map: { map: StoredMap; sentence: string | null; at: string } | null;
  /** The controls are healthy and disease cells; else positive and negative ones. */
  healthAndDisease: boolean;
  /** The disease model's perturbation id. */
  disease: string | null;
}

/** A sentence as plain text. */
export function sentenceText(finding: Pick<Finding, "sentence">): string {
  return finding.sentence.map((part) => part.text).join("");
}

/** Page of the findings' experiment. */
export function experimentHref(state: FindingsState): string {
  return `/experiments/${encodeURIComponent(state.experiment.id)}`;
}

/** Page of a perturbation. */
export function perturbationHref(id: string): string {
  return `/perturbations/${encodeURIComponent(id)}`;
}

/** With a capital first letter. */
export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
