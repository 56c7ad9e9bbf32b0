import type { Provenance } from "@artesian/server/api.ts";
import { type ReactNode, useRef, useState } from "react";
import { Link } from "wouter";
import { type TableTwin, twinToCsv } from "../model/csv.ts";
import { formatMoment } from "../model/format.ts";
import { list, toggleMember } from "../model/url-state.ts";
import { CopyId } from "./copy.tsx";
import { saveText, svgDocument } from "./download.ts";
import { TwinTable } from "./twin-table.tsx";
import { useUrlState } from "./use-url.ts";

/** How a picture was made: run, inputs, parameters, code version. */
export function HowMade({ provenance }: { provenance: Provenance }) {
  const parameters = Object.entries(provenance.parameters);
  return (
    <dl className="facts bd made">
      <dt>how</dt>
      <dd>{provenance.how}</dd>
      <dt>run</dt>
      <dd>
        {provenance.run ? (
          <Link className="link mono" href={provenance.run.href}>
            {provenance.run.id}
          </Link>
        ) : (
          "not known"
        )}{" "}
        · {provenance.workflow}
        {provenance.planHash ? (
          <>
            {" "}
            · plan <CopyId id={provenance.planHash} shown={provenance.planHash.slice(0, 10)} />
          </>
        ) : null}
      </dd>
      <dt>inputs</dt>
      <dd>{provenance.inputs.length > 0 ? provenance.inputs.join(", ") : "none recorded"}</dd>
      <dt>parameters</dt>
      <dd>
        {parameters.length > 0
          ? parameters.map(([k, v]) => `${k} = ${typeof v === "string" ? v : JSON.stringify(v)}`).join(", ")
          : "defaults"}
      </dd>
      <dt>code</dt>
      <dd className="mono">{provenance.codeVersion}</dd>
      <dt>made</dt>
      <dd>{provenance.madeAt ? formatMoment(provenance.madeAt) : "with every new value"}</dd>
    </dl>
  );
}

/**
 * A picture with everything that belongs to it: its table twin, the data as CSV, the drawing as SVG and how it was made.
 * Drawings mark what is saved with `data-export` on their svg.
 */
export function Picture(props: {
  title: string;
  /** File name without ending; also the picture's name in the address. */
  name: string;
  twin: TableTwin;
  provenance?: Provenance | undefined;
  /** How it was made, where that is told in other words than a run's. */
  made?: ReactNode;
  aside?: ReactNode;
  children: ReactNode;
  tour?: string;
}) {
  const box = useRef<HTMLDivElement>(null);
  const [made, setMade] = useState(false);
  const { params, change } = useUrlState();
  const tables = list(params, "tables") ?? [];
  const table = tables.includes(props.name);
  const saveSvg = (): void => {
    const svg = box.current?.querySelector<SVGSVGElement>("svg[data-export]");
    const canvas = box.current?.querySelector<HTMLCanvasElement>("canvas[data-layer]");
    if (svg) saveText(`${props.name}.svg`, "image/svg+xml", svgDocument(svg, canvas));
  };
  return (
    <section className="card" aria-label={props.title} data-tour={props.tour}>
      <div className="hd">
        <h2>{props.title}</h2>
        {props.aside}
        <span className="row push tools">
          <button
            type="button"
            className="btn quiet"
            aria-pressed={table}
            onClick={() =>
              change(
                { tables: toggleMember(tables, props.name, [...new Set([...tables, props.name])]).join(",") },
                { replace: true },
              )
            }
          >
            table
          </button>
          <button
            type="button"
            className="btn quiet"
            onClick={() => saveText(`${props.name}.csv`, "text/csv", twinToCsv(props.twin))}
          >
            CSV
          </button>
          {table ? null : (
            <button type="button" className="btn quiet" onClick={saveSvg}>
              SVG
            </button>
          )}
          {props.provenance || props.made ? (
            <button type="button" className="btn quiet" aria-expanded={made} onClick={() => setMade(!made)}>
              how made
            </button>
          ) : null}
        </span>
      </div>
      {made ? (props.made ?? (props.provenance ? <HowMade provenance={props.provenance} /> : null)) : null}
      {table ? (
        <TwinTable twin={props.twin} caption={props.title} />
      ) : (
        <div className="bd" ref={box}>
          {props.children}
        </div>
      )}
    </section>
  );
}
