/** Where a reader of the answer can see for themselves. */
interface Linked {
  link?: string;
}

/**
 * What is known about one perturbation on its way to the map; null where nobody looked. Collect it with the asker's own rights: what they may
 * not see must look as if it did not exist.
 */
export interface MissingFacts {
  /** As it was asked for. */
  asked: string;
  /** Version of the group that is on the page. */
  version: string;
  /** The perturbation that the name means, or names that come close. */
  resolved: ({ perturbation: string; label: string } & Linked) | { suggestions: readonly string[] } | null;
  /** Screens or files that feed the group. */
  sources: readonly ({ source: string; holds: boolean } & Linked)[] | null;
  /** Concentrations (µM) at which it is there, when it was asked for at another one. */
  otherConcentrations?: readonly number[];
  /** It is one of the controls, which rows are measured from. */
  isControl?: boolean;
  /** Whether any of its vectors has a length; without one it has no cosine. Default true. */
  hasLength?: boolean;
  /** Its wells, those that passed quality control, and why others did not. */
  wells:
    | ({
        total: number;
        /** Of its concentration with most of them, when it has several. */
        passed: number;
        needed: number;
        /** Default 1. */
        concentrations?: number;
        failures: readonly { reason: string; wells: number }[];
      } & Linked)
    | null;
  /** Filters of the build in their order; `words` say what was found and wanted. */
  filters: readonly ({ filter: string; passed: boolean; words: string } & Linked)[] | null;
  /** Versions of the group, newest first. */
  versions: readonly ({ version: string; holds: boolean } & Linked)[] | null;
  /** Where the version on the page is kept, from the store to this server. */
  layers: readonly ({ layer: string; holds: boolean } & Linked)[] | null;
  /** Settings of the page that could hide a row, and how to undo each. */
  settings: readonly ({ setting: string; hides: boolean; undo: string } & Linked)[] | null;
}

export const MISSING_STEPS = ["name", "source", "wells", "filters", "versions", "layers", "settings"] as const;
export type MissingStep = (typeof MISSING_STEPS)[number];

/** One step of the walk. */
export interface WalkedStep extends Linked {
  step: MissingStep;
  outcome: "passed" | "failed" | "not looked at" | "not reached";
  words: string;
}

/** Why something is not on the map. */
export interface WhyMissing {
  /** The first failing step; null when none failed. */
  failed: MissingStep | null;
  /** The answer in a sentence. */
  sentence: string;
  /** What to do about it. */
  remedy: string;
  steps: WalkedStep[];
}

type Outcome = { passed: true; words: string } | { passed: false; words: string; remedy: string };
type Finding = Outcome & Linked;

/** Walks from the name to the page, to the first step that fails. */
export function whyMissing(facts: MissingFacts): WhyMissing {
  const name = facts.resolved !== null && "perturbation" in facts.resolved ? facts.resolved.label : facts.asked;
  const steps: WalkedStep[] = [];
  let failure: { step: MissingStep; words: string; remedy: string } | undefined;
  for (const step of MISSING_STEPS) {
    if (failure !== undefined) {
      steps.push({ step, outcome: "not reached", words: "not reached" });
      continue;
    }
    const finding = LOOK[step](facts, name);
    if (finding === null) {
      steps.push({ step, outcome: "not looked at", words: "nobody looked" });
      continue;
    }
    const { passed, words, link } = finding;
    steps.push({ step, outcome: passed ? "passed" : "failed", words, ...(link !== undefined && { link }) });
    if (!finding.passed) failure = { step, words, remedy: finding.remedy };
  }
  if (failure === undefined && facts.hasLength === false)
    return {
      failed: null,
      sentence: `${name} is on the map, but without a length: it has no cosine with anything.`,
      remedy: "Look at its wells: they are no different from the controls, or hold values that are no number.",
      steps,
    };
  if (failure !== undefined)
    return { failed: failure.step, sentence: `${sentenceCase(failure.words)}.`, remedy: failure.remedy, steps };
  const unseen = steps.filter(({ outcome }) => outcome === "not looked at").map(({ step }) => step);
  return unseen.length === 0
    ? { failed: null, sentence: `${name} is on the map: nothing hides it.`, remedy: "Search for it by name.", steps }
    : {
        failed: null,
        sentence: `Nothing that was looked at explains why ${name} is missing; not looked at: ${unseen.join(", ")}.`,
        remedy: "Look at those.",
        steps,
      };
}

const LOOK: Record<MissingStep, (facts: MissingFacts, name: string) => Finding | null> = {
  name({ resolved, asked }) {
    if (resolved === null) return null;
    if ("perturbation" in resolved)
      return linked(resolved, { passed: true, words: `"${asked}" means ${resolved.perturbation}` });
    const close = resolved.suggestions.length > 0 ? `; close to it are ${listed(resolved.suggestions)}` : "";
    const remedy = "Check the spelling, or add the name to the table of genes or compounds.";
    return { passed: false, words: `"${asked}" is no name of a perturbation${close}`, remedy };
  },

  source({ sources, otherConcentrations = [] }, name) {
    if (sources === null) return null;
    const holding = sources.filter(({ holds }) => holds);
    if (holding.length > 0)
      return linked(holding[0]!, { passed: true, words: `it is in ${listed(holding.map(({ source }) => source))}` });
    if (otherConcentrations.length > 0)
      return {
        passed: false,
        words: `${name} is not in the group at that concentration: it is there at ${listed(otherConcentrations.map(String))} µM`,
        remedy: "Ask for one of those, or add a screen that holds it at this one, and build again.",
      };
    const remedy = "Add a screen that holds it to the group's inputs, and build again.";
    return sources.length === 0
      ? { passed: false, words: `no screen feeds this group, so ${name} cannot be in it`, remedy }
      : {
          passed: false,
          words: `${name} is in none of the screens that feed this group (${listed(sources.map(({ source }) => source))})`,
          remedy,
        };
  },

  wells({ wells }, name) {
    if (wells === null) return null;
    const { total, passed, needed, failures, concentrations = 1 } = wells;
    if (passed >= needed)
      return linked(wells, { passed: true, words: `${passed} of its ${total} wells passed quality control` });
    if (total === 0)
      return linked(wells, {
        passed: false,
        words: `${name} has no wells`,
        remedy: "Check its name in the plate maps.",
      });
    if (failures.length === 0)
      return linked(wells, {
        passed: false,
        words: `${name} has ${passed} ${passed === 1 ? "well" : "wells"}${concentrations > 1 ? ` at each of ${concentrations} concentrations, or fewer` : ""}, ${needed} are needed`,
        remedy: "Add wells of it, or ask for fewer replicates (filter.replicates), and build again.",
      });
    const reasons = failures.map((failure) => `${failure.wells} ${failure.reason}`);
    const why = reasons.length > 0 ? ` (${listed(reasons)})` : "";
    return linked(wells, {
      passed: false,
      words: `of the ${total} wells of ${name} ${passed} passed quality control, ${needed} are needed${why}`,
      remedy: "Look at the flagged wells; pass them if the flags are wrong, or image them again.",
    });
  },

  filters({ filters, isControl = false }, name) {
    if (isControl)
      return {
        passed: false,
        words: `${name} is a control: rows are measured from controls, which have none of their own`,
        remedy:
          "Look for it in the control cloud of a projection; to give it a row, take it out of the build's controls.",
      };
    if (filters === null) return null;
    const stopped = filters.find(({ passed }) => !passed);
    if (stopped === undefined) return { passed: true, words: `it passed all ${filters.length} filters of the build` };
    return linked(stopped, {
      passed: false,
      words: `the filter "${stopped.filter}" left ${name} out: ${stopped.words}`,
      remedy: "Change the filter and build again, if it should not apply.",
    });
  },

  versions({ versions, version }, name) {
    if (versions === null) return null;
    const shown = versions.find((one) => one.version === version);
    if (shown?.holds) return linked(shown, { passed: true, words: `version ${version}, the one shown, holds it` });
    const others = versions.filter(({ holds }) => holds).map((one) => one.version);
    if (others.length > 0)
      return linked(versions.find(({ holds }) => holds)!, {
        passed: false,
        words: `version ${version}, the one shown, lacks ${name}; ${listed(others)} ${others.length === 1 ? "holds" : "hold"} it`,
        remedy: `Open version ${others[0]}.`,
      });
    return { passed: false, words: `no version of the group holds ${name} yet`, remedy: "Build the group again." };
  },

  layers({ layers, version }, name) {
    if (layers === null) return null;
    const gap = layers.find(({ holds }) => !holds);
    if (gap === undefined)
      return { passed: true, words: `version ${version} is in ${listed(layers.map(({ layer }) => layer))}` };
    return linked(gap, {
      passed: false,
      words: `version ${version} with ${name} has not reached the ${gap.layer}`,
      remedy: "Wait for it to be fetched, or refresh this group's copy.",
    });
  },

  settings({ settings }, name) {
    if (settings === null) return null;
    const hiding = settings.filter(({ hides }) => hides);
    if (hiding.length === 0) return { passed: true, words: "no setting of the page hides it" };
    return linked(hiding[0]!, {
      passed: false,
      words: `${name} is hidden by ${hiding.length === 1 ? "a setting" : "settings"} of this page: ${listed(hiding.map(({ setting }) => setting))}`,
      remedy: hiding.map(({ undo }) => sentenceCase(undo)).join(" "),
    });
  },
};

function linked({ link }: Linked, outcome: Outcome): Finding {
  return link === undefined ? outcome : { ...outcome, link };
}

/** "a", "a and b", "a, b and c"; long lists are cut. */
function listed(items: readonly string[]): string {
  const shown = items.length > 5 ? [...items.slice(0, 4), `${items.length - 4} more`] : items;
  return shown.length < 2 ? (shown[0] ?? "nothing") : `${shown.slice(0, -1).join(", ")} and ${shown.at(-1)}`;
}

function sentenceCase(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}
