import type { PlateGrids } from "@artesian/server/api.ts";
import { useState } from "react";
import { type TableTwin, twinToCsv } from "../model/csv.ts";
import { saveText, svgSheet } from "../ui/download.ts";
import { HowMade } from "../ui/picture.tsx";
import { TwinTable } from "../ui/twin-table.tsx";
import { useUrlState } from "../ui/use-url.ts";

/** What belongs to the plates' picture: its numbers as a table and CSV, the drawing, the medians, how it was made. */
export function PlateTools({ twin, grids }: { twin: TableTwin; grids: PlateGrids }) {
  const { params, change } = useUrlState();
  const [made, setMade] = useState(false);
  const table = params.tables === "plates";
  const medians = params.medians === "1";
  const name = `${grids.experimentId}-${grids.metric.id}${grids.channel ? `-${grids.channel}` : ""}`;
  const saveSvg = (): void => {
    const drawings = [...document.querySelectorAll<SVGSVGElement>(".plates svg[data-export]")].map((svg, index) => ({
      svg,
      title: grids.plates[index]?.id ?? "",
    }));
    saveText(`${name}.svg`, "image/svg+xml", svgSheet(drawings, 3));
  };
  return (
    <div className="card">
      <div className="row" style={{ padding: "4px 8px" }}>
        <button
          type="button"
          className="btn quiet"
          aria-pressed={medians}
          onClick={() => change({ medians: medians ? null : "1" }, { replace: true })}
        >
          row and column medians
        </button>
        <span className="push" />
        <button
          type="button"
          className="btn quiet"
          aria-pressed={table}
          onClick={() => change({ tables: table ? null : "plates" }, { replace: true })}
        >
          table
        </button>
        <button
          type="button"
          className="btn quiet"
          onClick={() => saveText(`${name}.csv`, "text/csv", twinToCsv(twin))}
        >
          CSV
        </button>
        <button type="button" className="btn quiet" onClick={saveSvg}>
          SVG
        </button>
        <button type="button" className="btn quiet" aria-expanded={made} onClick={() => setMade(!made)}>
          how made
        </button>
      </div>
      {made ? <HowMade provenance={grids.provenance} /> : null}
      {table ? <TwinTable twin={twin} caption={`${grids.metric.label} of every well`} /> : null}
    </div>
  );
}
