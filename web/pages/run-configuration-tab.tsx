import type { RunDetail } from "@artesian/server/api.ts";
import { formatDuration, formatMoment } from "../model/format.ts";
import { CopyId } from "../ui/copy.tsx";
import { Card } from "../ui/parts.tsx";

/** What the run was given and which plan it follows. */
export function RunConfigurationTab({ run }: { run: RunDetail }) {
  const args = Object.entries(run.args);
  return (
    <Card title="Configuration">
      <dl className="facts">
        <dt>run</dt>
        <dd>
          <CopyId id={run.id} />
        </dd>
        <dt>workflow</dt>
        <dd>{run.workflow}</dd>
        <dt>plan</dt>
        <dd>{run.planHash ? <CopyId id={run.planHash} /> : "not recorded"}</dd>
        <dt>data</dt>
        <dd>{run.data}</dd>
        <dt>started</dt>
        <dd>
          {formatMoment(run.startedAt)} by {run.who}
        </dd>
        <dt>finished</dt>
        <dd>
          {run.finishedAt ? `${formatMoment(run.finishedAt)}, after ${formatDuration(run.durationMs)}` : "not yet"}
        </dd>
        {args.map(([name, value]) => (
          <div key={name} style={{ display: "contents" }}>
            <dt>{name}</dt>
            <dd className="mono-value">{typeof value === "string" ? value : JSON.stringify(value)}</dd>
          </div>
        ))}
      </dl>
    </Card>
  );
}
