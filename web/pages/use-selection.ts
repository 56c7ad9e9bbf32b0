import { percentileOf } from "@artesian/maps/percentile.ts";
import type { MapSelection } from "@artesian/server/api.ts";
import { useEffect, useMemo, useState } from "react";
import { send } from "../api/client.ts";
import { groupAddress, useMapQuantiles } from "../api/map-queries.ts";
import { openTiles, type TileSource } from "../api/map-tiles.ts";

interface Selected {
  source: TileSource | undefined;
  /** Every cell is here. */
  complete: boolean;
  /** All that will come is here: of a map that is too large for its cells, the view from afar. */
  settled: boolean;
  error: unknown;
  /** 1,001 quantiles of the group's cosines; empty until they are here. */
  quantiles: readonly number[];
  percentile: (cosine: number) => number;
}

/** Cells of a heat map from the server, tile by tile. */
export function useSelection(group: string, rows: readonly string[], columns: readonly string[]): Selected {
  const [state, setState] = useState<{ key: string; source?: TileSource; complete?: boolean; error?: unknown }>({
    key: "",
  });
  const key = JSON.stringify([group, rows, columns]);
  const told = useMapQuantiles(group);
  const quantiles = useMemo(() => told.data?.quantiles ?? [], [told.data]);
  useEffect(() => {
    let gone = false;
    let source: TileSource | undefined;
    const [of, list, across] = JSON.parse(key) as [string, string[], string[]];
    const open = async (): Promise<void> => {
      const body = list.join() === across.join() ? { rows: list } : { rows: list, columns: across };
      const selection = await send<MapSelection>(groupAddress(of, "/selections"), body);
      if (gone) return;
      source = openTiles(of, selection);
      setState({ key, source });
      await source.whole;
      if (!gone) setState({ key, source, complete: true });
    };
    open().catch((error: unknown) => !gone && setState({ key, error }));
    return () => {
      gone = true;
      source?.stop();
    };
  }, [key]);
  const mine = state.key === key ? state : { key };
  return {
    source: mine.source,
    complete: (mine.complete ?? false) && mine.source?.cells.isFarOnly === false,
    settled: mine.complete ?? false,
    error: mine.error,
    quantiles,
    percentile: (cosine) => percentileOf(quantiles, cosine),
  };
}
