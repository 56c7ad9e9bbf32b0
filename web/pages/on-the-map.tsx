import type { MapRow } from "@artesian/server/api.ts";
import { useKeptList, useMapRows } from "../api/map-queries.ts";
import { formatCount, formatNumber, plural } from "../model/format.ts";
import { isKeptList, members } from "../model/map-address.ts";
import { Card } from "../ui/parts.tsx";
import { Pill } from "../ui/pill.tsx";
import { useUrlState } from "../ui/use-url.ts";
import { useRowList } from "./use-row-list.ts";

const SETS: readonly string[] = ["genes", "compounds", "all"];
/** Names that are told one by one. */
const TOLD = 200;

/** Does it count, in one mark: enough wells, replicates that agree. */
function Seen({ row }: { row: MapRow }) {
  if (row.units < 3) return <Pill tone="warn">{plural(row.units, "well")}</Pill>;
  if (row.consistencyP === null) return <Pill tone="wait">not tested</Pill>;
  return <Pill tone={row.consistencyP <= 0.05 ? "ok" : "warn"}>p {formatNumber(row.consistencyP, 1)}</Pill>;
}

/** A long list that the address names: how many, and its names to be changed. */
function KeptList({ name, onEdit }: { name: string; onEdit: (entries: readonly string[]) => void }) {
  const list = useKeptList(name);
  if (list.isError) return <Pill tone="fail">not kept here</Pill>;
  const entries = list.data?.entries;
  if (entries === undefined) return <span className="faint">…</span>;
  return (
    <button type="button" className="btn quiet" title="to change it" onClick={() => onEdit(entries)}>
      {formatCount(entries.length)} pasted names
    </button>
  );
}

/** What is on the map by name, each with a mark of how far it counts, to be taken off; sets that have a name. */
export function OnTheMap({ group, onEdit }: { group: string; onEdit: (entries: readonly string[]) => void }) {
  const { params, change } = useUrlState();
  const put = useRowList();
  const pinned = members(params.rows);
  const told = useMapRows(
    group,
    pinned.slice(0, TOLD).filter((one) => !SETS.includes(one) && !isKeptList(one)),
  );
  const rowOf = new Map(
    (told.data?.rows ?? [])
      .toReversed()
      .flatMap((row) => [
        [row.perturbation, row] as const,
        [row.symbol, row] as const,
        [String(row.row), row] as const,
      ]),
  );
  const fresh = { row: null, column: null, view: null };
  return (
    <Card title="On the map" aside={<span className="faint push">{pinned.length || ""}</span>} flush>
      {pinned.length === 0 ? (
        <div className="bd dim">The strongest phenotypes. Search, or paste a list.</div>
      ) : (
        <div className="scroll pinned">
          {pinned.slice(0, TOLD).map((one) => {
            const row = rowOf.get(one);
            const isKept = isKeptList(one);
            return (
              <div key={one} className="hit">
                {isKept ? (
                  <KeptList name={one} onEdit={onEdit} />
                ) : (
                  <span className="named" title={one}>
                    {row?.symbol ?? one.replace(/^\w+:/, "")}
                  </span>
                )}
                <span className="row nowrap">
                  {row && !isKept ? <Seen row={row} /> : null}
                  <button
                    type="button"
                    className="btn quiet"
                    aria-label={`take ${isKept ? "the pasted list" : one} off the map`}
                    onClick={() =>
                      void put(
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
          {pinned.length > TOLD ? <div className="bd faint">and {formatCount(pinned.length - TOLD)} more</div> : null}
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
  );
}
