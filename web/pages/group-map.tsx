import type { MapGroupDetail } from "@artesian/server/api.ts";
import { useCallback, useMemo, useState } from "react";
import { groupAddress, useMapRows, useStrongestRows } from "../api/map-queries.ts";
import { members } from "../model/map-address.ts";
import { Card } from "../ui/parts.tsx";
import { Empty, Failed, Skeleton } from "../ui/states.tsx";
import { useUrlState } from "../ui/use-url.ts";
import { FunnelLine } from "./funnel-line.tsx";
import { GroupEvidence } from "./group-evidence.tsx";
import { GroupFrame } from "./group-frame.tsx";
import { GroupHeat } from "./group-heat.tsx";
import { GroupSearch } from "./group-search.tsx";

const ABOUT =
  "Cosine similarity of perturbations of one group version: red is similar, white unrelated, blue opposite, hatched has no cosine. Rows are targets, columns queries with all doses in order. The address holds the whole view; Share view adds the version.";

/** What is shown until something is chosen: the strongest phenotypes. */
const FIRST_ROWS = 40;

function Body({
  detail,
  group,
  settled,
  onSettled,
}: {
  detail: MapGroupDetail;
  group: string;
  settled: boolean;
  onSettled: () => void;
}) {
  const { params } = useUrlState();
  const [clusters, setClusters] = useState<ReadonlyMap<number, number[]>>(new Map());
  const strongest = useStrongestRows(group, FIRST_ROWS, params.rows === undefined);
  const list = useMemo(
    () =>
      params.rows === undefined ? (strongest.data?.rows.map(({ row }) => String(row)) ?? []) : members(params.rows),
    [params.rows, strongest.data],
  );
  const columnList = useMemo(
    () => (params.columns === undefined ? list : members(params.columns)),
    [params.columns, list],
  );
  const ends = useMemo(
    () => [...new Set([params.row, params.column].filter((one) => one !== undefined))],
    [params.row, params.column],
  );
  const chosen = useMapRows(group, ends);
  const rowOf = (text: string | undefined) => chosen.data?.rows.find(({ row }) => String(row) === text);
  return (
    <>
      <FunnelLine group={group} of={rowOf(params.row)} enabled={settled} />
      <div className="group-map">
        <GroupSearch group={group} key={group} />
        {list.length > 0 ? (
          <GroupHeat
            detail={detail}
            group={group}
            list={list}
            columnList={columnList}
            onSettled={onSettled}
            onClusters={setClusters}
            key={group}
          />
        ) : strongest.isError ? (
          <Failed error={strongest.error} onRetry={() => void strongest.refetch()} />
        ) : strongest.data !== undefined || params.rows !== undefined ? (
          <Card>
            <Empty title="No row to show">
              <p>No row of this version has a length. Search for one, or look at the group's health.</p>
            </Empty>
          </Card>
        ) : (
          <Skeleton height={560} />
        )}
        <GroupEvidence
          group={group}
          row={rowOf(params.row)}
          other={rowOf(params.column)}
          list={list}
          columnList={columnList}
          clusters={clusters}
          detail={detail}
        />
      </div>
      <div className="row faint">
        <a className="link" href={groupAddress(group, "/slice.parquet", { rows: "all" })} download>
          all vectors as Parquet
        </a>
        <a className="link" href={groupAddress(group, "/slice.csv", { rows: "all" })} download>
          as CSV
        </a>
      </div>
    </>
  );
}

/** The map of a group: funnel, search, heat map, evidence. */
export default function GroupMapPage({ group }: { group: string }) {
  const [settledFor, setSettledFor] = useState<string>();
  const onSettled = useCallback(() => setSettledFor(group), [group]);
  const settled = settledFor === group;
  return (
    <GroupFrame group={group} tab="map" about={ABOUT} settled={settled}>
      {(detail, pinned) =>
        detail.benchmark.rows === 0 ? (
          <Card>
            <Empty title="No row in this version">
              <p>Build and publish a version with rows.</p>
            </Empty>
          </Card>
        ) : (
          <Body detail={detail} group={pinned} settled={settled} onSettled={onSettled} />
        )
      }
    </GroupFrame>
  );
}
