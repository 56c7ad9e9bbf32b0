import { useEffect, useState } from "react";
import { useUrlState } from "./use-url.ts";

/** A filter kept in the address as `q`; `/` leads to it, Esc empties and leaves it. */
export function FilterBox({ label, name = "q" }: { label: string; name?: string }) {
  const { params, change } = useUrlState();
  const stored = params[name] ?? "";
  const [text, setText] = useState(stored);
  useEffect(() => setText(stored), [stored]);
  useEffect(() => {
    if (text === stored) return;
    const timer = setTimeout(() => change({ [name]: text }, { replace: true }), 160);
    return () => clearTimeout(timer);
  }, [text, stored, name, change]);
  return (
    <input
      className="filter"
      type="search"
      data-filter=""
      aria-label={label}
      placeholder={`/ ${label}`}
      value={text}
      onChange={(event) => setText(event.target.value)}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        setText("");
        change({ [name]: null }, { replace: true });
        event.currentTarget.blur();
      }}
    />
  );
}
