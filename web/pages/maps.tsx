import type { MapList } from "@artesian/server/api.ts";
import { Link, useLocation } from "wouter";
import { useMaps } from "../api/queries.ts";
import { formatMoment, plural } from "../model/format.ts";
import { type Column, DataTable } from "../ui/data-table.tsx";
import { usePage } from "../ui/page.ts";
import { Card } from "../ui/parts.tsx";
import { Answer, Empty } from "../ui/states.tsx";

const ABOUT =
  "One map an experiment: cosine similarity of all its perturbations, similar ones red and opposite ones blue.";

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

/** All maps. */
export default function MapsPage() {
  usePage([{ label: "Maps" }], ABOUT);
  const query = useMaps();
  const [, navigate] = useLocation();
  return (
    <>
      <div className="row">
        <h1>Maps</h1>
        <span className="dim">{query.data ? plural(query.data.maps.length, "map") : ""}</span>
      </div>
      <Answer query={query}>
        {(data) => (
          <Card flush label="maps">
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
