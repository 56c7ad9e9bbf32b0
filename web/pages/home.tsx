import type { Home } from "@artesian/server/api.ts";
import { Link, useLocation } from "wouter";
import { useHome } from "../api/queries.ts";
import { formatAge, formatCount, formatProgress, plural } from "../model/format.ts";
import { isOfImages } from "../model/run-counts.ts";
import { Command } from "../ui/copy.tsx";
import { Findings } from "../ui/findings.tsx";
import { usePage } from "../ui/page.ts";
import { Bar, Card } from "../ui/parts.tsx";
import { ExperimentPill, RunPill } from "../ui/pill.tsx";
import { Answer, Empty, Skeleton } from "../ui/states.tsx";
import { startTour } from "../ui/tour.tsx";
import { useNow } from "../ui/use-now.ts";

const ABOUT =
  "What needs a person comes first, then what was found, then what is under way. Numbers in sentences link to their evidence: pixels, dose curves, the map. At the end stands how to start with a folder of your own.";

/** What was found, what needs a person, as sentences. */
function Found({ home }: { home: Home }) {
  const attention = home.findings.filter((f) => f.severity === "attention");
  const found = home.findings.filter((f) => f.severity === "finding");
  const under = home.findings.filter((f) => f.severity === "progress");
  return (
    <div className="stack" data-tour="findings">
      {attention.length > 0 ? (
        <Card title="Needs attention" aside={<span className="pill warn">{attention.length}</span>} flush>
          <Findings findings={attention} limit={6} />
        </Card>
      ) : null}
      {found.length > 0 ? (
        <Card title="Found" flush>
          <Findings findings={found} limit={8} />
        </Card>
      ) : null}
      {under.length > 0 ? (
        <Card title="Progress" flush>
          <Findings findings={under} limit={4} />
        </Card>
      ) : null}
      {home.findings.length === 0 ? (
        <Card title="Findings">
          <p className="dim">
            {home.running.some(isOfImages)
              ? "The first images are being measured; the first sentence comes with the first finished well."
              : home.running.length > 0
                ? "Sentences are made of wells and their cells. The runs below say themselves how far they are."
                : "Nothing has been analysed yet. Drop a folder, as said below."}
          </p>
        </Card>
      ) : null}
    </div>
  );
}

function Running({ home }: { home: Home }) {
  return (
    <Card title="Running" flush>
      {home.running.length === 0 ? (
        <div className="bd dim">Nothing is running.</div>
      ) : (
        <table className="data">
          <caption className="visually-hidden">Running runs</caption>
          <tbody>
            {home.running.map((run) => (
              <tr key={run.id}>
                <td>
                  <Link className="link" href={run.href}>
                    {run.name}
                  </Link>
                </td>
                <td>
                  <RunPill state={run.state} />
                </td>
                <td style={{ width: "34%" }}>
                  <Bar
                    done={run.tasks.done}
                    total={run.tasks.total}
                    label={`tasks of ${run.name}`}
                    {...(run.tasks.failed > 0 ? { tone: "fail" } : {})}
                  />
                </td>
                <td className="num dim">
                  {run.tasks.failed > 0 ? (
                    <span className="fail-ink">{formatCount(run.tasks.failed)} failed · </span>
                  ) : null}
                  {formatProgress(run.tasks.done, run.tasks.total)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Card>
  );
}

function Recent({ home }: { home: Home }) {
  const now = useNow(10_000);
  const [, navigate] = useLocation();
  return (
    <Card title="Recent experiments" flush>
      {home.recent.length === 0 ? (
        <Empty title="No experiment yet">
          <p>An experiment appears with its first image.</p>
        </Empty>
      ) : (
        <table className="data">
          <caption className="visually-hidden">Recent experiments</caption>
          <thead>
            <tr>
              <th scope="col">experiment</th>
              <th scope="col">state</th>
              <th scope="col" className="num">
                plates
              </th>
              <th scope="col" className="num">
                wells
              </th>
              <th scope="col" className="num">
                images
              </th>
              <th scope="col" className="num">
                changed
              </th>
            </tr>
          </thead>
          <tbody>
            {home.recent.map((experiment) => (
              <tr
                key={experiment.id}
                className="opens"
                onClick={(event) =>
                  event.target instanceof Element && !event.target.closest("a") && navigate(experiment.href)
                }
              >
                <td>
                  <Link className="link" href={experiment.href}>
                    {experiment.name}
                  </Link>
                </td>
                <td>
                  <ExperimentPill state={experiment.state} />
                </td>
                <td className="num">{formatProgress(experiment.plates.done, experiment.plates.total)}</td>
                <td className="num">{formatProgress(experiment.wells.done, experiment.wells.total)}</td>
                <td className="num">{formatProgress(experiment.images.done, experiment.images.total)}</td>
                <td className="num dim">{formatAge(now - new Date(experiment.updatedAt).getTime())}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Card>
  );
}

/** The way from the demonstration to one's own plates. */
function Yours({ home }: { home: Home }) {
  return (
    <Card
      title="Now yours: drop a folder"
      aside={home.start.watching ? <span className="dim">watching {home.start.watching}</span> : undefined}
    >
      <div className="stack">
        <p className="dim">
          {home.start.watching
            ? "Images that appear in the watched folder are taken up by themselves. Another folder is watched with"
            : "Watch an instrument's folder: files are taken up as they appear, in any order, and everything follows by itself."}
        </p>
        <Command text={home.start.watchCommand} />
        <p className="dim">Or analyse a folder that is complete, with its plate layout:</p>
        <Command text={home.start.runCommand} />
      </div>
    </Card>
  );
}

/** Home: findings, what runs, what needs a person, how to start. */
export function HomePage() {
  usePage([{ label: "Home" }], ABOUT);
  const query = useHome();
  const failed = query.data?.running.reduce((sum, { tasks }) => sum + tasks.failed, 0) ?? 0;
  return (
    <Answer
      query={query}
      skeleton={
        <>
          <Skeleton height={26} />
          <Skeleton height={180} />
          <Skeleton height={140} />
        </>
      }
    >
      {(home) => (
        <>
          <div className="row">
            <h1>Home</h1>
            <span className="dim">
              {home.live.attention > 0
                ? `${plural(home.live.attention, "thing needs", "things need")} attention`
                : failed > 0
                  ? `${plural(failed, "task")} failed`
                  : "nothing needs attention"}
              {home.live.running > 0 ? ` · ${plural(home.live.running, "run")} under way` : ""}
            </span>
            <button type="button" className="btn push" onClick={startTour}>
              Take the tour
            </button>
          </div>
          <Found home={home} />
          <Running home={home} />
          <Recent home={home} />
          <Yours home={home} />
        </>
      )}
    </Answer>
  );
}
