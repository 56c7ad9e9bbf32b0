import type { MapRow } from "@artesian/server/api.ts";
import { Link } from "wouter";
import { FunnelBar } from "../charts/funnel-bar.tsx";
import { asPageError } from "../errors.ts";
import { funnelQuery } from "../model/funnel.ts";
import { groupPath } from "../model/map-address.ts";
import { useUrlState } from "../ui/use-url.ts";
import { useFunnel } from "./use-funnel.ts";

/** The funnel in one line over the map, with the pairs of the chosen row; a link to all of it. */
export function FunnelLine({ group, of, enabled }: { group: string; of: MapRow | undefined; enabled: boolean }) {
  const { params } = useUrlState();
  const settings = funnelQuery(params);
  const query = { ...settings, limit: "1", ...(of ? { with: of.perturbation } : {}) };
  const { counts, funnel, error } = useFunnel(group, query, enabled);
  const search = new URLSearchParams({ ...settings, ...(of ? { with: of.perturbation } : {}) }).toString();
  const href = `${groupPath(group, "/hypotheses")}${search === "" ? "" : `?${search}`}`;
  return (
    <div className="row funnel-line">
      <Link className="link" href={href}>
        Funnel
      </Link>
      {error !== undefined ? (
        <span className="faint">{asPageError(error).message}</span>
      ) : counts.length === 0 ? (
        <span className="faint" role="status">
          {enabled ? "counting" : "counted once the map is here"}
        </span>
      ) : (
        <FunnelBar counts={counts} counting={funnel === undefined} with={funnel?.with ?? null} href={href} />
      )}
    </div>
  );
}
