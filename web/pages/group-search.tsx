import type { MapRow } from "@artesian/server/api.ts";
import { useState } from "react";
import { Link } from "wouter";
import { useMapSearch } from "../api/map-queries.ts";
import { formatCount } from "../model/format.ts";
import { groupPath, members } from "../model/map-address.ts";
import { FilterBox } from "../ui/filter-box.tsx";
import { Card } from "../ui/parts.tsx";
import { Answer } from "../ui/states.tsx";
import { useUrlState } from "../ui/use-url.ts";
import { OnTheMap } from "./on-the-map.tsx";
import { PasteList } from "./paste-list.tsx";
import { useRowList } from "./use-row-list.ts";

/** Rows that a search shows at first, and with each "more". */
const PAGE = 24;

/** The first row of each perturbation: a compound is one hit, not one a dose. */
const byPerturbation = <R extends MapRow>(rows: readonly R[]): R[] =>
  [...new Map(rows.toReversed().map((row) => [row.perturbation, row])).values()].reverse();

/** Search by any name, the rows on the map, a list to paste. */
export function GroupSearch({ group }: { group: string }) {
  const { params } = useUrlState();
  const put = useRowList();
  // Not "q": that is the funnel's false discovery rate, in the same address.
  const q = params.find ?? "";
  const [limit, setLimit] = useState(PAGE);
  const found = useMapSearch(group, q, limit);
  const [text, setText] = useState("");
  return (
    <div className="stack searching">
      <Card label="search" flush>
        <div className="bd">
          <FilterBox label="name or dose" name="find" />
        </div>
        {q === "" ? null : (
          <Answer query={found}>
            {({ rows, total }) => (
              <>
                {byPerturbation(rows).map((row) => (
                  <div key={row.perturbation} className="hit">
                    <button
                      type="button"
                      className="btn quiet"
                      title={`put ${row.symbol} on the map`}
                      onClick={() => void put("rows", [...new Set([...members(params.rows), row.perturbation])])}
                    >
                      + {row.symbol}
                    </button>
                    <span className="faint">
                      {row.matched === null || row.matched.by === "symbol" || row.matched.by === "perturbation"
                        ? row.type
                        : row.matched.text}
                    </span>
                  </div>
                ))}
                {rows.length < total ? (
                  <button type="button" className="btn quiet more" onClick={() => setLimit(limit + PAGE)}>
                    more of {formatCount(total)} rows
                  </button>
                ) : null}
                {rows.length === 0 ? (
                  <div className="bd">
                    <Link className="link" href={`${groupPath(group, "/why")}?name=${encodeURIComponent(q)}`}>
                      Why is {q} missing →
                    </Link>
                  </div>
                ) : null}
              </>
            )}
          </Answer>
        )}
      </Card>
      <OnTheMap group={group} onEdit={(entries) => setText(entries.join("\n"))} />
      <PasteList group={group} text={text} onText={setText} />
    </div>
  );
}
