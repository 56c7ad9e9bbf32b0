import type { MapFunnel } from "@artesian/server/api.ts";
import { Link } from "wouter";
import { shortCount } from "../model/funnel.ts";

/** Pairs left after each step, one arrow a step; those that are still being counted are marked. The last arrow is what one perturbation has of them. */
export function FunnelBar(props: {
  counts: MapFunnel["counts"];
  counting: boolean;
  with?: MapFunnel["with"];
  href?: string;
}) {
  const own = props.with ? [{ step: `with ${props.with.symbol}`, pairs: props.with.pairs }] : [];
  const steps = [...props.counts, ...own];
  return (
    <ol className="funnel" aria-label="funnel" aria-live="polite" aria-busy={props.counting}>
      {steps.map(({ step, pairs }, index) => {
        const isLast = index === steps.length - 1;
        const words = (
          <>
            {step} <b>{shortCount(pairs)}</b>
          </>
        );
        return (
          <li key={step} className={isLast ? "last" : undefined} title={`${step}: ${pairs.toLocaleString("en")} pairs`}>
            {isLast && props.href !== undefined ? <Link href={props.href}>{words}</Link> : words}
          </li>
        );
      })}
    </ol>
  );
}
