import { Link } from "wouter";
import { useMapWhy } from "../api/map-queries.ts";
import { formatCount, plural } from "../model/format.ts";
import { mapHref } from "../model/map-address.ts";
import { Card } from "../ui/parts.tsx";
import { Pill, type Tone } from "../ui/pill.tsx";
import { Answer } from "../ui/states.tsx";
import { useUrlState } from "../ui/use-url.ts";
import { GroupFrame } from "./group-frame.tsx";
import { RowPicker } from "./row-picker.tsx";

const ABOUT = "Walks from a name to the map, step by step, to the first one that fails, and says what to do about it.";
const TONE: Readonly<Record<string, Tone>> = {
  passed: "ok",
  failed: "fail",
  "not looked at": "wait",
  "not reached": "wait",
};

function Why({ group, name, rows }: { group: string; name: string; rows: string | undefined }) {
  const query = useMapWhy(group, name, rows);
  return (
    <Answer query={query}>
      {(why) => (
        <Card title={why.sentence}>
          <p>{why.remedy}</p>
          <ol className="steps">
            {why.steps.map((step) => (
              <li key={step.step} className="row">
                <Pill tone={TONE[step.outcome] ?? "wait"}>{step.outcome}</Pill>
                <b>{step.step}</b>
                <span className="dim">{step.words}</span>
                {step.links.map(({ text, href }) => (
                  <Link key={href} className="link" href={href}>
                    {text} →
                  </Link>
                ))}
              </li>
            ))}
          </ol>
          {Object.entries(why.dropped).map(([reason, units]) => (
            <p key={reason} className="dim">
              {formatCount(units)} of its wells were left out: {reason}
            </p>
          ))}
          {why.plates.length === 0 ? null : (
            <p className="dim">
              Its wells:{" "}
              {why.plates.map(({ experiment, plate, kept, dropped, href }, k) => (
                <span key={`${experiment}/${plate}`}>
                  {k === 0 ? "" : "; "}
                  {href === null ? <span className="mono">{plate}</span> : <Link href={href}>{plate}</Link>}
                  {experiment === null ? "" : ` of ${experiment}`}: {plural(kept, "well")}
                  {dropped > 0 ? `, ${formatCount(dropped)} left out` : ""}
                </span>
              ))}
            </p>
          )}
          {why.otherVersions.map((version) => (
            <p key={version}>
              <Link className="link" href={mapHref(version, [name])}>
                {version} has it →
              </Link>
            </p>
          ))}
        </Card>
      )}
    </Answer>
  );
}

/** Why something is not on the map. */
export default function GroupWhyPage({ group }: { group: string }) {
  const { params } = useUrlState();
  const { name } = params;
  return (
    <GroupFrame group={group} tab="why" about={ABOUT}>
      {() => (
        <>
          <div className="row">
            <h2>Why is {name ?? "it"} missing?</h2>
            <RowPicker group={group} label="name" name="name" otherwise="a gene or compound" />
          </div>
          {name === undefined ? (
            <p className="dim">
              Name what you looked for: as you would say it, as it was pasted, as a library writes it.
            </p>
          ) : (
            <Why group={group} name={name} rows={params.rows} key={name} />
          )}
        </>
      )}
    </GroupFrame>
  );
}
