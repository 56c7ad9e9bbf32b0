import type { MapNeighbour, MapNeighbours, MapRow } from "@artesian/server/api.ts";
import { useMapNeighbours } from "../api/map-queries.ts";
import { cssColor, diverging } from "../model/color.ts";
import { type TableTwin, twinToCsv } from "../model/csv.ts";
import { formatFixed } from "../model/format.ts";
import { rowName } from "../model/map-address.ts";
import { saveText } from "../ui/download.ts";
import { Card } from "../ui/parts.tsx";
import { Answer } from "../ui/states.tsx";
import { useUrlState } from "../ui/use-url.ts";
import { edgeWords } from "./pair-card.tsx";

const FEW = 6;

/** Both tails as a table. */
export const neighboursTwin = ({ similar, opposite }: Pick<MapNeighbours, "similar" | "opposite">): TableTwin => ({
  columns: [
    { key: "tail", label: "tail" },
    { key: "name", label: "perturbation" },
    { key: "cosine", label: "cosine" },
    { key: "percentile", label: "percentile", unit: "%" },
    { key: "known", label: "known" },
  ],
  rows: [...similar.map((one) => ["similar", one] as const), ...opposite.map((one) => ["opposite", one] as const)].map(
    ([tail, { row, cosine, percentile, known }]) => ({
      tail,
      name: row.label,
      cosine,
      percentile,
      known: known === null ? null : known.length === 0 ? "novel" : edgeWords(known),
    }),
  ),
});

/** The nearest rows in both tails, each with what is known of it. */
export function NeighboursCard({ group, row }: { group: string; row: MapRow }) {
  const { params, change } = useUrlState();
  const query = useMapNeighbours(group, String(row.row));
  const all = params.near === "all";
  const line = ({ row: near, cosine, percentile, known }: MapNeighbour) => (
    <tr key={near.row}>
      <td>
        <i className="swatch" style={{ background: cssColor(diverging(cosine)) }} />{" "}
        <button
          type="button"
          className="btn quiet"
          title="choose this pair"
          onClick={() => change({ column: String(near.row) })}
        >
          {rowName(near)}
        </button>
      </td>
      <td className="num">{formatFixed(cosine, 2)}</td>
      <td className="num">{formatFixed(percentile, 1)}</td>
      <td className="faint" title={known ? edgeWords(known) : undefined}>
        {known === null
          ? "–"
          : known.length === 0
            ? "novel"
            : [...new Set(known.map(({ source }) => source))].join(", ")}
      </td>
    </tr>
  );
  return (
    <Answer query={query}>
      {(answer) => (
        <Card
          title={`Nearest to ${rowName(answer.of)}`}
          aside={
            <span className="row push tools">
              <button
                type="button"
                className="btn quiet"
                aria-pressed={all}
                onClick={() => change({ near: all ? null : "all" }, { replace: true })}
              >
                {all ? "few" : `${Math.max(answer.similar.length, answer.opposite.length)} a tail`}
              </button>
              <button
                type="button"
                className="btn quiet"
                onClick={() => saveText(`nearest-${row.symbol}.csv`, "text/csv", twinToCsv(neighboursTwin(answer)))}
              >
                CSV
              </button>
            </span>
          }
          flush
        >
          <div
            className={all ? "scroll near" : "scroll"}
            {...(all ? { tabIndex: 0, role: "region", "aria-label": "nearest rows" } : {})}
          >
            <table className="data">
              <caption className="visually-hidden">Most similar and most opposite rows</caption>
              {(
                [
                  ["similar", answer.similar],
                  ["opposite", answer.opposite],
                ] as const
              ).map(([title, rows]) => (
                <tbody key={title}>
                  <tr>
                    <th scope="col">{title}</th>
                    <th scope="col" className="num">
                      cosine
                    </th>
                    <th scope="col" className="num">
                      percentile
                    </th>
                    <th scope="col">known</th>
                  </tr>
                  {rows.slice(0, all ? rows.length : FEW).map(line)}
                  {rows.length === 0 ? (
                    <tr>
                      <td colSpan={4} className="dim">
                        none
                      </td>
                    </tr>
                  ) : null}
                </tbody>
              ))}
            </table>
          </div>
        </Card>
      )}
    </Answer>
  );
}
