import type { StoredHit, StoredMap } from "./read-answers.ts";
import type { PlateOverview } from "./read-experiments.ts";
import type { PhenoprintInput } from "./record-answers.ts";
import { counted, digits, zPrimeText } from "./words.ts";

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
  /** The disease model's perturbation id. */
  disease: string | null;
}

/** From here on controls can be told apart well by well (Zhang et al. 1999, doi 10.1177/108705719900400206). */
const GOOD_Z_PRIME = 0.5;

/**
 * What an experiment says now, in sentences: attention first, then findings, then progress; true while images are still coming.
 * Ids stay the same as numbers change, so that a page can follow a sentence.
 */
export function findings(state: FindingsState): Finding[] {
  return [
    ...state.plates.flatMap((plate) => faultFindings(state, plate)),
    ...failureFindings(state),
    ...state.plates.flatMap((plate) => plateFindings(state, plate)),
    ...hitFindings(state),
    ...mapFindings(state),
    ...phenoprintFindings(state),
    ...progressFindings(state),
  ].sort((a, b) => ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity));
}

const ORDER = ["attention", "finding", "progress"];

/** What is wrong and what to do, by fault label; `$n` is where the wells go. */
const FAULTS: Record<string, [before: string, after: string]> = {
  defocus: [" is out of focus in ", ": re-image"],
  saturation: [" is saturated in ", ": lower the exposure and re-image"],
  debris: [" has debris in ", ": look before you trust it"],
  "empty-well": [" has no cells in ", ": left out of the analysis"],
  "channel-swap": [" has channels swapped in ", ": check the filter order"],
  bubble: [" has a bubble in ", ": left out of the analysis"],
  "dead-lamp": [" has a dark channel in ", ": check the lamp and re-image"],
  "few-cells": [" has few cells in ", ""],
};

function faultFindings(state: FindingsState, plate: PlateOverview): Finding[] {
  return plate.flagged.map(({ label, wells, since }) => {
    const [before, after] = FAULTS[label] ?? [` is flagged (${label}) in `, ""];
    const named = wells.length <= 3 ? ` (${wells.join(", ")})` : "";
    return {
      id: `${state.experiment.id}/${plate.plate}/${label}`,
      severity: "attention",
      experimentId: state.experiment.id,
      sentence: [
        { text: `Plate ${plate.plate}`, href: plateHref(state, plate.plate) },
        { text: before },
        { text: `${counted(wells.length, "well")}${named}`, href: wellHref(state, plate.plate, wells[0] ?? "", label) },
        { text: after },
      ].filter((part) => part.text !== ""),
      evidence: wells.slice(0, 12).map((well) => ({ label: well, href: wellHref(state, plate.plate, well, label) })),
      since,
    };
  });
}

/** The metric that shows a fault on the plate. */
const SHOWN_BY: Record<string, string> = {
  defocus: "PowerLogLogSlope",
  saturation: "PercentSaturated",
  "empty-well": "nuclei",
  "few-cells": "nuclei",
};

function wellHref(state: FindingsState, plate: string, well: string, label?: string): string {
  const metric = label === undefined ? undefined : SHOWN_BY[label];
  return `${plateHref(state, plate)}&well=${well}${metric === undefined ? "" : `&metric=${metric}`}`;
}

function plateHref(state: FindingsState, plate: string): string {
  return `${experimentHref(state)}/plates?plate=${encodeURIComponent(plate)}`;
}

function experimentHref(state: FindingsState): string {
  return `/experiments/${encodeURIComponent(state.experiment.id)}`;
}

function failureFindings(state: FindingsState): Finding[] {
  return state.failures.map((failure) => ({
    id: `${state.experiment.id}/${failure.plate}/failed/${failure.what}/${failure.code}`,
    severity: "attention",
    experimentId: state.experiment.id,
    sentence: [
      {
        text: `${capital(counted(failure.count, failure.what))} of plate ${failure.plate}`,
        href: wellHref(state, failure.plate, failure.well),
      },
      { text: ` cannot be used: ${failure.message}` },
    ],
    evidence: [{ label: failure.well, href: wellHref(state, failure.plate, failure.well) }],
    since: failure.since,
  }));
}

function plateFindings(state: FindingsState, plate: PlateOverview): Finding[] {
  const base = {
    experimentId: state.experiment.id,
    evidence: [],
    since: plate.resultAt ?? plate.lastImageAt ?? state.experiment.createdAt,
  };
  const link = { text: `Plate ${plate.plate}`, href: plateHref(state, plate.plate) };
  const absent = plate.wells.total - plate.wells.imaged;
  if (plate.status === "incomplete" || (state.ended && absent > 0)) {
    const what =
      absent > 0
        ? `${counted(absent, "well")} ${absent === 1 ? "is" : "are"} not fully imaged`
        : (plate.missing[0] ?? "a part failed");
    return [
      {
        ...base,
        id: `${state.experiment.id}/${plate.plate}/incomplete`,
        severity: "attention",
        sentence: [link, { text: ` is incomplete: ${what}` }],
      },
    ];
  }
  const zPrime = plate.metrics.zPrime ?? null;
  if (plate.status === "complete" && zPrime !== null && zPrime < GOOD_Z_PRIME) {
    const text = `: healthy and disease controls ${zPrime < 0 ? "overlap" : "are close together"}, ${zPrimeText(zPrime)}`;
    return [
      {
        ...base,
        id: `${state.experiment.id}/${plate.plate}/overlap`,
        severity: "attention",
        sentence: [link, { text }],
      },
    ];
  }
  return [];
}

/** What each compound does, in the words of the analysis; many without effect are told as one. */
function hitFindings(state: FindingsState): Finding[] {
  const silent = state.hits.filter((hit) => hit.verdict === "no effect");
  const told = silent.length > MOST_SILENT ? state.hits.filter((hit) => hit.verdict !== "no effect") : state.hits;
  const found = told.flatMap((hit): Finding[] => {
    if (hit.sentence === "") return [];
    const curve = hitsHref(state, hit.name);
    const dose = DOSE_IN_SENTENCE.exec(hit.sentence)?.[0];
    const links = new Map([
      [hit.name, perturbationHref(hit.perturbationId)],
      ...(dose === undefined ? [] : [[dose, curve] as const]),
    ]);
    return [
      {
        id: `${state.experiment.id}/hit/${hit.name}`,
        severity: "finding",
        experimentId: state.experiment.id,
        sentence: linked(hit.sentence, links),
        evidence: [
          { label: "dose curve", href: curve },
          { label: "cells", href: perturbationHref(hit.perturbationId) },
        ],
        since: hit.at,
      },
    ];
  });
  const [first] = silent;
  if (silent.length <= MOST_SILENT || first === undefined) return found;
  return [
    ...found,
    {
      id: `${state.experiment.id}/no-effect`,
      severity: "finding",
      experimentId: state.experiment.id,
      sentence: [
        { text: capital(counted(silent.length, "compound")), href: hitsHref(state, first.name) },
        { text: " do not restore the healthy phenotype" },
      ],
      evidence: silent.slice(0, 12).map((hit) => ({ label: hit.name, href: hitsHref(state, hit.name) })),
      since: first.at,
    },
  ];
}

const MOST_SILENT = 3;
/** "0.8 µM (0.5–1.2)" after "from", "> 10 µM" too. */
const DOSE_IN_SENTENCE = /(?<= from )[<>]? ?[\d.]+ [^ ,.()]+(?: \([^)]*\))?/;

function hitsHref(state: FindingsState, compound: string): string {
  return `${experimentHref(state)}/hits?compound=${encodeURIComponent(compound)}`;
}

/** What the disease is like and what it is opposite to, in the words of the analysis. */
function mapFindings(state: FindingsState): Finding[] {
  const sentence = state.map?.sentence;
  if (state.map === null || !sentence) return [];
  const row = state.disease === null ? "" : `&row=${encodeURIComponent(state.disease)}`;
  const links = new Map<string, string>();
  for (const { type, name } of state.map.map.perturbations) {
    if (type === "control") continue;
    links.set(name, `${experimentHref(state)}/map?column=${encodeURIComponent(`${type}:${name}`)}${row}`);
  }
  return [
    {
      id: `${state.experiment.id}/map`,
      severity: "finding",
      experimentId: state.experiment.id,
      sentence: linked(sentence, links),
      evidence: [{ label: "map", href: `${experimentHref(state)}/map` }],
      since: state.map.at,
    },
  ];
}

/** Splits a sentence so that each whole word (or phrase) of `links` leads to its evidence; the full stop goes. */
function linked(sentence: string, links: ReadonlyMap<string, string>): SentencePart[] {
  const text = sentence.replace(/\.$/, "");
  const phrases = [...links.keys()]
    .sort((a, b) => b.length - a.length)
    .map((phrase) => phrase.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  if (phrases.length === 0) return [{ text }];
  return text
    .split(new RegExp(`(?<![\\p{L}\\p{N}])(${phrases.join("|")})(?![\\p{L}\\p{N}])`, "u"))
    .filter((part) => part !== "")
    .map((part) => {
      const href = links.get(part);
      return href === undefined ? { text: part } : { text: part, href };
    });
}

function phenoprintFindings(state: FindingsState): Finding[] {
  const print = state.phenoprint?.phenoprint;
  if (!print) return [];
  const { value, low, high } = print.auc;
  const interval = low === null || high === null ? "" : ` (${low.toFixed(2)}–${high.toFixed(2)})`;
  const told = value >= 0.9 ? "can be told apart" : value >= 0.7 ? "can be told apart in part" : "cannot be told apart";
  return [
    {
      id: `${state.experiment.id}/phenoprint`,
      severity: value >= 0.7 ? "finding" : "attention",
      experimentId: state.experiment.id,
      sentence: [
        { text: "Healthy and disease cells " },
        { text: told, href: `${experimentHref(state)}` },
        { text: `: AUC ${value.toFixed(2)}${interval}, cross-validated ${print.crossValidation}` },
      ],
      evidence: [{ label: "phenoprint", href: experimentHref(state) }],
      since: state.phenoprint?.at ?? state.experiment.createdAt,
    },
  ];
}

function progressFindings(state: FindingsState): Finding[] {
  const found: Finding[] = [];
  for (const plate of state.plates) {
    const blurred = plate.flagged.find((flag) => flag.label === "defocus")?.wells.length ?? 0;
    const focus = !plate.checked ? "" : blurred === 0 ? ", all in focus" : `, ${counted(blurred, "well")} out of focus`;
    const base = {
      severity: "progress" as const,
      experimentId: state.experiment.id,
      evidence: [],
      since: plate.resultAt ?? plate.lastImageAt ?? state.experiment.createdAt,
    };
    const link = { text: `Plate ${plate.plate}`, href: plateHref(state, plate.plate) };
    const id = `${state.experiment.id}/${plate.plate}/progress`;
    if (plate.status === "complete") {
      const zPrime = plate.metrics.zPrime ?? null;
      const told = zPrime === null ? "" : `, ${zPrimeText(zPrime)}`;
      found.push({
        ...base,
        id,
        sentence: [link, { text: ` is complete: ${digits(plate.wells.imaged)} wells imaged${focus}${told}` }],
      });
    } else if (plate.images.seen > 0 && plate.wells.total > 0 && !state.ended) {
      const text = `: ${digits(plate.wells.imaged)} of ${digits(plate.wells.total)} wells imaged${focus}`;
      found.push({ ...base, id, sentence: [link, { text }] });
    }
  }
  const waiting = state.plates.filter((plate) => plate.images.seen === 0).length;
  if (waiting > 0 && waiting === state.plates.length && !state.ended) {
    found.push({
      id: `${state.experiment.id}/waiting`,
      severity: "progress",
      experimentId: state.experiment.id,
      sentence: [
        { text: state.experiment.name, href: experimentHref(state) },
        { text: ` waits for its first image: ${counted(waiting, "plate")} planned` },
      ],
      evidence: [],
      since: state.experiment.createdAt,
    });
  }
  return found;
}

function perturbationHref(id: string): string {
  return `/perturbations/${encodeURIComponent(id)}`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** A sentence as plain text. */
export function sentenceText(finding: Pick<Finding, "sentence">): string {
  return finding.sentence.map((part) => part.text).join("");
}
