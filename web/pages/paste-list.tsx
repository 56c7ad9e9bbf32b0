import type { PastedRows } from "@artesian/server/api.ts";
import { type FormEvent, useState } from "react";
import { Link } from "wouter";
import { send } from "../api/client.ts";
import { groupAddress } from "../api/map-queries.ts";
import { formatCount, plural } from "../model/format.ts";
import { groupPath } from "../model/map-address.ts";
import { Card } from "../ui/parts.tsx";
import { Failed } from "../ui/states.tsx";
import { type RowListName, useRowList } from "./use-row-list.ts";

/** Entries that were not found, or mean several things, which are told one by one. */
const TOLD = 20;

/** What a pasted list meant: how many rows, what was not found, what may mean several things. */
function Meaning({ group, answer }: { group: string; answer: PastedRows }) {
  const more = (all: readonly unknown[], what: string) =>
    all.length > TOLD ? (
      <div>
        and {formatCount(all.length - TOLD)} more {what}
      </div>
    ) : null;
  return (
    <div role="status" className="dim">
      {plural(answer.rows.length, "row")} found.
      {answer.notFound.slice(0, TOLD).map((entry) => (
        <div key={entry}>
          <Link className="link" href={`${groupPath(group, "/why")}?name=${encodeURIComponent(entry)}`}>
            Why is {entry} missing →
          </Link>
        </div>
      ))}
      {more(answer.notFound, "that are missing")}
      {answer.ambiguous.slice(0, TOLD).map(({ entry, perturbations }) => (
        <div key={entry}>
          {entry} may mean {perturbations.join(" or ")}; all are shown.
        </div>
      ))}
      {more(answer.ambiguous, "that may mean several")}
    </div>
  );
}

/** A list to paste as the rows or columns of the map. A long one is kept by the server, so that a link holds its name. */
export function PasteList(props: { group: string; text: string; onText: (text: string) => void }) {
  const { group, text, onText } = props;
  const put = useRowList();
  const [state, setState] = useState<{ answer: PastedRows } | { failed: unknown } | "asking">();
  const ask = async (name: RowListName): Promise<void> => {
    setState("asking");
    try {
      const answer = await send<PastedRows>(groupAddress(group, "/paste"), { text });
      if (answer.names.length > 0) await put(name, answer.names);
      setState({ answer });
    } catch (failed) {
      setState({ failed });
    }
  };
  const paste = (event: FormEvent, name: RowListName): void => {
    event.preventDefault();
    void ask(name);
  };
  const isIdle = text.trim() !== "" && state !== "asking";
  return (
    <Card title="Paste a list">
      <form className="stack" onSubmit={(event) => paste(event, "rows")}>
        <textarea
          aria-label="names, one a line"
          rows={4}
          value={text}
          placeholder={"TSC2\nNPRL3\nrapamycin 3 µM"}
          onChange={(event) => onText(event.target.value)}
        />
        <div className="row">
          <button type="submit" className="btn" disabled={!isIdle}>
            as rows
          </button>
          <button type="button" className="btn quiet" disabled={!isIdle} onClick={(event) => paste(event, "columns")}>
            as columns
          </button>
        </div>
      </form>
      {state === undefined || state === "asking" ? null : "failed" in state ? (
        <Failed error={state.failed} />
      ) : (
        <Meaning group={group} answer={state.answer} />
      )}
    </Card>
  );
}
