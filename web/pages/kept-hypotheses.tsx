import type { SavedCard } from "@artesian/server/api.ts";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link } from "wouter";
import { address, parts, send } from "../api/client.ts";
import { useSavedCard, useSavedCards } from "../api/map-queries.ts";
import { type TableTwin, twinToCsv } from "../model/csv.ts";
import { formatMoment, plural } from "../model/format.ts";
import { mapHref } from "../model/map-address.ts";
import { type Column, DataTable } from "../ui/data-table.tsx";
import { saveText } from "../ui/download.ts";
import { FilterBox } from "../ui/filter-box.tsx";
import { useKeys } from "../ui/keys.ts";
import { usePage } from "../ui/page.ts";
import { Card } from "../ui/parts.tsx";
import { Pill } from "../ui/pill.tsx";
import { Answer, Empty, Failed } from "../ui/states.tsx";
import { toast } from "../ui/toast.tsx";
import { useUrlState } from "../ui/use-url.ts";
import { CardBody } from "./hypothesis-panel.tsx";
import { MapBanner } from "./map-banner.tsx";

const ABOUT =
  "Hypotheses that were kept, each with the evidence as it was then and the group version that it comes from. HTML is a page of its own that follows the reader's light or dark; JSON is for scripts.";

const columns: readonly Column<SavedCard>[] = [
  { key: "statement", label: "hypothesis", value: (c) => c.statement },
  { key: "note", label: "note", value: (c) => c.note || "–" },
  { key: "group", label: "group version", mono: true, value: (c) => c.group },
  { key: "by", label: "by", value: (c) => c.by },
  { key: "at", label: "kept", value: (c) => c.at, cell: (c) => formatMoment(c.at) },
  {
    key: "state",
    label: "state",
    value: (c) => c.state,
    cell: (c) => <Pill tone={c.state === "open" ? "run" : "wait"}>{c.state}</Pill>,
  },
];

const twin = (cards: readonly SavedCard[]): TableTwin => ({
  columns: [...columns.map(({ key, label }) => ({ key, label })), { key: "id", label: "id" }],
  rows: cards.map((card) => ({
    ...Object.fromEntries(columns.map(({ key, value }) => [key, value(card) ?? null])),
    id: card.id,
  })),
});

/** One kept hypothesis: evidence as it was, files, and taking it back. */
function Kept({ id }: { id: string }) {
  const query = useSavedCard(id);
  const client = useQueryClient();
  const withdraw = useMutation({
    mutationFn: () => send(address(`${parts("maps", "cards", id)}/withdraw`)),
    onSuccess: () => toast("Withdrawn; it stays in the list, with who withdrew it"),
    onSettled: () => client.invalidateQueries({ queryKey: ["groups", "", "cards"] }),
  });
  return (
    <Answer query={query}>
      {({ saved, card }) => (
        <Card
          title="A kept hypothesis"
          aside={
            <span className="row push tools">
              {(["html", "md", "json"] as const).map((format) => (
                <a key={format} className="link" href={saved.files[format]} download>
                  {format}
                </a>
              ))}
            </span>
          }
        >
          <div className="stack">
            <div className="faint">
              kept by {saved.by}, {formatMoment(saved.at)}
              {saved.withdrawn ? ` · withdrawn by ${saved.withdrawn.by}, ${formatMoment(saved.withdrawn.at)}` : ""}
            </div>
            {saved.note === "" ? null : <blockquote>{saved.note}</blockquote>}
            <CardBody card={card} />
            <div className="row">
              <Link
                className="link"
                href={mapHref(
                  saved.group,
                  card.ends.map(({ perturbation }) => perturbation),
                )}
              >
                on its map →
              </Link>
              {saved.state === "open" ? (
                <button
                  type="button"
                  className="btn quiet push"
                  disabled={withdraw.isPending}
                  onClick={() => withdraw.mutate()}
                >
                  withdraw
                </button>
              ) : null}
            </div>
            {withdraw.isError ? <Failed error={withdraw.error} /> : null}
          </div>
        </Card>
      )}
    </Answer>
  );
}

/** Kept hypotheses: read, export, take back. */
export default function KeptHypothesesPage() {
  usePage([{ label: "Maps", href: "/maps" }, { label: "Kept hypotheses" }], ABOUT);
  const { params, change } = useUrlState();
  const query = useSavedCards(params.q);
  useKeys({ Escape: { label: "close the hypothesis", run: () => change({ card: null }) } });
  return (
    <>
      <MapBanner />
      <div className="row">
        <h1>Kept hypotheses</h1>
        <span className="dim" aria-live="polite">
          {query.data ? plural(query.data.cards.length, "hypothesis", "hypotheses") : ""}
        </span>
        <FilterBox label="filter" />
        {query.data && query.data.cards.length > 0 ? (
          <button
            type="button"
            className="btn push"
            onClick={() => saveText("hypotheses.csv", "text/csv", twinToCsv(twin(query.data.cards)))}
          >
            CSV
          </button>
        ) : null}
      </div>
      <Answer query={query}>
        {({ cards }) => (
          <div className={params.card === undefined ? "stack" : "map-page"}>
            <Card label="hypotheses" flush>
              {cards.length === 0 ? (
                <Empty title={params.q === undefined ? "Nothing kept yet" : `Nothing kept holds "${params.q}"`}>
                  <p>Open a pair on a group's Hypotheses page and keep it.</p>
                </Empty>
              ) : (
                <DataTable
                  caption="Kept hypotheses"
                  rows={cards}
                  rowKey={(c) => c.id}
                  columns={columns}
                  selected={params.card}
                  onOpen={(c) => change({ card: c.id }, { replace: params.card !== undefined })}
                />
              )}
            </Card>
            {params.card === undefined ? null : <Kept id={params.card} key={params.card} />}
          </div>
        )}
      </Answer>
    </>
  );
}
