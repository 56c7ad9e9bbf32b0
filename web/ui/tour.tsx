import { useEffect, useState, useSyncExternalStore } from "react";
import { useLocation } from "wouter";
import { useHome } from "../api/queries.ts";
import { stepPage, tourSteps } from "../model/tour.ts";
import { useKeys } from "./keys.ts";
import { remember, remembered } from "./memory.ts";

const STORED = "artesian.tour";
const listeners = new Set<() => void>();
let open = false;

function setOpen(next: boolean): void {
  open = next;
  for (const listener of listeners) listener();
}

/** Starts the tour, also for those who have seen it. */
export const startTour = (): void => setOpen(true);

/** Opens the tour on a first visit. */
export function offerTour(): void {
  if (remembered(STORED) === null) setOpen(true);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The guided tour, a card in the corner that never covers what it points at for long and never blocks the page. */
export function Tour() {
  const shown = useSyncExternalStore(subscribe, () => open);
  return shown ? <TourCard /> : null;
}

function TourCard() {
  const home = useHome();
  const known = {
    experiment: home.data?.recent[0]?.id,
    run: home.data?.running[0]?.id ?? undefined,
  };
  const steps = tourSteps(known);
  const [at, setAt] = useState(0);
  const [location, navigate] = useLocation();
  const step = steps[Math.min(at, steps.length - 1)]!;
  const last = at >= steps.length - 1;
  const end = (): void => {
    remember(STORED, "seen");
    setOpen(false);
  };
  const go = (to: number): void => {
    if (to >= steps.length) {
      end();
      return;
    }
    const next = Math.max(0, to);
    setAt(next);
    const page = stepPage(steps[next]!, known);
    if (page !== undefined && page !== location) navigate(page);
  };
  useKeys({
    n: { label: "tour: next step", run: () => go(at + 1) },
    b: { label: "tour: step back", run: () => go(at - 1) },
    Escape: { label: "tour: leave", run: end },
  });
  useEffect(() => {
    if (step.target === undefined) return;
    let marked: Element | null = null;
    const mark = (): void => {
      const found = document.querySelector(`[data-tour="${step.target}"]`);
      if (found === marked) return;
      marked?.classList.remove("tour-target");
      found?.classList.add("tour-target");
      marked = found;
    };
    mark();
    const timer = setInterval(mark, 300);
    return () => {
      clearInterval(timer);
      marked?.classList.remove("tour-target");
    };
  }, [step.target]);
  return (
    <section className="tour" aria-label="Guided tour" aria-live="polite">
      <div className="row">
        <h2>{step.title}</h2>
        <span className="faint push">
          {Math.min(at, steps.length - 1) + 1} of {steps.length}
        </span>
      </div>
      <p className="dim">{step.text}</p>
      <div className="row">
        <button type="button" className="btn quiet" onClick={end}>
          Skip <kbd>Esc</kbd>
        </button>
        <span className="push" />
        {at > 0 ? (
          <button type="button" className="btn" onClick={() => go(at - 1)}>
            Back
          </button>
        ) : null}
        <button type="button" className="btn pri" onClick={() => go(at + 1)}>
          {last ? "Done" : "Next"}
        </button>
      </div>
    </section>
  );
}
