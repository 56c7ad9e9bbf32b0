import { Link } from "wouter";
import { useMapWhy } from "../api/map-queries.ts";
import { formatCount } from "../model/format.ts";
import { groupPath, mapHref } from "../model/map-address.ts";
import { FilterBox } from "../ui/filter-box.tsx";
import { usePage } from "../ui/page.ts";
import { Card } from "../ui/parts.tsx";
import { Pill, type Tone } from "../ui/pill.tsx";
import { Answer } from "../ui/states.tsx";
import { useUrlState } from "../ui/use-url.ts";
import { GroupTabs } from "./group-tabs.tsx";

const ABOUT = "Walks from a name to the map, step by step, to the first one that fails, and says what to do about it.";
const TONE: Readonly<Record<string, Tone>> = {
  passed: "ok",
  failed: "fail",
  "not looked at": "wait",
  "not reached": "wait",
};

/** Why something is not on the map. */
export default function GroupWhyPage({ group }: { group: string }) {
  usePage(
    [{ label: "Maps", href: "/maps" }, { label: group, href: groupPath(group) }, { label: "Why missing" }],
    ABOUT,
  );
  const { params } = useUrlState();
  const name = params.name;
  const query = useMapWhy(group, name);
  return (
    <>
      <h1>Why is {name ?? "it"} missing?</h1>
      <GroupTabs group={group} current="why" />
      <FilterBox label="a gene or compound" name="name" />
      {name === undefined ? (
        <p className="dim">Name what you looked for.</p>
      ) : (
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
                    {step.link?.startsWith("/") ? (
                      <Link className="link" href={step.link}>
                        open →
                      </Link>
                    ) : null}
                  </li>
                ))}
              </ol>
              {Object.entries(why.dropped).map(([reason, units]) => (
                <p key={reason} className="dim">
                  {formatCount(units)} of its wells were left out: {reason}
                </p>
              ))}
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
      )}
    </>
  );
}
