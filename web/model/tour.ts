/** The guided tour: where each step stands and what it says. */

/** A step: a page, the part of it that is pointed out, and two sentences. */
export interface TourStep {
  title: string;
  text: string;
  /** Path of the page; `{experiment}` and `{run}` stand for the newest ones. Undefined = stay. */
  page?: string;
  /** Value of `data-tour` of the part that is outlined. */
  target?: string;
}

/** Five steps from the findings to the pixels. */
export const TOUR: readonly TourStep[] = [
  {
    title: "What was found, in sentences",
    text: "Home tells what needs you first, then what was found. Every number in a sentence links to its evidence.",
    page: "/",
    target: "findings",
  },
  {
    title: "Plates while they are imaged",
    text: "One colour scale for all plates; flags are shapes. Arrow keys walk the wells, Enter opens one, 1–6 switch its channels.",
    page: "/experiments/{experiment}/plates",
    target: "plates",
  },
  {
    title: "Which compound brings cells back",
    text: "Each compound with its EC50, how far it rescues and what else it does, beside the cells themselves.",
    page: "/experiments/{experiment}/hits",
    target: "hits",
  },
  {
    title: "What is running, and what is stuck",
    text: "One box a step with counts, rate and lag. Failures come first, with their first cause and a retry.",
    page: "/runs/{run}",
    target: "graph",
  },
  {
    title: "Everything is two keys away",
    text: "Ctrl K finds any plate, compound or action. ? lists the keys of the page you are on. Links keep the view: send them.",
    target: "search",
  },
];

/** Address of a step; undefined when the thing it shows does not exist yet, so that the step is left out. */
export function stepPage(
  step: TourStep,
  known: { experiment?: string | undefined; run?: string | undefined },
): string | undefined {
  if (step.page === undefined) return undefined;
  if (step.page.includes("{experiment}") && known.experiment === undefined) return undefined;
  if (step.page.includes("{run}") && known.run === undefined) return undefined;
  return step.page
    .replace("{experiment}", encodeURIComponent(known.experiment ?? ""))
    .replace("{run}", encodeURIComponent(known.run ?? ""));
}

/** The steps that can be shown now. */
export const tourSteps = (known: { experiment?: string | undefined; run?: string | undefined }): TourStep[] =>
  TOUR.filter((step) => step.page === undefined || stepPage(step, known) !== undefined);
