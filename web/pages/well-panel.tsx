import type { WellDetail } from "@artesian/server/api.ts";
import { useState } from "react";
import { Link } from "wouter";
import { useWell } from "../api/queries.ts";
import { formatCount, formatDose, formatFixed, formatNumber } from "../model/format.ts";
import { faultGlyph, faultLabel, GLYPH_CHARACTER } from "../model/glyph.ts";
import { HowMade } from "../ui/picture.tsx";
import { Pill } from "../ui/pill.tsx";
import { Answer, Skeleton } from "../ui/states.tsx";
import { VerdictRow } from "./verdict-row.tsx";
import { WellNumbers } from "./well-numbers.tsx";
import { WellSites } from "./well-sites.tsx";

function Panel({ well }: { well: WellDetail }) {
  const [made, setMade] = useState(false);
  return (
    <div className="bd stack" style={{ gap: 10 }}>
      <div>
        {well.perturbation ? (
          <Link className="link" href={well.perturbation.href}>
            <b>{well.perturbation.name}</b>
          </Link>
        ) : (
          <b>{well.role}</b>
        )}{" "}
        <span className="dim">
          {well.doseUm === null ? "" : `${formatDose(well.doseUm)} · `}
          {well.perturbation?.name === well.role ? "control" : well.role}
        </span>
        <div className="dim">
          {well.cellCount === null ? "cells not counted yet" : `${formatCount(well.cellCount)} cells`}
          {well.cellCountRank ? ` (rank ${well.cellCountRank.rank} of ${well.cellCountRank.of})` : ""}
          {well.plateZPrime === null ? "" : ` · Z′ plate ${formatFixed(well.plateZPrime, 2)}`}
          {well.score === null ? "" : ` · disease score ${formatFixed(well.score, 2)}`}
        </div>
      </div>
      {well.missing.length > 0 ? (
        <div className="warn-ink">incomplete, not there: {well.missing.join(", ")}</div>
      ) : null}
      {well.failed.map((failure) => (
        <div key={`${failure.what}${failure.code}`} className="fail-ink">
          ▲ {failure.what}: {failure.message} <span className="mono">{failure.code}</span>
        </div>
      ))}
      <WellSites well={well} />
      <WellNumbers well={well} />
      {well.flags.map((flag) => (
        <div key={`${flag.label}${flag.site ?? ""}${flag.channel ?? ""}`} className="warn-ink">
          {GLYPH_CHARACTER[faultGlyph(flag.label)]} {flag.reason}
          {flag.score !== null && flag.threshold !== null ? (
            <span className="faint">
              {" "}
              · score {formatNumber(flag.score)}, threshold {formatNumber(flag.threshold)}
            </span>
          ) : null}
        </div>
      ))}
      <VerdictRow well={well} />
      <div>
        <button type="button" className="btn quiet" aria-expanded={made} onClick={() => setMade(!made)}>
          how made
        </button>
        {made ? <HowMade provenance={well.provenance} /> : null}
      </div>
    </div>
  );
}

/** The selected well: pictures, numbers, flags, verdict. */
export function WellPanel(props: {
  experiment: string;
  plate: string;
  well: string;
  onWalk: (step: 1 | -1) => void;
  onClose: () => void;
}) {
  const query = useWell(props.experiment, props.plate, props.well);
  const labels = [...new Set((query.data?.flags ?? []).map((flag) => flag.label))];
  return (
    <section className="card well-panel" tabIndex={-1} aria-label={`well ${props.well} of ${props.plate}`}>
      <div className="hd">
        <h2 className="mono">
          {props.plate} · {props.well}
        </h2>
        {labels.slice(0, 1).map((label) => (
          <Pill key={label} tone="warn" sign={GLYPH_CHARACTER[faultGlyph(label)]}>
            {faultLabel(label)}
            {labels.length > 1 ? ` +${labels.length - 1}` : ""}
          </Pill>
        ))}
        <span className="row push" style={{ gap: 2 }}>
          <button type="button" className="btn quiet" aria-label="previous well" onClick={() => props.onWalk(-1)}>
            <kbd>←</kbd>
          </button>
          <button type="button" className="btn quiet" aria-label="next well" onClick={() => props.onWalk(1)}>
            <kbd>→</kbd>
          </button>
          <button type="button" className="btn quiet" aria-label="close the well" onClick={props.onClose}>
            ✕
          </button>
        </span>
      </div>
      <Answer
        query={query}
        skeleton={
          <div className="bd stack">
            <Skeleton height={40} />
            <Skeleton height={300} />
            <Skeleton height={120} />
          </div>
        }
      >
        {(well) => <Panel well={well} />}
      </Answer>
    </section>
  );
}
