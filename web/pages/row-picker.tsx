import { useEffect, useId, useState } from "react";
import { useMapSearch } from "../api/map-queries.ts";
import { useUrlState } from "../ui/use-url.ts";

/** Names a row in the address by any of its names, with suggestions of the group; empty means `otherwise`. */
export function RowPicker({
  group,
  label,
  name,
  otherwise,
}: {
  group: string;
  label: string;
  name: string;
  otherwise: string;
}) {
  const { params, change } = useUrlState();
  const stored = params[name] ?? "";
  const [text, setText] = useState(stored);
  const list = useId();
  useEffect(() => setText(stored), [stored]);
  const found = useMapSearch(group, text === stored ? "" : text, 8);
  const keep = (value: string): void => change({ [name]: value.trim() || null }, { replace: true });
  return (
    <>
      <label className="row picker">
        <span className="dim">{label}</span>
        <input
          className="filter"
          list={list}
          value={text}
          placeholder={otherwise}
          onChange={(event) => {
            const { value } = event.target;
            setText(value);
            // A suggestion that was taken is a whole name.
            if (found.data?.rows.some((row) => row.symbol === value || row.label === value)) keep(value);
          }}
          onBlur={() => text !== stored && keep(text)}
          onKeyDown={(event) => {
            if (event.key === "Enter") keep(text);
            else if (event.key === "Escape") setText(stored);
          }}
        />
      </label>
      <datalist id={list}>
        {found.data?.rows.map((row) => (
          <option key={row.row} value={row.symbol}>
            {row.type}
          </option>
        ))}
      </datalist>
    </>
  );
}
