import type { RunDetail, RunPartitions } from "@artesian/server/api.ts";
import { useRunPartitions } from "../api/queries.ts";
import { formatCount } from "../model/format.ts";
import { awaySentence, partitionsSentence, stableWords } from "../model/run-partitions.ts";
import { CopyId } from "../ui/copy.tsx";
import { type Column, DataTable } from "../ui/data-table.tsx";
import { Card } from "../ui/parts.tsx";
import { Pill } from "../ui/pill.tsx";
import { Answer, Empty, Skeleton } from "../ui/states.tsx";
import { useNow } from "../ui/use-now.ts";

type Partition = RunPartitions["partitions"][number];

const columns = (isMoving: boolean, now: number): readonly Column<Partition>[] => [
  { key: "partition", label: "partition", value: (p) => p.partition },
  {
    key: "worker",
    label: "worker",
    value: (p) => (p.worker === null ? null : `${p.worker.host} ${p.worker.memberId}`),
    cell: ({ worker }) =>
      worker === null ? (
        <span className="dim">{isMoving ? "being given" : "nobody"}</span>
      ) : (
        <>
          <span className="mono">{worker.host}</span> <CopyId id={worker.memberId} shown={worker.memberId.slice(-8)} />
        </>
      ),
  },
  {
    key: "lag",
    label: "not read",
    unit: "records",
    numeric: true,
    value: (p) => p.lag,
    cell: (p) => formatCount(p.lag),
  },
  {
    key: "stable",
    label: "last stable offset",
    value: (p) => p.undecided,
    cell: (p) =>
      p.held === null ? (
        <span className={p.undecided === 0 ? "dim" : undefined}>{stableWords(p, now)}</span>
      ) : (
        <>
          <Pill tone="warn">{stableWords(p, now)}</Pill>{" "}
          <span className="dim">
            at {formatCount(p.held.offset)} of <span className="mono">{p.held.topic}</span>
          </span>
        </>
      ),
  },
];

/** A run's partitions on Kafka: who has each, what waits there and what holds it back. */
export function RunKafkaTab({ run }: { run: RunDetail }) {
  const query = useRunPartitions(run.id);
  const now = useNow(1000);
  return (
    <Answer query={query}>
      {(answer) => {
        const away = awaySentence(answer);
        return (
          <>
            {away === undefined ? null : (
              <div className="stale" role="status">
                {away} {answer.away?.reason}
              </div>
            )}
            {answer.partitions.length > 0 ? (
              <Card title="Partitions" flush aside={<span>{partitionsSentence(answer)}</span>}>
                <DataTable
                  caption="Partitions on Kafka"
                  columns={columns(answer.isMoving, now)}
                  rows={answer.partitions}
                  rowKey={(p) => String(p.partition)}
                />
              </Card>
            ) : away === undefined ? (
              <Skeleton label="asking Kafka" />
            ) : (
              <Empty title="Nothing is known of the partitions yet">
                <p>
                  Check that the brokers run and can be reached from this server; this page asks again by itself.
                  Nothing is lost while they are away.
                </p>
              </Empty>
            )}
          </>
        );
      }}
    </Answer>
  );
}
