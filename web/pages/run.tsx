import type { ActionAnswer, RunDetail } from "@artesian/server/api.ts";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link } from "wouter";
import { address, parts, send } from "../api/client.ts";
import { useRun } from "../api/queries.ts";
import { formatCount, formatDuration, formatProgress, formatRate } from "../model/format.ts";
import { isOfImages, openTasks } from "../model/run-counts.ts";
import { changeParams, choice, path } from "../model/url-state.ts";
import { CopyId } from "../ui/copy.tsx";
import { useKeys } from "../ui/keys.ts";
import { usePage } from "../ui/page.ts";
import { StatCard, Tabs } from "../ui/parts.tsx";
import { RunPill } from "../ui/pill.tsx";
import { Answer, Failed, Skeleton } from "../ui/states.tsx";
import { toast } from "../ui/toast.tsx";
import { useUrlState } from "../ui/use-url.ts";
import { RunConfigurationTab } from "./run-configuration-tab.tsx";
import { RunGraphTab } from "./run-graph-tab.tsx";
import { RunKafkaTab } from "./run-kafka-tab.tsx";
import { RunLogTab } from "./run-log-tab.tsx";
import { RunTasksTab } from "./run-tasks-tab.tsx";
import { RunTimelineTab } from "./run-timeline-tab.tsx";
import { TaskPanel } from "./task-panel.tsx";

const ABOUT =
  "One box a step of the pipeline with counts, rate and lag, never one an image. Failed tasks come first, with their first cause; open one for attempts, log and inputs, or retry it.";

const TABS = ["graph", "tasks", "timeline", "log", "configuration"] as const;
const KAFKA_TABS = ["graph", "tasks", "timeline", "log", "kafka", "configuration"] as const;
type Tab = (typeof KAFKA_TABS)[number];
const LABEL = {
  graph: "Graph",
  tasks: "Tasks",
  timeline: "Timeline",
  log: "Log",
  kafka: "Kafka",
  configuration: "Configuration",
} as const;

const at = (run: RunDetail, tab: string, state?: string): string =>
  `${path("runs", run.id)}${changeParams("", { tab, state })}`;

function TaskCards({ run }: { run: RunDetail }) {
  const { tasks, cards } = run;
  const open = openTasks(run.graph);
  return (
    <div className="stats">
      <StatCard value={formatProgress(tasks.done, tasks.total)} label="tasks done" href={at(run, "tasks", "done")} />
      {(["waiting", "running", "retrying"] as const).map((state) => (
        <StatCard key={state} value={formatCount(open[state])} label={state} href={at(run, "tasks", state)} />
      ))}
      <StatCard value={rateNow(cards.imagesPerS)} label="records now" href={at(run, "timeline")} />
      <StatCard
        value={formatCount(cards.failed)}
        label="failed"
        href={at(run, "tasks", "failed")}
        {...(cards.failed > 0 ? { tone: "fail" } : {})}
      />
    </div>
  );
}

const rateNow = (perS: number): string => formatRate(perS).replace("/", " /") || "0 /s";

function ImageCards({ run }: { run: RunDetail }) {
  const { cards } = run;
  return (
    <div className="stats">
      <StatCard
        value={formatProgress(cards.plates.done, cards.plates.total)}
        label="plates imaged"
        {...(run.experimentId ? { href: path("experiments", run.experimentId, "plates") } : {})}
      />
      <StatCard
        value={formatProgress(cards.wells.done, cards.wells.total)}
        label="wells complete"
        {...(run.experimentId ? { href: path("experiments", run.experimentId, "plates") } : {})}
      />
      <StatCard
        value={formatProgress(cards.images.done, cards.images.total)}
        label="images seen"
        href={at(run, "tasks")}
      />
      <StatCard value={rateNow(cards.imagesPerS)} label="images now" href={at(run, "timeline")} />
      <StatCard value={formatDuration(cards.imageToSiteP99Ms)} label="p99 image → site" href={at(run, "timeline")} />
      <StatCard
        value={formatCount(cards.failed)}
        label={`failed · ${formatCount(cards.flagged)} flagged`}
        href={at(run, "tasks", "failed")}
        {...(cards.failed > 0 ? { tone: "fail" } : {})}
      />
    </div>
  );
}

function Head({ run }: { run: RunDetail }) {
  const client = useQueryClient();
  const retry = useMutation({
    mutationFn: () => send<ActionAnswer>(address(`${parts("runs", run.id)}/retry-failed`)),
    onSuccess: (answer) => toast(answer.sentence),
    onSettled: () =>
      void client.invalidateQueries({ predicate: (q) => ["runs", "tasks"].includes(String(q.queryKey[0])) }),
  });
  return (
    <>
      <div className="row">
        <h1>
          {run.experimentName && !run.name.includes(run.experimentName)
            ? `${run.experimentName} · ${run.name}`
            : run.name}
        </h1>
        <RunPill state={run.state} />
        <CopyId id={run.id} label="run" shown={run.id.slice(0, 12)} />
        <span className="dim">
          {run.workflow}
          {run.planHash ? (
            <>
              {" "}
              <CopyId id={run.planHash} shown={run.planHash.slice(0, 8)} />
            </>
          ) : null}
        </span>
        <span className="dim">{formatDuration(run.durationMs)}</span>
        <span className="faint">{run.data}</span>
        <span className="push" />
        {run.experimentId ? (
          <Link className="btn" href={path("experiments", run.experimentId)}>
            Open experiment
          </Link>
        ) : null}
        {run.tasks.failed > 0 ? (
          <button
            type="button"
            className="btn pri"
            disabled={!run.live || retry.isPending}
            title={run.live ? undefined : "this run's engine is not reachable from here"}
            onClick={() => retry.mutate()}
          >
            Retry {run.tasks.failed} failed
          </button>
        ) : null}
      </div>
      {retry.isError ? <Failed error={retry.error} /> : null}
    </>
  );
}

/** A run: numbers, graph, tasks, timeline, log, and a panel for the chosen task. */
export default function RunPage({ run: id }: { run: string }) {
  const { params, change } = useUrlState();
  const query = useRun(id);
  const tabs: readonly [Tab, ...Tab[]] = query.data?.kafka === true ? KAFKA_TABS : TABS;
  // A link to a node or a task means its list.
  const tab =
    params.tab === undefined && (params.node !== undefined || params.task !== undefined)
      ? "tasks"
      : choice(params, "tab", tabs);
  usePage([{ label: "Runs", href: "/runs" }, { label: query.data?.experimentName ?? query.data?.name ?? id }], ABOUT);
  const go = (to: Tab): string => `${path("runs", id)}${changeParams("", { tab: to })}`;
  useKeys({
    "[": {
      label: "previous tab",
      run: () => change({ tab: tabs[Math.max(0, tabs.indexOf(tab) - 1)], node: null, task: null }),
    },
    "]": {
      label: "next tab",
      run: () => change({ tab: tabs[Math.min(tabs.length - 1, tabs.indexOf(tab) + 1)], node: null, task: null }),
    },
    Escape: { label: "close the task", run: () => change({ task: null }) },
  });
  return (
    <Answer
      query={query}
      skeleton={
        <>
          <Skeleton height={28} />
          <Skeleton height={62} />
          <Skeleton height={340} />
        </>
      }
    >
      {(run) => (
        <>
          <Head run={run} />
          {isOfImages(run) ? <ImageCards run={run} /> : <TaskCards run={run} />}
          <Tabs label="run" tabs={tabs.map((t) => ({ label: LABEL[t], href: go(t), current: t === tab }))} />
          {tab === "graph" ? <RunGraphTab run={run} /> : null}
          {tab === "tasks" ? <RunTasksTab run={run} /> : null}
          {tab === "timeline" ? <RunTimelineTab run={run} /> : null}
          {tab === "log" ? <RunLogTab run={run} /> : null}
          {tab === "kafka" ? <RunKafkaTab run={run} /> : null}
          {tab === "configuration" ? <RunConfigurationTab run={run} /> : null}
          {params.task !== undefined ? (
            <TaskPanel run={run} task={params.task} onClose={() => change({ task: null })} />
          ) : null}
        </>
      )}
    </Answer>
  );
}
