import type { MapFunnel } from "@artesian/server/api.ts";
import { shortCount } from "../model/funnel.ts";

/** Pairs left after each step, one arrow a step; those that are still being counted are marked. */
export function FunnelBar({ counts, counting }: { counts: MapFunnel["counts"]; counting: boolean }) {
  return (
    <ol className="funnel" aria-label="funnel" aria-live="polite" aria-busy={counting}>
      {counts.map(({ step, pairs }, index) => (
        <li
          key={step}
          className={index === counts.length - 1 ? "last" : undefined}
          title={`${step}: ${pairs.toLocaleString("en")} pairs`}
        >
          {step} <b>{shortCount(pairs)}</b>
        </li>
      ))}
    </ol>
  );
}
