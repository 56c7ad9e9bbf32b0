/** A thread that answers one question which takes a processor for long, and ends. */
import { parentPort, workerData } from "node:worker_threads";
import { ASIDE, type AsideAnswers, type AsideQuestions } from "./aside-questions.ts";

export type FromAside = { answer: AsideAnswers[keyof AsideAnswers] } | { problem: string };

if (parentPort !== null) {
  const port = parentPort;
  const { kind, question } = workerData as { kind: keyof AsideQuestions; question: never };
  ASIDE[kind](question).then(
    (answer) => port.postMessage({ answer } satisfies FromAside),
    (error: unknown) =>
      port.postMessage({ problem: error instanceof Error ? error.message : String(error) } satisfies FromAside),
  );
}
