import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, type ReactNode, useMemo, useRef, useState } from "react";
import { sortRows } from "../model/rank.ts";
import { useHints } from "./keys.ts";

/** A column: how a row's value sorts and how it is shown. */
export interface Column<T> {
  key: string;
  label: string;
  /** Unit, shown in the header. */
  unit?: string;
  numeric?: boolean;
  mono?: boolean;
  value: (row: T) => string | number | null | undefined;
  cell?: (row: T) => ReactNode;
}

const ROW_HEIGHT = 29;
/** Longer tables render only what is in sight. */
const VIRTUAL_FROM = 120;

/**
 * A table to read and to walk: headers sort, arrows move, Enter opens.
 * Rows are in the order given until a header is pressed.
 */
export function DataTable<T>(props: {
  caption: string;
  columns: readonly Column<T>[];
  rows: readonly T[];
  rowKey: (row: T) => string;
  onOpen?: (row: T) => void;
  selected?: string | undefined;
  maxHeight?: number;
  sort?: string | undefined;
  onSort?: (sort: string | null) => void;
}) {
  const [ownSort, setOwnSort] = useState<string | null>(null);
  const sort = props.onSort ? (props.sort ?? null) : ownSort;
  const setSort = props.onSort ?? setOwnSort;
  const [active, setActive] = useState(0);
  const body = useRef<HTMLTableSectionElement>(null);
  const scroller = useRef<HTMLDivElement>(null);
  const rows = useMemo(() => {
    const column = props.columns.find((c) => c.key === sort?.replace(/^-/, ""));
    return column ? sortRows(props.rows, column.value, sort?.startsWith("-") ?? false) : props.rows;
  }, [props.rows, props.columns, sort]);
  const virtual = rows.length > VIRTUAL_FROM;
  const virtualizer = useVirtualizer({
    count: virtual ? rows.length : 0,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 12,
  });
  useHints(
    props.onOpen
      ? [
          { key: "↑ ↓", label: "walk the rows of a table" },
          { key: "Enter", label: "open the row" },
        ]
      : [],
  );

  const move = (index: number): void => {
    const to = Math.max(0, Math.min(rows.length - 1, index));
    setActive(to);
    if (virtual) virtualizer.scrollToIndex(to);
    requestAnimationFrame(() => body.current?.querySelector<HTMLElement>(`tr[data-index="${to}"]`)?.focus());
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const step: Readonly<Record<string, number>> = {
      ArrowDown: active + 1,
      ArrowUp: active - 1,
      Home: 0,
      End: rows.length - 1,
      PageDown: active + 12,
      PageUp: active - 12,
    };
    const to = step[event.key];
    const row = rows[active];
    if (to !== undefined) move(to);
    else if (event.key === "Enter" && row !== undefined && event.target instanceof HTMLTableRowElement)
      props.onOpen?.(row);
    else return;
    event.preventDefault();
  };
  const press = (key: string): void => setSort(sort === key ? `-${key}` : sort === `-${key}` ? null : key);

  const draw = (row: T, index: number): ReactNode => {
    const key = props.rowKey(row);
    const opens = props.onOpen !== undefined;
    return (
      <tr
        key={key}
        data-index={index}
        className={opens ? "opens" : undefined}
        aria-selected={opens ? key === props.selected : undefined}
        tabIndex={opens ? (index === Math.min(active, rows.length - 1) ? 0 : -1) : undefined}
        onFocus={opens ? () => setActive(index) : undefined}
        onClick={(event) => {
          if (!(event.target instanceof Element) || event.target.closest("a, button")) return;
          props.onOpen?.(row);
        }}
      >
        {props.columns.map((column) => (
          <td
            key={column.key}
            className={[column.numeric ? "num" : "", column.mono ? "mono" : ""].join(" ").trim() || undefined}
          >
            {column.cell ? column.cell(row) : (column.value(row) ?? "–")}
          </td>
        ))}
      </tr>
    );
  };
  const items = virtual ? virtualizer.getVirtualItems() : [];
  const before = items[0]?.start ?? 0;
  const after = virtual ? virtualizer.getTotalSize() - (items.at(-1)?.end ?? 0) : 0;
  return (
    <div
      className="scroll"
      ref={scroller}
      style={virtual || props.maxHeight ? { maxHeight: props.maxHeight ?? 560, overflow: "auto" } : undefined}
      {...(props.onOpen ? {} : { tabIndex: 0, role: "region", "aria-label": props.caption })}
    >
      <table className="data" aria-rowcount={rows.length} {...(props.onOpen ? { role: "grid" } : {})}>
        <caption className="visually-hidden">{props.caption}</caption>
        <thead>
          <tr>
            {props.columns.map((column) => (
              <th
                key={column.key}
                scope="col"
                className={column.numeric ? "num" : undefined}
                aria-sort={sort === column.key ? "ascending" : sort === `-${column.key}` ? "descending" : undefined}
              >
                <button type="button" onClick={() => press(column.key)}>
                  {column.label}
                  {column.unit ? ` (${column.unit})` : ""}
                  {sort === column.key ? " ↑" : sort === `-${column.key}` ? " ↓" : ""}
                </button>
              </th>
            ))}
          </tr>
        </thead>
        <tbody ref={body} onKeyDown={onKeyDown}>
          {virtual ? (
            <>
              {before > 0 ? <tr style={{ height: before }} /> : null}
              {items.map((item) => draw(rows[item.index]!, item.index))}
              {after > 0 ? <tr style={{ height: after }} /> : null}
            </>
          ) : (
            rows.map(draw)
          )}
        </tbody>
      </table>
    </div>
  );
}
