import type { StoredHit, StoredMap } from "./read-answers.ts";
import type { PlateOverview } from "./read-experiments.ts";
import type { PhenoprintInput } from "./record-answers.ts";
import { counted, digits, doseText, ec50Text, listed, sideEffectText, zPrimeText } from "./words.ts";

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
  map: { map: StoredMap; at: string } | null;
  /** The disease model's perturbation id. */
  disease: string | null;
}

/** From here on controls can be told apart well by well (Zhang et al. 1999, doi 10.1177/108705719900400206). */
const GOOD_Z_PRIME = 0.5;
/** Cosines nearer to 0 than this are not put into words. */
const WORTH_SAYING = 0.3;

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
    const text = `: healthy and disease controls overlap, ${zPrimeText(zPrime)}`;
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

function hitFindings(state: FindingsState): Finding[] {
  const href = (name: string) => `${experimentHref(state)}/hits?compound=${encodeURIComponent(name)}`;
  const found: Finding[] = [];
  for (const hit of state.hits) {
    const rest = hitSentence(hit);
    if (rest === undefined) continue;
    found.push({
      id: `${state.experiment.id}/hit/${hit.name}`,
      severity: "finding",
      experimentId: state.experiment.id,
      sentence: [
        { text: "Compound " },
        { text: hit.name, href: perturbationHref(hit.perturbationId) },
        ...rest.map((part) => ({ ...part, ...(part.href === undefined ? {} : { href: href(hit.name) }) })),
      ],
      evidence: [
        { label: "dose curve", href: href(hit.name) },
        { label: "cells", href: perturbationHref(hit.perturbationId) },
      ],
      since: hit.at,
    });
  }
  const silent = state.hits.filter((hit) => hit.verdict === "no effect");
  if (silent.length > 0) {
    const highest = Math.max(...silent.flatMap((hit) => hit.doses));
    const many = silent.length > 1;
    found.push({
      id: `${state.experiment.id}/no-effect`,
      severity: "finding",
      experimentId: state.experiment.id,
      sentence: [
        { text: many ? "Compounds " : "Compound " },
        { text: listed(silent.map((hit) => hit.name)), href: href(silent[0]?.name ?? "") },
        { text: ` ${many ? "have" : "has"} no effect up to ${doseText(highest)} ${silent[0]?.unit ?? "µM"}` },
      ],
      evidence: silent.map((hit) => ({ label: hit.name, href: href(hit.name) })),
      since: silent[0]?.at ?? state.experiment.createdAt,
    });
  }
  return found;
}

/** The sentence's end after the compound's name; a part with an (empty) href is the one to link. */
function hitSentence(hit: StoredHit): SentencePart[] | undefined {
  const unit = hit.unit ?? "µM";
  const sideEffect = sideEffectText(hit.sideEffect);
  const end = sideEffect === "" ? [] : [{ text: `, ${sideEffect}` }];
  const from =
    hit.ec50 === null
      ? []
      : [{ text: hit.ec50.relation === "=" ? " from " : ", EC50 " }, { text: ec50Text(hit.ec50, unit), href: "" }];
  if (hit.verdict === "restores") return [{ text: " restores the healthy phenotype" }, ...from, ...end];
  if (hit.verdict === "partly restores") {
    const share = hit.maxRescue === null ? "" : ` (${Math.round(hit.maxRescue.value * 100)} %)`;
    return [{ text: ` restores the healthy phenotype in part${share}` }, ...from, ...end];
  }
  if (hit.verdict === "other phenotype")
    return [{ text: " changes the cells without " }, { text: "bringing them back", href: "" }];
  return undefined;
}

function mapFindings(state: FindingsState): Finding[] {
  if (state.map === null || state.disease === null) return [];
  const { map, at } = state.map;
  const rows = map.perturbations.map((row, index) => ({
    id: `${row.type}:${row.name}`,
    name: row.name,
    type: row.type,
    trusted: row.trusted !== false,
    index,
  }));
  const disease = rows.find((row) => row.id === state.disease);
  if (disease === undefined) return [];
  const cosine = (row: { index: number }) => map.cosine[disease.index * rows.length + row.index] ?? 0;
  const others = rows
    .filter((row) => row.id !== disease.id && row.type !== "control" && row.trusted)
    .sort((a, b) => cosine(b) - cosine(a));
  const similar = others.find((row) => row.type === "gene" && cosine(row) >= WORTH_SAYING);
  const last = others.findLast((row) => row.type === "compound") ?? others.at(-1);
  const opposite = last !== undefined && cosine(last) <= -WORTH_SAYING ? last : undefined;
  if (similar === undefined && opposite === undefined) return [];
  const href = (row: { id: string }) =>
    `${experimentHref(state)}/map?row=${encodeURIComponent(disease.id)}&column=${encodeURIComponent(row.id)}`;
  const name = (row: { name: string; id: string }): SentencePart => ({ text: row.name, href: href(row) });
  return [
    {
      id: `${state.experiment.id}/map`,
      severity: "finding",
      experimentId: state.experiment.id,
      sentence: [
        {
          text: disease.type === "gene" || disease.name !== "disease" ? "The disease gene" : "The disease model",
          href: perturbationHref(disease.id),
        },
        { text: " looks " },
        ...(similar === undefined ? [] : [{ text: "like " }, name(similar)]),
        ...(similar !== undefined && opposite !== undefined ? [{ text: " and " }] : []),
        ...(opposite === undefined ? [] : [{ text: "opposite to " }, name(opposite)]),
      ],
      evidence: [{ label: "map", href: `${experimentHref(state)}/map` }],
      since: at,
    },
  ];
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
