import type { SavedCard } from "@artesian/server/api.ts";
import { useQueryClient } from "@tanstack/react-query";
import { address, parts, send } from "../api/client.ts";
import { useSavedCards } from "../api/map-queries.ts";
import { formatMoment, plural } from "../model/format.ts";
import { DataTable } from "../ui/data-table.tsx";
import { FilterBox } from "../ui/filter-box.tsx";
import { usePage } from "../ui/page.ts";
import { Card } from "../ui/parts.tsx";
import { Pill } from "../ui/pill.tsx";
import { Answer, Empty } from "../ui/states.tsx";
import { useUrlState } from "../ui/use-url.ts";

const ABOUT =
  "Hypotheses that were kept, each with the evidence as it was then and the group version that it comes from.";

/** Kept hypotheses: read, export, take back. */
export default function KeptHypothesesPage() {
  usePage([{ label: "Maps", href: "/maps" }, { label: "Kept hypotheses" }], ABOUT);
  const { params } = useUrlState();
  const query = useSavedCards(params.q);
  const client = useQueryClient();
  const withdraw = async ({ id }: SavedCard): Promise<void> => {
    await send(address(`${parts("maps", "cards", id)}/withdraw`));
    await client.invalidateQueries({ queryKey: ["map", "", "cards"] });
  };
  return (
    <>
      <div className="row">
        <h1>Kept hypotheses</h1>
        <span className="dim">{query.data ? plural(query.data.cards.length, "hypothesis", "hypotheses") : ""}</span>
        <FilterBox label="filter" />
      </div>
      <Answer query={query}>
        {({ cards }) => (
          <Card label="hypotheses" flush>
            {cards.length === 0 ? (
              <Empty title="Nothing kept yet">
                <p>Open a pair on a group's Hypotheses page and keep it.</p>
              </Empty>
            ) : (
              <DataTable
                caption="Kept hypotheses"
                rows={cards}
                rowKey={(c) => c.id}
                columns={[
                  { key: "statement", label: "hypothesis", value: (c) => c.statement },
                  { key: "note", label: "note", value: (c) => c.note },
                  { key: "group", label: "group version", mono: true, value: (c) => c.group },
                  { key: "by", label: "by", value: (c) => c.by },
                  { key: "at", label: "kept", value: (c) => c.at, cell: (c) => formatMoment(c.at) },
                  {
                    key: "state",
                    label: "state",
                    value: (c) => c.state,
                    cell: (c) => <Pill tone={c.state === "open" ? "run" : "wait"}>{c.state}</Pill>,
                  },
                  {
                    key: "files",
                    label: "files",
                    value: () => "",
                    cell: (c) => (
                      <span className="row">
                        {(["md", "html", "json"] as const).map((format) => (
                          <a key={format} className="link" href={c.files[format]} download>
                            {format}
                          </a>
                        ))}
                        {c.state === "open" ? (
                          <button type="button" className="btn quiet" onClick={() => void withdraw(c)}>
                            withdraw
                          </button>
                        ) : null}
                      </span>
                    ),
                  },
                ]}
              />
            )}
          </Card>
        )}
      </Answer>
    </>
  );
}
