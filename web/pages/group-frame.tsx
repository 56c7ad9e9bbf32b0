import type { MapGroupDetail } from "@artesian/server/api.ts";
import { useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Link, useLocation } from "wouter";
import { useMapGroup, useMapGroups, useMapHealth } from "../api/map-queries.ts";
import { plural } from "../model/format.ts";
import { carriedOver, groupPath, splitGroup } from "../model/map-address.ts";
import { changeParams } from "../model/url-state.ts";
import { Select } from "../ui/choice.tsx";
import { usePage } from "../ui/page.ts";
import { Tabs } from "../ui/parts.tsx";
import { Pill } from "../ui/pill.tsx";
import { Answer, Skeleton } from "../ui/states.tsx";
import { toast } from "../ui/toast.tsx";
import { useUrlState } from "../ui/use-url.ts";
import { MapBanner } from "./map-banner.tsx";

const TABS = [
  { key: "map", label: "Map", page: "" },
  { key: "hypotheses", label: "Hypotheses", page: "/hypotheses" },
  { key: "health", label: "Benchmarks and health", page: "/health" },
  { key: "compare", label: "Compare versions", page: "/compare" },
  { key: "why", label: "Why is X missing?", page: "/why" },
] as const;

/** A page of a group version. */
export type GroupTab = (typeof TABS)[number]["key"];

/** Copies the link that gives the same view back, whatever is published later. */
async function share(group: string, page: string): Promise<void> {
  const link = `${window.location.origin}${groupPath(group, page)}${window.location.search}`;
  await navigator.clipboard.writeText(link).then(
    () => toast("Link copied: it keeps this view and this version"),
    () => toast(link),
  );
}

/** Whether its vectors are sound; asked once all else is here. */
function Soundness({ group, settled }: { group: string; settled: boolean }) {
  const health = useMapHealth(group, settled);
  const warnings = health.data?.health.warnings;
  const href = groupPath(group, "/health");
  if (warnings === undefined) return null;
  return (
    <Link href={href} title={warnings.join(" ") || "norms, duplicates, spectrum and cosines look as they should"}>
      {warnings.length === 0 ? <Pill tone="ok">healthy</Pill> : <Pill tone="warn">look at its health</Pill>}
    </Link>
  );
}

function Head({
  group,
  detail,
  tab,
  settled,
}: {
  group: string;
  detail: MapGroupDetail;
  tab: GroupTab;
  settled: boolean;
}) {
  const [, navigate] = useLocation();
  const groups = useMapGroups();
  const { id, version } = splitGroup(group);
  const page = TABS.find(({ key }) => key === tab)!.page;
  const pinned = `${id}@${detail.by.version}`;
  const { benchmark } = detail;
  const go = (to: string): void => navigate(`${groupPath(to, page)}${carriedOver(window.location.search)}`);
  const known = groups.data?.groups ?? [detail.group];
  return (
    <div className="row group-head">
      <h1>{detail.by.label}</h1>
      <Select
        label="group"
        hideLabel
        value={id}
        options={known.map((one) => ({ value: one.id, label: one.id }))}
        onChange={go}
      />
      <Select
        label="version"
        hideLabel
        value={version ?? detail.by.version}
        options={detail.versions.map((one) => ({
          value: one.version,
          label: `${one.isServed ? "current" : one.created.slice(0, 10)} · ${one.version.slice(0, 8)}`,
        }))}
        onChange={(value) => go(`${id}@${value}`)}
      />
      {detail.group.drift === null ? null : (
        <span title={detail.group.drift}>
          <Pill tone="warn">not what the store says</Pill>
        </span>
      )}
      <Soundness group={pinned} settled={settled} />
      <span className="dim">
        {plural(benchmark.genes, "gene")} of {plural(benchmark.perturbations, "perturbation")}
      </span>
      <span className="row push">
        <button type="button" className="btn" onClick={() => void share(pinned, page)}>
          Share view
        </button>
      </span>
    </div>
  );
}

/** Says that a newer version is there; what is on the page stays what it is until somebody wants it. */
function News({ group, detail }: { group: string; detail: MapGroupDetail }) {
  const groups = useMapGroups();
  const client = useQueryClient();
  const served = groups.data?.groups.find(({ id }) => id === detail.by.id)?.version.version;
  if (splitGroup(group).version !== undefined || served === undefined || served === detail.by.version) return null;
  return (
    <div className="stale row" role="status">
      <span>
        Version <span className="mono">{served.slice(0, 8)}</span> was published; you see{" "}
        <span className="mono">{detail.by.version.slice(0, 8)}</span>.
      </span>
      <button
        type="button"
        className="btn quiet"
        onClick={() => void client.invalidateQueries({ queryKey: ["groups", "", group] })}
      >
        Show it
      </button>
      <Link className="link" href={groupPath(group, "/compare")}>
        what changed →
      </Link>
    </div>
  );
}

/**
 * Every page of a group: which group and version, whether it is sound, its tabs; then the page with the group in full.
 * The page asks the version that it began with, whatever is published meanwhile: rows are numbered anew in each.
 * @param settled what takes time and is not this page's own matter may be asked for
 */
export function GroupFrame(props: {
  group: string;
  tab: GroupTab;
  about: string;
  settled?: boolean;
  children: (detail: MapGroupDetail, pinned: string) => ReactNode;
}) {
  const { group, tab } = props;
  const query = useMapGroup(group);
  const { id } = splitGroup(group);
  const { params } = useUrlState();
  // What the map shows is a reason why something is not seen on it; from there the tabs lead back to the same rows.
  const { rows, columns } = params;
  const shown = changeParams("", { rows, columns });
  const { label, page } = TABS.find(({ key }) => key === tab)!;
  usePage(
    [
      { label: "Maps", href: "/maps" },
      { label: query.data?.by.label ?? id, ...(page === "" ? {} : { href: groupPath(group) }) },
      ...(page === "" ? [] : [{ label }]),
    ],
    props.about,
  );
  return (
    <>
      <MapBanner />
      <Answer query={query} skeleton={<Skeleton height={600} />}>
        {(detail) => (
          <>
            <News group={group} detail={detail} />
            <Head group={group} detail={detail} tab={tab} settled={props.settled ?? true} />
            <Tabs
              label="pages of this group"
              tabs={TABS.map((one) => ({
                label: one.label,
                href: groupPath(group, one.page) + (one.key === "map" || one.key === "why" ? shown : ""),
                current: one.key === tab,
              }))}
            />
            {props.children(detail, `${detail.by.id}@${detail.by.version}`)}
          </>
        )}
      </Answer>
      {query.isError && query.data === undefined ? (
        <Link className="link" href="/maps">
          All groups →
        </Link>
      ) : null}
    </>
  );
}
