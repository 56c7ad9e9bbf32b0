import type { MapRun, MapRunList } from "@artesian/server/api.ts";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link } from "wouter";
import { address, send } from "../api/client.ts";
import { useMapRun, useMapRuns } from "../api/map-queries.ts";
import { formatBytes, formatDuration, formatMoment } from "../model/format.ts";
import { groupPath } from "../model/map-address.ts";
import { CopyId } from "../ui/copy.tsx";
import { type Column, DataTable } from "../ui/data-table.tsx";
import { Card } from "../ui/parts.tsx";
import { Pill, type Tone } from "../ui/pill.tsx";
import { Answer, Empty, Failed } from "../ui/states.tsx";
import { toast } from "../ui/toast.tsx";
import { useUrlState } from "../ui/use-url.ts";

const TONE: Readonly<Record<MapRun["state"], Tone>> = {
  running: "run",
  published: "ok",
  unchanged: "wait",
  refused: "warn",
  failed: "fail",
  "cut off": "fail",
};

const columns: readonly Column<MapRun>[] = [
  {
    key: "state",
    label: "state",
    value: (r) => r.state,
    cell: (r) => <Pill tone={TONE[r.state]}>{r.state}</Pill>,
  },
  { key: "map", label: "map", mono: true, value: (r) => r.map },
  { key: "because", label: "because", value: (r) => r.because },
  { key: "who", label: "by", value: (r) => r.who },
  { key: "started", label: "started", value: (r) => r.startedAt, cell: (r) => formatMoment(r.startedAt) },
  {
    key: "took",
    label: "took",
    numeric: true,
    value: (r) => r.durationS,
    cell: (r) => (r.durationS === null ? "–" : formatDuration(1000 * r.durationS)),
  },
  { key: "created", label: "new versions", numeric: true, value: (r) => r.created.length },
  {
    key: "config",
    label: "settings",
    mono: true,
    value: (r) => r.configSha256,
    cell: (r) => <CopyId id={r.configSha256} shown={r.configSha256.slice(0, 8)} />,
  },
  {
    key: "why",
    label: "why not",
    value: (r) => r.problem?.message ?? r.reasons.join("; "),
    cell: (r) => <span className="clip">{r.problem?.message ?? r.reasons.join("; ")}</span>,
  },
];

/** One run: its steps, what it made, what stood against it, its log. */
function Run({ id }: { id: string }) {
  const query = useMapRun(id);
  return (
    <Answer query={query}>
      {({ run, log }) => (
        <div className="bd stack">
          <dl className="facts">
            <dt>run</dt>
            <dd>
              <CopyId id={run.id} /> on {run.host}, code <span className="mono">{run.codeVersion}</span>
            </dd>
            <dt>steps</dt>
            <dd>
              {run.steps
                .map(
                  ({ name, seconds, reused }) => `${name} ${formatDuration(1000 * seconds)}${reused ? " (kept)" : ""}`,
                )
                .join(" · ") || "none yet"}
            </dd>
            <dt>groups</dt>
            <dd>
              {run.groups.length === 0 ? "none" : null}
              {run.groups.map(({ id: group, version }) => {
                const name = `${group}@${version}`;
                return (
                  <span key={name}>
                    <Link className="link mono" href={groupPath(name)}>
                      {name}
                    </Link>
                    {run.created.includes(name) ? " new" : ""}{" "}
                  </span>
                );
              })}
            </dd>
            <dt>uploaded</dt>
            <dd>
              {formatBytes(run.uploadedBytes)}
              {run.revision === null ? "" : `, revision ${run.revision} of the catalogue`}
            </dd>
          </dl>
          {run.reasons.map((reason) => (
            <div key={reason} className="warn-ink">
              {reason}
            </div>
          ))}
          {run.problem === null ? null : (
            <div className="error-box">
              <span className="mono fail-ink">{run.problem.code}</span> {run.problem.message}
            </div>
          )}
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a log that scrolls is scrolled by keys too */}
          <pre className="log" role="log" tabIndex={0} aria-label="log of the run">
            {log.join("\n") || "nothing was written"}
          </pre>
        </div>
      )}
    </Answer>
  );
}

/** Schedules of this process, each to be run now. */
function Schedules({ schedules }: Pick<MapRunList, "schedules">) {
  const client = useQueryClient();
  const ask = useMutation({
    mutationFn: (map: string) => send<{ run: string }>(address("/maps/runs"), { map }),
    onSuccess: ({ run }) => toast(`Run ${run} was asked for`),
    onSettled: () => client.invalidateQueries({ queryKey: ["groups", "", "runs"] }),
  });
  return (
    <div className="bd stack tight">
      {schedules.map(({ map, cron, timeZone, nextAt }) => (
        <div key={map} className="row">
          <span className="mono">{map}</span>
          <span className="dim">
            {cron} ({timeZone}){nextAt === null ? "" : `, next ${formatMoment(nextAt)}`}
          </span>
          <button type="button" className="btn" disabled={ask.isPending} onClick={() => ask.mutate(map)}>
            build {map} now
          </button>
        </div>
      ))}
      {ask.isError ? <Failed error={ask.error} /> : null}
    </div>
  );
}

/** History of the builds of maps, newest first; one of them with its log. */
export function MapBuilds() {
  const { params, change } = useUrlState();
  const query = useMapRuns();
  return (
    <Answer query={query}>
      {({ runs, schedules }) => (
        <Card title="Builds" flush>
          {schedules.length === 0 ? null : <Schedules schedules={schedules} />}
          {runs.length === 0 ? (
            <Empty title="No build is on record">
              <p>
                <code>artesian map run --config map.yml</code> builds and publishes with a record;{" "}
                <code>artesian map watch</code> does so on a schedule.
              </p>
            </Empty>
          ) : (
            <DataTable
              caption="Builds of maps"
              columns={columns}
              rows={runs}
              rowKey={(r) => r.id}
              selected={params.run}
              onOpen={(r) => change({ run: r.id === params.run ? null : r.id }, { replace: params.run !== undefined })}
              maxHeight={260}
            />
          )}
          {params.run === undefined ? null : <Run id={params.run} key={params.run} />}
        </Card>
      )}
    </Answer>
  );
}
