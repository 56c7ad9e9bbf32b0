import type { RunDetail, TaskRow } from "@artesian/server/api.ts";
import { useMemo } from "react";
import { useTasks } from "../api/queries.ts";
import { Timeline, timelineTwin } from "../charts/timeline.tsx";
import { formatCount } from "../model/format.ts";
import { timelineBands } from "../model/timeline.ts";
import { changeParams, path } from "../model/url-state.ts";
import { Segmented } from "../ui/choice.tsx";
import { Picture } from "../ui/picture.tsx";
import { Answer } from "../ui/states.tsx";
import { useUrlState } from "../ui/use-url.ts";

function Drawn(props: { run: RunDetail; tasks: readonly TaskRow[]; more: (() => void) | undefined }) {
  const { run, tasks } = props;
  const { params, change } = useUrlState();
  const log = params.scale === "log";
  const bands = useMemo(
    () =>
      timelineBands(
        tasks,
        run.graph.nodes.map((n) => n.id),
        new Date(run.asOf).getTime(),
      ),
    [tasks, run.graph.nodes, run.asOf],
  );
  const labels = new Map(run.graph.nodes.map((n) => [n.id, n.label]));
  return (
    <Picture
      title="Timeline"
      name={`${run.id}-timeline`}
      twin={timelineTwin(tasks)}
      aside={
        <>
          <Segmented
            label="time axis"
            value={log ? "log" : "linear"}
            options={[
              { value: "linear", label: "linear" },
              { value: "log", label: "log" },
            ]}
            onChange={(value) => change({ scale: value === "log" ? "log" : null }, { replace: true })}
          />
          <span className="dim">{formatCount(tasks.length)} tasks, one bar each; failed ones red</span>
          {props.more ? (
            <button type="button" className="btn quiet" onClick={props.more}>
              of {formatCount(run.tasks.total)}: the next 500
            </button>
          ) : null}
        </>
      }
    >
      {bands.length === 0 ? (
        <p className="dim">No task has started yet.</p>
      ) : (
        <Timeline
          bands={bands}
          labelOf={(node) => labels.get(node) ?? node}
          selected={params.task}
          log={log}
          hrefOf={(task) =>
            `${path("runs", run.id)}${changeParams("", { tab: "timeline", task, scale: params.scale })}`
          }
        />
      )}
    </Picture>
  );
}

/** When each task ran. */
export function RunTimelineTab({ run }: { run: RunDetail }) {
  const { params } = useUrlState();
  const query = useTasks(run, { node: params.node, state: params.state });
  return (
    <Answer query={query}>
      {(data) => (
        <Drawn
          run={run}
          tasks={data.pages.flatMap((page) => page.tasks)}
          more={query.hasNextPage ? () => void query.fetchNextPage() : undefined}
        />
      )}
    </Answer>
  );
}
