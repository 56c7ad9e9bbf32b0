import type { MapGroup, MapList, MapStatus } from "@artesian/server/api.ts";
import { Link, useLocation } from "wouter";
import { useMapGroups, useMapStatus } from "../api/map-queries.ts";
import { useMaps } from "../api/queries.ts";
import { formatBytes, formatCount, formatFixed, formatMoment, plural } from "../model/format.ts";
import { type Column, DataTable } from "../ui/data-table.tsx";
import { usePage } from "../ui/page.ts";
import { Card } from "../ui/parts.tsx";
import { Pill } from "../ui/pill.tsx";
import { Answer, Empty } from "../ui/states.tsx";
import { MapBanner } from "./map-banner.tsx";
import { MapBuilds } from "./map-builds.tsx";
import { GroupActions, MapLayersCard } from "./map-store.tsx";

const ABOUT =
  "Groups of the store of maps, each with the version that is shown, where it is kept, and whether that is what the store says; below, the small map of each experiment.";

const groupColumns: readonly Column<MapGroup>[] = [
  {
    key: "label",
    label: "group",
    value: (g) => g.label,
    cell: (g) => (
      <>
        <Link className="link" href={g.href}>
          {g.label}
        </Link>
        {g.isDefault ? <span className="faint"> · default</span> : null}
      </>
    ),
  },
  { key: "id", label: "id", mono: true, value: (g) => g.id },
  {
    key: "version",
    label: "version",
    mono: true,
    value: (g) => g.version.version,
    cell: (g) => g.version.version.slice(0, 8),
  },
  {
    key: "created",
    label: "built",
    value: (g) => g.version.created,
    cell: (g) => <span className="row nowrap">{formatMoment(g.version.created)}</span>,
  },
  { key: "rows", label: "rows", numeric: true, value: (g) => g.version.rows, cell: (g) => formatCount(g.version.rows) },
  {
    key: "recall",
    label: "recall",
    numeric: true,
    value: (g) => g.version.recall[0]?.recall,
    cell: (g) => (
      <span title={g.version.recall.map(({ source, recall }) => `${source} ${formatFixed(recall, 3)}`).join(", ")}>
        {formatFixed(g.version.recall[0]?.recall, 3)}
      </span>
    ),
  },
  { key: "versions", label: "versions", numeric: true, value: (g) => g.versions },
  {
    key: "size",
    label: "size",
    numeric: true,
    value: (g) => g.version.sizeBytes,
    cell: (g) => formatBytes(g.version.sizeBytes),
  },
  {
    key: "layers",
    label: "kept",
    value: (g) => `${g.layers.store} ${g.layers.local}`,
    cell: (g) => (
      <span className="faint">
        {g.layers.store === "here" ? "" : "store out of reach · "}
        {g.layers.local === "not needed" ? "" : `copy ${g.layers.local} · `}memory {formatBytes(g.layers.memoryBytes)}
      </span>
    ),
  },
  {
    key: "state",
    label: "state",
    value: (g) => g.drift ?? g.layers.store,
    cell: (g) =>
      g.drift === null ? (
        <Pill tone={g.layers.store === "here" ? "ok" : "warn"}>
          {g.layers.store === "here" ? "as the store" : "as last seen"}
        </Pill>
      ) : (
        <span title={g.drift}>
          <Pill tone="warn">drift</Pill>
        </span>
      ),
  },
  { key: "actions", label: "copy", value: () => "", cell: (g) => <GroupActions group={g} /> },
];

const columns: readonly Column<MapList["maps"][number]>[] = [
  {
    key: "name",
    label: "map of experiment",
    value: (m) => m.name,
    cell: (m) => (
      <Link className="link" href={m.href}>
        {m.name}
      </Link>
    ),
  },
  { key: "id", label: "id", mono: true, value: (m) => m.experimentId },
  { key: "perturbations", label: "perturbations", numeric: true, value: (m) => m.perturbations },
  { key: "made", label: "made", numeric: true, value: (m) => m.madeAt, cell: (m) => formatMoment(m.madeAt) },
];

function Groups({ status }: { status: MapStatus }) {
  const [, navigate] = useLocation();
  const query = useMapGroups(status.store !== null);
  if (status.store === null)
    return (
      <Card title="Groups">
        <Empty title="No store of maps">
          <p>
            Build a map with <code>artesian map build</code> and publish it into this data folder's maps/, or start with{" "}
            <code>artesian serve --maps PLACE</code>.
          </p>
        </Empty>
      </Card>
    );
  return (
    <Answer query={query}>
      {({ groups, store, revision }) => (
        <Card
          title="Groups"
          aside={
            <span className="faint push">
              {store} · revision {revision}
            </span>
          }
          flush
        >
          {groups.length === 0 ? (
            status.problems.some(({ part }) => part === "store" || part === "catalog") ? (
              <Empty title="Not known now">
                <p>The catalogue of the store cannot be read; what it holds is shown when it can.</p>
              </Empty>
            ) : (
              <Empty title="Nothing published yet">
                <p>artesian map publish puts the first group here.</p>
              </Empty>
            )
          ) : (
            <DataTable
              caption="Groups"
              columns={groupColumns}
              rows={groups}
              rowKey={(g) => g.id}
              onOpen={(g) => navigate(g.href)}
            />
          )}
        </Card>
      )}
    </Answer>
  );
}

/** All maps: groups of the store, then those of experiments. */
export default function MapsPage() {
  usePage([{ label: "Maps" }], ABOUT);
  const status = useMapStatus();
  const query = useMaps();
  const [, navigate] = useLocation();
  return (
    <>
      <div className="row">
        <h1>Maps</h1>
        <span className="dim">{query.data ? plural(query.data.maps.length, "experiment") : ""}</span>
        <Link className="btn push" href="/maps/hypotheses">
          Kept hypotheses
        </Link>
      </div>
      <MapBanner />
      <Answer query={status}>
        {(state) => (
          <>
            <Groups status={state} />
            {state.store === null ? null : (
              <>
                <MapBuilds />
                <MapLayersCard status={state} />
              </>
            )}
          </>
        )}
      </Answer>
      <Answer query={query}>
        {(data) => (
          <Card title="Maps of experiments" flush>
            {data.maps.length === 0 ? (
              <Empty title="No map yet">
                <p>
                  Each experiment gets its map of perturbations when its wells are complete: similar ones red, opposite
                  ones blue.
                </p>
              </Empty>
            ) : (
              <DataTable
                caption="Maps"
                columns={columns}
                rows={data.maps}
                rowKey={(m) => m.experimentId}
                onOpen={(m) => navigate(m.href)}
              />
            )}
          </Card>
        )}
      </Answer>
    </>
  );
}
