import type { MapKnown } from "@artesian/server/api.ts";
import { Link } from "wouter";
import { useMapKnown, useMapProxies, useMapTrust } from "../api/map-queries.ts";
import { formatFixed, formatNumber } from "../model/format.ts";
import { groupPath, rowName } from "../model/map-address.ts";
import { type Column, DataTable } from "../ui/data-table.tsx";
import { Card } from "../ui/parts.tsx";
import { Pill } from "../ui/pill.tsx";
import { Answer } from "../ui/states.tsx";
import { useUrlState } from "../ui/use-url.ts";
import { CompoundsCard } from "./compounds-card.tsx";
import { edgeWords } from "./pair-card.tsx";

type Partner = MapKnown["partners"][number];

const partnerColumns: readonly Column<Partner>[] = [
  { key: "name", label: "partner", value: (p) => rowName(p.row) },
  { key: "cosine", label: "cosine", numeric: true, value: (p) => p.cosine, cell: (p) => formatFixed(p.cosine, 2) },
  {
    key: "percentile",
    label: "percentile",
    numeric: true,
    value: (p) => p.percentile,
    cell: (p) => formatFixed(p.percentile, 1),
  },
  {
    key: "recovered",
    label: "in the tails",
    value: (p) => (p.recovered ? "yes" : "no"),
    cell: (p) => <Pill tone={p.recovered ? "ok" : "wait"}>{p.recovered ? "yes" : "no"}</Pill>,
  },
  { key: "edges", label: "known from", value: (p) => edgeWords(p.edges) },
];

/** Published partners with where each is published, beside what is strong and unpublished. */
function KnownCard({ group, of }: { group: string; of: string }) {
  const { change } = useUrlState();
  const query = useMapKnown(group, of);
  return (
    <Answer query={query}>
      {(answer) => (
        <Card title="Known against novel" flush>
          <div className="bd stack tight">
            {answer.sources.length === 0 ? (
              <div className="dim">No source that the group was published with knows of it.</div>
            ) : null}
            {answer.sources.map((one) => (
              <div key={one.source} className="dim">
                {one.source}: {one.recovered} of {one.known} known partners lie in the tails;{" "}
                {formatFixed(answer.byChance * one.known, 1)} by chance.
              </div>
            ))}
            <div>
              Strong and unpublished:{" "}
              {[...answer.novel.similar.slice(0, 5), ...answer.novel.opposite.slice(0, 5)].map(({ row, cosine }) => (
                <button
                  key={row.row}
                  type="button"
                  className="btn quiet"
                  onClick={() => change({ a: of, b: String(row.row) })}
                >
                  {rowName(row)} {formatFixed(cosine, 2)}
                </button>
              ))}
            </div>
          </div>
          {answer.partners.length === 0 ? null : (
            <DataTable
              caption="Known partners"
              columns={partnerColumns}
              rows={answer.partners}
              rowKey={(p) => String(p.row.row)}
              onOpen={(p) => change({ a: of, b: String(p.row.row) })}
              maxHeight={240}
            />
          )}
        </Card>
      )}
    </Answer>
  );
}

/** What one perturbation leads to: is it trusted, who stands for it, which compounds oppose it and from which dose, what is known. */
export function FromPerturbation({ group, of }: { group: string; of: string }) {
  const { change } = useUrlState();
  const trust = useMapTrust(group, of);
  const proxies = useMapProxies(group, of);
  return (
    <>
      <Answer query={trust}>
        {({ trust: answer }) => (
          <Card
            title={`Do I trust ${answer.label}?`}
            aside={<Pill tone={answer.trusted ? "ok" : "warn"}>{answer.trusted ? "trusted" : "not trusted"}</Pill>}
          >
            <p>{answer.sentence}</p>
            {answer.checks.map((check) => (
              <div key={check.check} className="row">
                <Pill tone={check.passed === null ? "wait" : check.passed ? "ok" : "warn"}>{check.check}</Pill>
                <span className="dim">{check.words}</span>
              </div>
            ))}
          </Card>
        )}
      </Answer>
      <Answer query={proxies}>
        {(answer) => (
          <Card title="Who can stand for it" flush>
            {answer.proxies.length === 0 ? (
              <div className="bd dim">No trusted gene of the same gene sets on another arm.</div>
            ) : (
              <DataTable
                caption="Proxies"
                rows={answer.proxies}
                rowKey={(p) => String(p.row.row)}
                onOpen={(p) => change({ of: String(p.row.row) })}
                maxHeight={240}
                columns={[
                  { key: "gene", label: "gene", value: (p) => p.row.symbol },
                  {
                    key: "sets",
                    label: "shared sets",
                    value: (p) => p.sets.map(({ name, size }) => `${name} (${size})`).join(", "),
                  },
                  { key: "arm", label: "other arm", value: (p) => (p.otherArm ? "yes" : "not known") },
                  {
                    key: "p",
                    label: "replicates p",
                    numeric: true,
                    value: (p) => p.consistencyP,
                    cell: (p) => formatNumber(p.consistencyP, 2),
                  },
                  {
                    key: "cosine",
                    label: "cosine",
                    numeric: true,
                    value: (p) => p.cosine,
                    cell: (p) => formatFixed(p.cosine, 2),
                  },
                ]}
              />
            )}
          </Card>
        )}
      </Answer>
      <CompoundsCard group={group} of={of} />
      <KnownCard group={group} of={of} />
      <Link className="link" href={`${groupPath(group, "/hypotheses")}?with=${encodeURIComponent(of)}`}>
        through the funnel, with it →
      </Link>
    </>
  );
}
