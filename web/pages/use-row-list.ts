import { useCallback } from "react";
import { addressOfList } from "../api/map-queries.ts";
import { useUrlState } from "../ui/use-url.ts";

/** Rows or columns of the map. */
export type RowListName = "rows" | "columns";

/** Puts other names into the address as rows or columns; the chosen pair and the window go with what they were of. */
export function useRowList(): (name: RowListName, names: readonly string[]) => Promise<void> {
  const { change } = useUrlState();
  return useCallback(
    async (name, names) => change({ [name]: await addressOfList(names), row: null, column: null, view: null }),
    [change],
  );
}
