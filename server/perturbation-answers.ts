import { countWord, type PerturbationCounts } from "@artesian/store";
import type * as api from "./api.ts";

/** The questions about a perturbation in turn: edited, expressed, wells, replicates, phenoprint, dose, relations; each answered, or why not. */
export function perturbationAnswers(
  perturbation: PerturbationCounts,
  evidence: readonly api.PerturbationEvidence[],
  expression: readonly api.GeneExpression[] = [],
  edits: readonly api.EditSample[] = [],
): api.PerturbationDetail["answers"] {
  const first = evidence[0];
  const waiting = (answer: string) => ({ state: "waiting" as const, answer });
  const answered = (answer: string) => ({ state: "answered" as const, answer });
  const missing = (answer: string) => ({ state: "missing" as const, answer });
  const score = first?.score ?? null;
  const nearest = first?.similar[0];
  const farthest = first?.opposite[0];
  const gene = perturbation.type === "gene";
  const answers: api.PerturbationDetail["answers"] = [];
  if (gene) {
    answers.push({
      id: "edited",
      question: "Was the edit made?",
      ...(edits.length === 0
        ? missing("No sequencing of this gene's site is in the store.")
        : edits.every(({ edited }) => edited === null)
          ? waiting(
              edits.some(({ status }) => status === "waiting")
                ? "Its reads are being counted."
                : `Its reads could not be counted: ${edits[0]?.problem?.message ?? "see the sample"}`,
            )
          : answered(editedText(edits))),
    });
    answers.push({
      id: "expressed",
      question: "Is the gene expressed?",
      ...(expression.length === 0
        ? missing("No project with an expression matrix names this gene.")
        : answered(expressionText(expression))),
    });
  }
  const done = evidence
    .flatMap((item) => item.wells)
    .filter((well) => well.status === "complete" || well.status === "incomplete").length;
  answers.push({
    id: "wells",
    question: "Which wells and pixels?",
    ...(perturbation.wells === 0
      ? missing("No plate's layout names it.")
      : done === perturbation.wells
        ? answered(
            `${perturbation.wells} wells in ${evidence.length === 1 ? "one experiment" : `${countWord(evidence.length)} experiments`}.`,
          )
        : waiting(`${done} of ${perturbation.wells} wells are measured.`)),
  });
  const agreement = first?.agreement;
  answers.push({
    id: "agreement",
    question: "Do replicates agree?",
    ...(agreement === undefined || agreement.agree === null
      ? waiting(agreement?.sentence ?? "No well is measured yet.")
      : answered(agreement.sentence)),
  });
  answers.push({
    id: "phenoprint",
    question: "Healthy or diseased?",
    ...(score === null
      ? waiting("Wells are scored when the experiment's phenoprint is there.")
      : answered(
          `Mean score ${score.value.toFixed(2)}${score.low === null || score.high === null ? "" : ` (${score.low.toFixed(2)}–${score.high.toFixed(2)})`}: disease is 1, healthy 0.`,
        )),
  });
  if (perturbation.type === "compound") {
    const curve = first?.curve ?? null;
    answers.push({
      id: "dose",
      question: "From which dose?",
      ...(curve === null ? waiting("The dose curve comes when every plate is in.") : answered(curve.sentence)),
    });
  }
  answers.push({
    id: "relations",
    question: "What is similar, what opposite?",
    ...(nearest === undefined && farthest === undefined
      ? waiting("Neighbours come with the experiment's map.")
      : answered(relationsText(nearest, farthest))),
  });
  return answers;
}

function expressionText(expression: readonly api.GeneExpression[]): string {
  const [most] = expression;
  if (most === undefined) return "";
  const projects = new Set(expression.map(({ project }) => project)).size;
  const share = most.share < 0.01 ? "under 1 %" : `${Math.round(100 * most.share)} %`;
  return `In ${share} of the cells of ${most.title ?? most.project}${projects === 1 ? "" : `, the most of ${countWord(projects)} projects`}.`;
}

function relationsText(nearest: api.Neighbour | undefined, farthest: api.Neighbour | undefined): string {
  const number = (cosine: number) => cosine.toFixed(2).replace("-", "−");
  const parts = [
    nearest === undefined ? [] : [`most similar to ${nearest.label} (cosine ${number(nearest.cosine)})`],
    farthest === undefined ? [] : [`most opposite to ${farthest.label} (cosine ${number(farthest.cosine)})`],
  ];
  return capital(`${parts.flat().join(", ")}.`);
}

/** With a capital first letter. */
export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** "60.2 % of 3,998 reads are edited (58.7–61.7 %) in treated-1; two samples more." */
function editedText(edits: readonly api.EditSample[]): string {
  const done = edits.filter((sample) => sample.edited !== null && !sample.isControl);
  const [first, ...others] = (done.length > 0 ? done : edits).filter(({ edited }) => edited !== null);
  if (first?.edited == null) return "It was sequenced.";
  const percent = (share: number | null): string =>
    share === null ? "–" : (100 * share).toFixed(100 * share < 10 ? 2 : 1);
  const { value, lower, upper, of } = first.edited;
  const more =
    others.length === 0
      ? ""
      : `; ${countWord(others.length)} ${others.length === 1 ? "sample" : "samples"} more: ${others
          .slice(0, 3)
          .map(({ edited }) => `${percent(edited?.value ?? null)} %`)
          .join(", ")}`;
  return `${percent(value)} % of ${of.toLocaleString("en")} ${first.unit} are edited (${percent(lower)}–${percent(upper)} %) in sample ${first.sample}${more}.`;
}
