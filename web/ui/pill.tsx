import type { ReactNode } from "react";

/** How something is doing. */
export type Tone = "run" | "ok" | "warn" | "fail" | "wait";

const SIGN: Readonly<Record<Tone, string>> = { run: "●", ok: "✓", warn: "!", fail: "▲", wait: "…" };

/** A state in words with a sign and a colour, so that none of the three is needed alone. */
export function Pill({ tone, sign, children }: { tone: Tone; sign?: string; children: ReactNode }) {
  return (
    <span className={`pill ${tone}`}>
      <span aria-hidden="true">{sign ?? SIGN[tone]}</span>
      {children}
    </span>
  );
}

const RUN_TONE: Readonly<Record<string, Tone>> = {
  running: "run",
  done: "ok",
  failed: "fail",
  incomplete: "warn",
  stopped: "wait",
};

/** The state of a run. */
export const RunPill = ({ state }: { state: string }) => <Pill tone={RUN_TONE[state] ?? "wait"}>{state}</Pill>;

const EXPERIMENT_TONE: Readonly<Record<string, Tone>> = {
  waiting: "wait",
  imaging: "run",
  analysing: "run",
  complete: "ok",
  incomplete: "warn",
};

/** The state of an experiment. */
export const ExperimentPill = ({ state }: { state: string }) => (
  <Pill tone={EXPERIMENT_TONE[state] ?? "wait"}>{state}</Pill>
);

const SUMMARY_TONE: Readonly<Record<string, Tone>> = {
  waiting: "wait",
  done: "ok",
  partial: "warn",
  failed: "fail",
  skipped: "wait",
  empty: "wait",
};
const SUMMARY_SIGN: Readonly<Record<string, string>> = { skipped: "–", empty: "○" };

/** The state of a project's expression summary. */
export const SummaryPill = ({ status }: { status: string }) => (
  <Pill
    tone={SUMMARY_TONE[status] ?? "wait"}
    {...(SUMMARY_SIGN[status] === undefined ? {} : { sign: SUMMARY_SIGN[status] })}
  >
    {status}
  </Pill>
);

const TASK_TONE: Readonly<Record<string, Tone>> = {
  waiting: "wait",
  running: "run",
  retrying: "warn",
  done: "ok",
  failed: "fail",
};

/** The state of a task. */
export const TaskPill = ({ state }: { state: string }) => <Pill tone={TASK_TONE[state] ?? "wait"}>{state}</Pill>;

const REQUEST_TONE: Readonly<Record<string, Tone>> = { waiting: "run", done: "ok", superseded: "wait", failed: "fail" };
const REQUEST_WORD: Readonly<Record<string, string>> = { failed: "dead letter" };

/** The state of what a function was asked. */
export const RequestPill = ({ state }: { state: string }) => (
  <Pill tone={REQUEST_TONE[state] ?? "wait"} {...(state === "superseded" ? { sign: "–" } : {})}>
    {REQUEST_WORD[state] ?? state}
  </Pill>
);

const HIT_TONE: Readonly<Record<string, Tone>> = {
  restores: "ok",
  "partly restores": "run",
  "no effect": "wait",
  "other phenotype": "warn",
  "not determined": "wait",
};
const HIT_SIGN: Readonly<Record<string, string>> = { "no effect": "–", "partly restores": "◐", "other phenotype": "↗" };

/** What a compound does to the disease phenotype. */
export const HitPill = ({ verdict }: { verdict: string }) => {
  const sign = HIT_SIGN[verdict];
  return (
    <Pill tone={HIT_TONE[verdict] ?? "wait"} {...(sign ? { sign } : {})}>
      {verdict}
    </Pill>
  );
};
