import type { Finding } from "@artesian/server/api.ts";
import { Link } from "wouter";
import { formatAge } from "../model/format.ts";
import { Sentence } from "./parts.tsx";
import { useNow } from "./use-now.ts";

const SIGN = { attention: ["!", "warn-ink"], finding: ["✓", "ok-ink"], progress: ["●", "dim"] } as const;
const WORD = { attention: "needs attention", finding: "found", progress: "under way" } as const;

/** Findings as sentences that link to their evidence; new ones are read out. */
export function Findings({ findings }: { findings: readonly Finding[] }) {
  const now = useNow(10_000);
  return (
    <div aria-live="polite">
      {findings.map((finding) => {
        const [sign, ink] = SIGN[finding.severity];
        return (
          <div className="finding" key={finding.id}>
            <span className={ink} title={WORD[finding.severity]}>
              <span aria-hidden="true">{sign}</span>
              <span className="visually-hidden">{WORD[finding.severity]}:</span>
            </span>
            <span className={finding.severity === "progress" ? "dim" : "said"}>
              <Sentence parts={finding.sentence} />
            </span>
            <span className="faint">{formatAge(now - new Date(finding.since).getTime())}</span>
            {finding.evidence.length > 0 ? (
              <span className="evidence">
                {finding.evidence.map((evidence) => (
                  <Link key={`${evidence.label}${evidence.href}`} href={evidence.href}>
                    {evidence.label} →
                  </Link>
                ))}
              </span>
            ) : null}
          </div>
        );
      })}
    </div>
  );
}
