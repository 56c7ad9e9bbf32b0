import type { MapEnrichment } from "@artesian/server/api.ts";
import { useMapEnrichment } from "../api/map-queries.ts";
import { type TableTwin, twinToCsv } from "../model/csv.ts";
import { formatCount, formatNumber } from "../model/format.ts";
import { Select } from "../ui/choice.tsx";
import { saveText } from "../ui/download.ts";
import { Card } from "../ui/parts.tsx";
import { Answer } from "../ui/states.tsx";
import { useUrlState } from "../ui/use-url.ts";

const SHOWN = 10;

const termsTwin = (sets: MapEnrichment["sets"]): TableTwin => ({
  columns: ["set", "genes", "k", "n", "chosen", "background", "fold", "p", "q"].map((key) => ({ key, label: key })),
  rows: sets.map(({ set, genes, setSize, chosen, background, fold, p, q }) => ({
    set,
    genes: genes.join(" "),
    k: genes.length,
    n: setSize,
    chosen,
    background,
    fold,
    p,
    q,
  })),
});

/** Gene sets over-represented among the rows of the map or one of its clusters, against the genes of the group. */
export function TermsCard(props: {
  group: string;
  list: readonly string[];
  /** Rows of each cluster of the cut, by their number in the group. */
  clusters: ReadonlyMap<number, readonly number[]>;
}) {
  const { params, change } = useUrlState();
  const cluster = params.terms === undefined ? undefined : props.clusters.get(Number(params.terms) - 1);
  const rows = cluster?.map(String) ?? props.list;
  const query = useMapEnrichment(props.group, rows, rows.length > 0);
  return (
    <Card
      title="Gene sets"
      aside={
        <span className="row push tools">
          <Select
            label="gene sets of"
            hideLabel
            value={cluster === undefined ? "" : params.terms}
            options={[
              { value: "", label: "all rows" },
              ...[...props.clusters].map(([k, members]) => ({
                value: String(k + 1),
                label: `cluster ${k + 1} (${members.length})`,
              })),
            ]}
            onChange={(value) => change({ terms: value || null }, { replace: true })}
          />
          {query.data && query.data.sets.length > 0 ? (
            <button
              type="button"
              className="btn quiet"
              onClick={() => saveText("gene-sets.csv", "text/csv", twinToCsv(termsTwin(query.data.sets)))}
            >
              CSV
            </button>
          ) : null}
        </span>
      }
      flush
    >
      <Answer query={query}>
        {({ sets }) =>
          !sets.some(({ p }) => p < 1) ? (
            <div className="bd dim">No gene set is over-represented among these rows.</div>
          ) : (
            <>
              <table className="data">
                <caption className="visually-hidden">Over-represented gene sets</caption>
                <thead>
                  <tr>
                    <th scope="col">set</th>
                    <th scope="col" className="num">
                      k of n
                    </th>
                    <th scope="col" className="num">
                      fold
                    </th>
                    <th scope="col" className="num">
                      q
                    </th>
                  </tr>
                </thead>
                <tbody>
                  {sets.slice(0, SHOWN).map((set) => (
                    <tr key={set.set} title={`${set.description} ${set.genes.join(", ")}`.trim()}>
                      <td>{set.set}</td>
                      <td className="num">
                        {set.genes.length} / {formatCount(set.setSize)}
                      </td>
                      <td className="num">{formatNumber(set.fold, 2)}</td>
                      <td className="num">{formatNumber(set.q, 1)}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
              <div className="bd faint">
                {formatCount(sets[0]!.chosen)} genes against {formatCount(sets[0]!.background)} of the group; q by
                Benjamini–Hochberg{sets[0]!.q > 0.05 ? ": none is over-represented at 5 %" : ""}.
              </div>
            </>
          )
        }
      </Answer>
    </Card>
  );
}
