import { ColorLegend } from "../charts/color-legend.tsx";
import { ANNOTATIONS, type Annotated, type Annotation } from "../model/annotation.ts";
import type { DivergingName } from "../model/color.ts";
import { SVG_CELLS } from "../model/heat-export.ts";
import { Select } from "../ui/choice.tsx";
import { Menu } from "../ui/menu.tsx";
import type { ParamChange } from "../ui/use-url.ts";
import { OrderChoice, PaletteChoice } from "./heat-choices.tsx";
import { type Heat, USUAL_CUT } from "./use-heat.ts";

type Change = (change: ParamChange, options?: { replace?: boolean }) => void;

const CUTS = [2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 30, 40];
const ANNOTATION_LABELS: Readonly<Record<Annotation, string>> = {
  none: "no bar",
  kind: "bar: kind",
  chromosome: "bar: chromosome",
  replicates: "bar: replicates' p",
  strength: "bar: strength",
};

/** Title, order of rows, and what the colours mean. */
export function HeatHead({ heat, palette, focus }: { heat: Heat; palette: DivergingName; focus: string | undefined }) {
  const ends = { raw: ["−1", "+1"], z: ["−3", "+3"], percentile: ["0 %", "100 %"] }[heat.variant] as [string, string];
  return (
    <div className="hd">
      <h2>Cosine similarity</h2>
      <OrderChoice focus={focus} />
      <span className="push">
        <ColorLegend kind={palette} low={ends[0]} high={ends[1]} width={100} />
      </span>
    </div>
  );
}

/** How the cells are shown, and files of them. */
export function HeatTools(props: {
  heat: Heat;
  annotation: Annotation;
  table: boolean;
  made: boolean;
  exporting: Readonly<Record<string, () => void>>;
  change: Change;
}) {
  const { heat, change, table, made } = props;
  const { size, complete, isClustered } = heat;
  const tooMany = size.rows * size.columns > SVG_CELLS;
  const set = (name: string, usual: string) => (value: string) =>
    change({ [name]: value === usual ? null : value }, { replace: true });
  return (
    <div className="bd row tools">
      <Select
        label="shown"
        hideLabel
        value={heat.variant}
        options={[
          { value: "raw", label: "cosine" },
          { value: "z", label: "z in column" },
          { value: "percentile", label: "percentile" },
        ]}
        onChange={set("variant", "raw")}
      />
      <PaletteChoice />
      <Select
        label="bar beside the names"
        hideLabel
        value={props.annotation}
        options={ANNOTATIONS.map((value) => ({ value, label: ANNOTATION_LABELS[value] }))}
        onChange={set("bar", "none")}
      />
      {isClustered ? (
        <>
          <Select
            label="linkage"
            hideLabel
            value={heat.method}
            options={[
              { value: "average", label: "average" },
              { value: "ward", label: "Ward" },
            ]}
            onChange={set("linkage", "average")}
          />
          <Select
            label="cut into"
            hideLabel
            value={String(heat.cut)}
            options={[...new Set([...CUTS, heat.cut])]
              .sort((a, b) => a - b)
              .map((n) => ({ value: String(n), label: `${n} clusters` }))}
            onChange={set("cut", String(USUAL_CUT))}
          />
        </>
      ) : null}
      <span className="row tools push">
        <button
          type="button"
          className="btn quiet"
          aria-pressed={table}
          onClick={() => change({ table: table ? null : "1" }, { replace: true })}
        >
          table
        </button>
        <Menu label="export">
          {Object.entries(props.exporting).map(([format, save]) => (
            <button
              key={format}
              type="button"
              className="btn quiet"
              disabled={!complete || (format === "svg" && tooMany) || (format === "png" && table)}
              title={format === "svg" && tooMany ? "too many cells for SVG: save PNG" : undefined}
              onClick={save}
            >
              {format.toUpperCase()}
            </button>
          ))}
        </Menu>
        <button
          type="button"
          className="btn quiet"
          aria-expanded={made}
          onClick={() => change({ made: made ? null : "1" }, { replace: true })}
        >
          how made
        </button>
      </span>
    </div>
  );
}

function whatIsHere({ complete, settled, source, orderName, isTooLarge }: Heat): string {
  const order = isTooLarge && orderName === "clustered" ? " · as given: more than 5,000 rows are not clustered" : "";
  if (complete) return order;
  if (source?.cells.isFarOnly !== true) return " · cells are coming";
  return settled ? " · seen from afar; choose at most 10,000 rows for every cell" : " · the view from afar is coming";
}

/** What is drawn, how many, what is still on its way, and what the bar's colours mean. */
export function HeatFoot({ heat, bar }: { heat: Heat; bar: Annotated | undefined }) {
  const { size, clustering } = heat;
  return (
    <div className="bd row heat-foot faint">
      {bar !== undefined && bar.legend.length === 0 ? "Nothing is known of these rows for this bar." : null}
      {bar?.legend.slice(0, 26).map(({ label, color }) => (
        <span key={label} className="key">
          <i className="swatch" style={{ background: color }} /> {label}
        </span>
      ))}
      <span className="push" role="status">
        {size.rows} × {size.columns}
        {whatIsHere(heat)}
        {clustering ? " · clustering" : ""}
      </span>
    </div>
  );
}
