import { capital, experimentHref, type Finding, type FindingsState } from "./finding.ts";
import { hitFindings, mapFindings, phenoprintFindings } from "./finding-answers.ts";
import type { PlateOverview } from "./read-experiments.ts";
import { counted, digits, zPrimeText } from "./words.ts";

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
  const absent = plate.wells.total - (state.imagedHere ? plate.wells.imaged : plate.wells.done);
  if (plate.status === "incomplete" || (state.ended && absent > 0)) {
    const what =
      absent > 0
        ? `${counted(absent, "well")} ${absent === 1 ? "is" : "are"} ${state.imagedHere ? "not fully imaged" : "without a profile"}`
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

function progressFindings(state: FindingsState): Finding[] {
  if (!state.imagedHere) return measuredFindings(state);
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

/** How far an experiment is whose wells were measured elsewhere. */
function measuredFindings(state: FindingsState): Finding[] {
  return state.plates.map((plate) => {
    const through = plate.status === "complete" || plate.status === "incomplete";
    const zPrime = plate.metrics.zPrime ?? null;
    const told = zPrime === null ? "" : `, ${zPrimeText(zPrime)}`;
    return {
      id: `${state.experiment.id}/${plate.plate}/progress`,
      severity: "progress",
      experimentId: state.experiment.id,
      sentence: [
        {
          text: `Plate ${plate.plate}`,
          href: `${experimentHref(state)}/profiles?plate=${encodeURIComponent(plate.plate)}`,
        },
        { text: through ? ` has profiles of ${digits(plate.wells.done)} wells${told}` : " waits for its tables" },
      ],
      evidence: [],
      since: plate.resultAt ?? state.experiment.createdAt,
    };
  });
}
