import type { RunDetail } from "@artesian/server/api.ts";
import { useRunLog } from "../api/queries.ts";
import { formatClock } from "../model/format.ts";
import { DataTable } from "../ui/data-table.tsx";
import { Card } from "../ui/parts.tsx";
import { Answer, Empty } from "../ui/states.tsx";
import { useUrlState } from "../ui/use-url.ts";

/** What happened in the run, newest first. */
export function RunLogTab({ run }: { run: RunDetail }) {
  const query = useRunLog(run.id);
  const { params, change } = useUrlState();
  return (
    <Answer query={query}>
      {(log) => (
        <Card flush label="log">
          {log.events.length === 0 ? (
            <Empty title="Nothing was logged yet">
              <p>Starts, failures, incomplete groups and the end of the run are written here.</p>
            </Empty>
          ) : (
            <DataTable
              caption="Log, newest first"
              rows={log.events}
              rowKey={(e) => String(e.offset)}
              selected={params.task}
              onOpen={(e) => e.taskId !== null && change({ tab: "log", task: e.taskId })}
              columns={[
                { key: "at", label: "time", mono: true, value: (e) => e.at, cell: (e) => formatClock(e.at, true) },
                {
                  key: "kind",
                  label: "kind",
                  value: (e) => e.kind,
                  cell: (e) => (
                    <span
                      className={
                        e.kind.includes("fail") ? "fail-ink" : e.kind.includes("incomplete") ? "warn-ink" : "dim"
                      }
                    >
                      {e.kind.replaceAll("-", " ")}
                    </span>
                  ),
                },
                { key: "text", label: "what happened", value: (e) => e.text },
                { key: "offset", label: "offset", numeric: true, value: (e) => e.offset },
              ]}
            />
          )}
        </Card>
      )}
    </Answer>
  );
}
