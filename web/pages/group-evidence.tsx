import type { MapGroupDetail, MapRow } from "@artesian/server/api.ts";
import { Card } from "../ui/parts.tsx";
import { NeighboursCard } from "./neighbours-card.tsx";
import { PairCard } from "./pair-card.tsx";
import { ProjectionCard } from "./projection-card.tsx";
import { ReplicatesCard } from "./replicates-card.tsx";
import { TermsCard } from "./terms-card.tsx";

/** Everything that is said of the chosen row, the chosen pair and the rows on the map. */
export function GroupEvidence(props: {
  group: string;
  row: MapRow | undefined;
  other: MapRow | undefined;
  columnList: readonly string[];
  list: readonly string[];
  clusters: ReadonlyMap<number, readonly number[]>;
  detail: MapGroupDetail;
}) {
  const { group, row, other, detail } = props;
  return (
    <div className="stack evidence">
      {row === undefined ? (
        <Card title="A pair">
          <p className="dim">Choose a cell, by click or arrow keys: its evidence appears here.</p>
        </Card>
      ) : (
        <PairCard group={group} row={row} other={other} />
      )}
      <ProjectionCard group={group} detail={detail} row={row} list={props.columnList} />
      {detail.knowledge.sets.length > 0 ? (
        <TermsCard group={group} list={props.list} clusters={props.clusters} />
      ) : null}
      {row === undefined ? null : (
        <>
          <NeighboursCard group={group} row={row} />
          <ReplicatesCard group={group} of={String(row.row)} />
        </>
      )}
    </div>
  );
}
