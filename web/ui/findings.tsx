import type { Finding } from "@artesian/server/api.ts";
import { useState } from "react";
import { Link } from "wouter";
import { formatAge } from "../model/format.ts";
import { Sentence } from "./parts.tsx";
import { useNow } from "./use-now.ts";

const SIGN = { attention: ["!", "warn-ink"], finding: ["✓", "ok-ink"], progress: ["●", "dim"] } as const;
const WORD = { attention: "needs attention", finding: "found", progress: "under way" } as const;

/** Evidence that the sentence itself does not link to; of several pieces all are listed, so that none is hidden in a word. */
function furtherEvidence(finding: Finding): Finding["evidence"] {
  const linked = new Set(finding.sentence.map((part) => part.href));
  return finding.evidence.length === 1 ? finding.evidence.filter((e) => !linked.has(e.href)) : finding.evidence;
}

/** Findings as sentences that link to their evidence; new ones are read out. */
export function Findings({ findings, limit }: { findings: readonly Finding[]; limit?: number }) {
  const now = useNow(10_000);
  const [all, setAll] = useState(false);
  const several = new Set(findings.map((finding) => finding.experimentId)).size > 1;
  const shown = all || limit === undefined || findings.length <= limit + 1 ? findings : findings.slice(0, limit);
  return (
    <div aria-live="polite">
      {shown.map((finding) => {
        const [sign, ink] = SIGN[finding.severity];
        const evidence = furtherEvidence(finding);
        return (
          <div className="finding" key={finding.id}>
            <span className={ink} title={WORD[finding.severity]}>
              <span aria-hidden="true">{sign}</span>
              <span className="visually-hidden">{WORD[finding.severity]}:</span>
            </span>
            <span className={finding.severity === "progress" ? "dim" : "said"}>
              <Sentence parts={finding.sentence} />
              {evidence.length > 0 ? (
                <span className="evidence">
                  {evidence.map((piece) => (
                    <Link key={`${piece.label}${piece.href}`} href={piece.href}>
                      {piece.label}
                    </Link>
                  ))}
                </span>
              ) : null}
            </span>
            <span className="faint">
              {several ? <span className="mono">{finding.experimentId} · </span> : null}
              {formatAge(now - new Date(finding.since).getTime())}
            </span>
          </div>
        );
      })}
      {shown.length < findings.length ? (
        <button type="button" className="btn quiet more" onClick={() => setAll(true)}>
          {findings.length - shown.length} more
        </button>
      ) : null}
    </div>
  );
}
