import type { MapRow, PastedRows } from "@artesian/server/api.ts";
import { type FormEvent, useState } from "react";
import { Link } from "wouter";
import { send } from "../api/client.ts";
import { groupAddress, useMapRows, useMapSearch } from "../api/map-queries.ts";
import { formatCount, formatNumber, plural } from "../model/format.ts";
import { groupPath, members } from "../model/map-address.ts";
import { FilterBox } from "../ui/filter-box.tsx";
import { Card } from "../ui/parts.tsx";
import { Pill } from "../ui/pill.tsx";
import { Answer, Failed } from "../ui/states.tsx";
import { useUrlState } from "../ui/use-url.ts";

const SETS: readonly string[] = ["genes", "compounds", "all"];
/** Rows that a search shows at first, and with each "more". */
const PAGE = 24;

/** The first row of each perturbation: a compound is one hit, not one a dose. */
const byPerturbation = (rows: readonly MapRow[]): MapRow[] =>
  [...new Map(rows.toReversed().map((row) => [row.perturbation, row])).values()].reverse();

/** Does it count, in one mark: enough wells, replicates that agree. */
function Seen({ row }: { row: MapRow }) {
  if (row.units < 3) return <Pill tone="warn">{plural(row.units, "well")}</Pill>;
  if (row.consistencyP === null) return <Pill tone="wait">not tested</Pill>;
  return <Pill tone={row.consistencyP <= 0.05 ? "ok" : "warn"}>p {formatNumber(row.consistencyP, 1)}</Pill>;
}

/** Search by any name, the rows on the map, a list to paste. */
export function GroupSearch({ group }: { group: string }) {
  const { params, change } = useUrlState();
  const q = params.q ?? "";
  const [limit, setLimit] = useState(PAGE);
  const found = useMapSearch(group, q, limit);
  const pinned = members(params.rows);
  const told = useMapRows(
    group,
    pinned.slice(0, 200).filter((one) => !SETS.includes(one)),
  );
  const pinnedRows = new Map(
    (told.data?.rows ?? [])
      .toReversed()
      .flatMap((row) => [
        [row.perturbation, row] as const,
        [row.symbol, row] as const,
        [String(row.row), row] as const,
      ]),
  );
  const [text, setText] = useState("");
  const [answer, setAnswer] = useState<PastedRows | { failed: unknown }>();
  const fresh = { row: null, column: null, view: null };
  const put = (name: "rows" | "columns", list: readonly string[]): void => change({ [name]: list.join(","), ...fresh });
  const paste = (event: FormEvent, name: "rows" | "columns"): void => {
    event.preventDefault();
    send<PastedRows>(groupAddress(group, "/paste"), { text }).then(
      (pasted) => {
        setAnswer(pasted);
        if (pasted.rows.length > 0)
          put(
            name,
            // Names go over to other versions; a dose alone has none.
            pasted.rows.map((row) => (row.concentration === null ? row.perturbation : String(row.row))),
          );
      },
      (failed: unknown) => setAnswer({ failed }),
    );
  };
  return (
    <div className="stack searching">
      <Card label="search" flush>
        <div className="bd">
          <FilterBox label="name or dose" />
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
                      onClick={() => put("rows", [...new Set([...pinned, row.perturbation])])}
                    >
                      + {row.symbol}
                    </button>
                    <span className="faint">{row.type}</span>
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
      <Card title="On the map" aside={<span className="faint push">{pinned.length || ""}</span>} flush>
        {pinned.length === 0 ? (
          <div className="bd dim">The strongest phenotypes. Search, or paste a list.</div>
        ) : (
          <div className="scroll pinned">
            {pinned.slice(0, 200).map((one) => {
              const row = pinnedRows.get(one);
              return (
                <div key={one} className="hit">
                  <span className="named" title={one}>
                    {row?.symbol ?? one.replace(/^\w+:/, "")}
                  </span>
                  <span className="row nowrap">
                    {row ? <Seen row={row} /> : null}
                    <button
                      type="button"
                      className="btn quiet"
                      aria-label={`take ${one} off the map`}
                      onClick={() =>
                        put(
                          "rows",
                          pinned.filter((other) => other !== one),
                        )
                      }
                    >
                      ×
                    </button>
                  </span>
                </div>
              );
            })}
            {pinned.length > 200 ? <div className="bd faint">and {formatCount(pinned.length - 200)} more</div> : null}
          </div>
        )}
        <div className="bd row">
          {SETS.map((name) => (
            <button
              key={name}
              type="button"
              className="btn quiet"
              onClick={() => change({ rows: name, columns: null, ...fresh })}
            >
              {name}
            </button>
          ))}
          <button type="button" className="btn quiet" onClick={() => change({ columns: "compounds", ...fresh })}>
            × compounds
          </button>
        </div>
      </Card>
      <Card title="Paste a list">
        <form className="stack" onSubmit={(event) => paste(event, "rows")}>
          <textarea
            aria-label="names, one a line"
            rows={4}
            value={text}
            placeholder={"TSC2\nNPRL3\nrapamycin 3 µM"}
            onChange={(event) => setText(event.target.value)}
          />
          <div className="row">
            <button type="submit" className="btn" disabled={text.trim() === ""}>
              as rows
            </button>
            <button
              type="button"
              className="btn quiet"
              disabled={text.trim() === ""}
              onClick={(event) => paste(event, "columns")}
            >
              as columns
            </button>
          </div>
        </form>
        {answer === undefined ? null : "failed" in answer ? (
          <Failed error={answer.failed} />
        ) : (
          <div role="status" className="dim">
            {plural(answer.rows.length, "row")} found.
            {answer.notFound.map((entry) => (
              <div key={entry}>
                <Link className="link" href={`${groupPath(group, "/why")}?name=${encodeURIComponent(entry)}`}>
                  Why is {entry} missing →
                </Link>
              </div>
            ))}
            {answer.ambiguous.map(({ entry, perturbations }) => (
              <div key={entry}>
                {entry} may mean {perturbations.join(" or ")}; all are shown.
              </div>
            ))}
          </div>
        )}
      </Card>
    </div>
  );
}
