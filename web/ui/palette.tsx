import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import { useLocation } from "wouter";
import { send } from "../api/client.ts";
import { useSearch } from "../api/queries.ts";
import { rank } from "../model/rank.ts";
import { NAVIGATION } from "./navigation.ts";
import { Sheet } from "./sheet.tsx";
import { switchTheme } from "./theme.ts";
import { toast } from "./toast.tsx";
import { startTour } from "./tour.tsx";

interface Entry {
  id: string;
  title: string;
  detail: string;
  kind: string;
  run: () => void;
}

/** Finds any page, plate, well, perturbation, run or action. */
export function Palette({ onClose }: { onClose: () => void }) {
  const [query, setQuery] = useState("");
  const [asked, setAsked] = useState("");
  const [active, setActive] = useState(0);
  const [, navigate] = useLocation();
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const timer = setTimeout(() => setAsked(query.trim()), 90);
    return () => clearTimeout(timer);
  }, [query]);
  const found = useSearch(asked);

  const own: Entry[] = [
    ...NAVIGATION.map((page) => ({
      id: page.href,
      title: page.label,
      detail: "",
      kind: "page",
      run: () => navigate(page.href),
    })),
    {
      id: "theme",
      title: "Switch between light, dark and the system's theme",
      detail: "",
      kind: "action",
      run: switchTheme,
    },
    { id: "tour", title: "Start the guided tour", detail: "", kind: "action", run: startTour },
    {
      id: "link",
      title: "Copy the link to this view",
      detail: "",
      kind: "action",
      run: () => {
        navigator.clipboard.writeText(window.location.href).then(
          () => toast("Link copied"),
          () => toast("The browser did not allow copying; the address bar holds the link"),
        );
      },
    },
  ];
  const remote: Entry[] = (asked === "" ? [] : (found.data?.results ?? []))
    .filter((result) => result.kind !== "page")
    .map((result) => ({
      id: `${result.kind}:${result.id}`,
      title: result.title,
      detail: result.detail,
      kind: result.kind,
      run: () => {
        const { post } = result;
        if (post === undefined) return navigate(result.href);
        send<{ sentence: string }>(post).then(
          (answer) => toast(answer.sentence),
          (error: unknown) => toast(error instanceof Error ? error.message : String(error)),
        );
      },
    }));
  const entries = [...remote, ...rank(own, query, (entry) => entry.title)];
  const at = Math.min(active, Math.max(0, entries.length - 1));
  const choose = (entry: Entry | undefined): void => {
    if (!entry) return;
    onClose();
    entry.run();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === "ArrowDown") setActive(Math.min(entries.length - 1, at + 1));
    else if (event.key === "ArrowUp") setActive(Math.max(0, at - 1));
    else if (event.key === "Enter") choose(entries[at]);
    else return;
    event.preventDefault();
  };
  useEffect(() => {
    list.current?.children[at]?.scrollIntoView({ block: "nearest" });
  }, [at]);
  return (
    <Sheet label="Find anything" onClose={onClose}>
      <div className="palette">
        <input
          // The palette opens on demand and is nothing but this field and its answers.
          ref={(element) => element?.focus()}
          role="combobox"
          aria-label="Find run, plate, well, compound, gene or action"
          aria-expanded="true"
          aria-controls="palette-list"
          aria-activedescendant={entries[at] ? `palette-${at}` : undefined}
          placeholder="Find run, plate, gene, action"
          value={query}
          onChange={(event) => {
            setQuery(event.target.value);
            setActive(0);
          }}
          onKeyDown={onKeyDown}
        />
        <div className="list" id="palette-list" role="listbox" aria-label="Found" ref={list}>
          {entries.map((entry, index) => (
            <div
              key={entry.id}
              id={`palette-${index}`}
              role="option"
              tabIndex={-1}
              aria-selected={index === at}
              onPointerMove={() => setActive(index)}
              onClick={() => choose(entry)}
              onKeyDown={(event) => event.key === "Enter" && choose(entry)}
            >
              <span>{entry.title}</span>
              <span className="dim">{entry.detail}</span>
              <span className="kind">{entry.kind}</span>
            </div>
          ))}
        </div>
        {entries.length === 0 ? <div className="empty dim">Nothing is called “{query}”.</div> : null}
        {found.isError ? <div className="empty fail-ink">{found.error.message}</div> : null}
      </div>
    </Sheet>
  );
}
