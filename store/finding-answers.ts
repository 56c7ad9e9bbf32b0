import {
  capital,
  experimentHref,
  type Finding,
  type FindingsState,
  perturbationHref,
  type SentencePart,
} from "./finding.ts";
import { counted } from "./words.ts";

/** What each compound does, in the words of the analysis; many without effect are told as one. */
export function hitFindings(state: FindingsState): Finding[] {
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
/** "0.8 µM (0.5–1.2)" after "from", "> 10 µM" and "dose step 3.9 (3.8–4)" too. */
const DOSE_IN_SENTENCE = /(?<= from )(?:dose step )?[<>]? ?[\d.]+(?: [^ ,.()]+)?(?: \([^)]*\))?/;

function hitsHref(state: FindingsState, compound: string): string {
  return `${experimentHref(state)}/hits?compound=${encodeURIComponent(compound)}`;
}

/** What the disease is like and what it is opposite to, in the words of the analysis. */
export function mapFindings(state: FindingsState): Finding[] {
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

/** Can healthy and disease cells be told apart at all. */
export function phenoprintFindings(state: FindingsState): Finding[] {
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
        { text: state.healthAndDisease ? "Healthy and disease cells " : "Positive and negative controls " },
        { text: told, href: `${experimentHref(state)}` },
        { text: `: AUC ${value.toFixed(2)}${interval}, cross-validated ${print.crossValidation}` },
      ],
      evidence: [{ label: "phenoprint", href: experimentHref(state) }],
      since: state.phenoprint?.at ?? state.experiment.createdAt,
    },
  ];
}
