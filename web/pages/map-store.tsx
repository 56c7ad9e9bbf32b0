import type { EvictAnswer, MapGroup, MapStatus } from "@artesian/server/api.ts";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "wouter";
import { address, send } from "../api/client.ts";
import { useMapCache } from "../api/map-queries.ts";
import { formatBytes, formatMoment } from "../model/format.ts";
import { groupPath } from "../model/map-address.ts";
import { DataTable } from "../ui/data-table.tsx";
import { Bar, Card } from "../ui/parts.tsx";
import { Failed } from "../ui/states.tsx";
import { toast } from "../ui/toast.tsx";

const EVICT = "/maps/cache/evict";
const REFRESH = "/maps/cache/refresh";

/** What can be done with a group of the catalogue: compare its versions, bring a copy here, give it back. */
export function GroupActions({ group }: { group: MapGroup }) {
  const client = useQueryClient();
  const name = `${group.id}@${group.version.version}`;
  const renew = (): void => void client.invalidateQueries({ queryKey: ["groups", ""] });
  const [asking, setAsking] = useState<EvictAnswer>();
  const look = useMutation({
    mutationFn: () => send<EvictAnswer>(address(EVICT), { group: name, dryRun: true }),
    onSuccess: setAsking,
  });
  const evict = useMutation({
    mutationFn: () => send<EvictAnswer>(address(EVICT), { group: name }),
    onSuccess: ({ freedBytes, memoryBytes }) => {
      setAsking(undefined);
      toast(
        `${formatBytes(freedBytes)} of disk and ${formatBytes(memoryBytes)} of memory given back; reload brings it here again`,
      );
    },
    onSettled: renew,
  });
  const reload = useMutation({
    mutationFn: () => send<{ changed: boolean; revision: number }>(address(REFRESH), { group: group.id }),
    onSuccess: ({ revision }) => toast(`${group.id} is as revision ${revision} of the store says`),
    onSettled: renew,
  });
  const error = look.error ?? evict.error ?? reload.error;
  const busy = look.isPending || evict.isPending || reload.isPending;
  if (asking !== undefined)
    return (
      <span className="row nowrap" role="alertdialog" aria-label={`give ${group.id} back`}>
        <span className="dim">
          frees {formatBytes(asking.freedBytes)} of disk, {formatBytes(asking.memoryBytes)} of memory
        </span>
        <button type="button" className="btn" disabled={busy} onClick={() => evict.mutate()}>
          Evict
        </button>
        <button type="button" className="btn quiet" onClick={() => setAsking(undefined)}>
          keep
        </button>
      </span>
    );
  return (
    <span className="row nowrap actions">
      <button
        type="button"
        className="btn quiet"
        disabled={busy}
        title="look at the store now, and bring a copy of this group here"
        aria-label={`reload ${group.id}`}
        onClick={() => reload.mutate()}
      >
        {reload.isPending ? "fetching" : "reload"}
      </button>
      <button
        type="button"
        className="btn quiet"
        disabled={busy}
        title="give its memory and its copy on this machine back; asks before it does"
        aria-label={`evict ${group.id}`}
        onClick={() => look.mutate()}
      >
        evict
      </button>
      {group.versions > 1 ? (
        <Link className="btn quiet" href={groupPath(group.id, "/compare")}>
          compare
        </Link>
      ) : null}
      {error === null || error === undefined ? null : <Failed error={error} />}
    </span>
  );
}

/** How full the layers are, and what was given back by whom. */
export function MapLayersCard({ status }: { status: MapStatus }) {
  const cache = useMapCache(status.store !== null);
  const evictions = cache.data?.evictions ?? [];
  const { local, memory } = status;
  return (
    <Card title="Layers" flush>
      <dl className="facts bd layers">
        <dt>memory</dt>
        <dd>
          <Bar done={memory.heldBytes} total={memory.budgetBytes} label="memory used" /> {formatBytes(memory.heldBytes)}{" "}
          of {formatBytes(memory.budgetBytes)}
        </dd>
        <dt>copies on this machine</dt>
        <dd>
          {local === null ? (
            "not needed: the store is a folder of this machine"
          ) : (
            <>
              <Bar done={local.heldBytes} total={local.budgetBytes} label="disk used by copies" />{" "}
              {formatBytes(local.heldBytes)} of {formatBytes(local.budgetBytes)}
            </>
          )}
        </dd>
        <dt>store last seen</dt>
        <dd>{formatMoment(status.seenAt)}</dd>
        <dt>Redis</dt>
        <dd>{status.redis}</dd>
      </dl>
      {evictions.length === 0 ? null : (
        <DataTable
          caption="Evictions"
          rows={evictions}
          rowKey={(e) => `${e.at}${e.name}`}
          maxHeight={200}
          columns={[
            { key: "at", label: "evicted", value: (e) => e.at, cell: (e) => formatMoment(e.at) },
            { key: "name", label: "group version", mono: true, value: (e) => e.name },
            { key: "by", label: "by", value: (e) => e.actor },
            {
              key: "freed",
              label: "freed",
              numeric: true,
              value: (e) => e.freedBytes,
              cell: (e) => formatBytes(e.freedBytes),
            },
            { key: "why", label: "why", value: (e) => e.reason },
          ]}
        />
      )}
    </Card>
  );
}
