import type { MapCard, MapGroupDetail, SavedCardDetail } from "@artesian/server/api.ts";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "wouter";
import { address, send } from "../api/client.ts";
import { useMapCard } from "../api/map-queries.ts";
import { DoseSpark } from "../charts/dose-spark.tsx";
import { formatFixed, formatNumber, plural } from "../model/format.ts";
import { groupPath } from "../model/map-address.ts";
import { Card } from "../ui/parts.tsx";
import { Pill } from "../ui/pill.tsx";
import { Answer, Failed } from "../ui/states.tsx";
import { GroupMade } from "./group-made.tsx";
import { edgeWords } from "./pair-card.tsx";

/** All that speaks for and against a relation. */
export function CardBody({ card }: { card: MapCard }) {
  return (
    <div className="stack">
      <b>{card.statement}</b>
      <div className="dim">
        cosine {formatFixed(card.cosine, 2)} · percentile {formatFixed(card.percentile, 2)} · {card.group}
      </div>
      {card.ends.map((end) => (
        <div key={end.label} className="row">
          <Pill tone={end.trust.trusted ? "ok" : "warn"}>{end.label}</Pill>
          <span className="dim">{end.trust.sentence}</span>
        </div>
      ))}
      {card.ends
        .filter(({ doses }) => doses.length > 0)
        .map((end) => (
          <div key={`${end.label}-doses`} className="row">
            <span className="dim">{end.symbol} over its doses</span>
            <DoseSpark doses={end.doses} />
            <span className="faint">
              {end.trend === null ? "" : `τ ${formatFixed(end.trend.tau, 2)}, p ${formatNumber(end.trend.p, 1)}`}
            </span>
          </div>
        ))}
      {card.experiments === null ? null : (
        <div className="dim">
          {plural(card.experiments.length, "experiment")}:{" "}
          {card.experiments.map((one) => `${one.experiment} ${formatFixed(one.cosine, 2)}`).join(", ")}
        </div>
      )}
      <div className="dim">
        {card.known.length === 0 ? "No source knows of it." : `Known: ${edgeWords(card.known)}`}
      </div>
      {card.sharedSets.length > 0 ? <div className="dim">Both in {card.sharedSets.join(", ")}</div> : null}
      {card.caveats.map((caveat) => (
        <div key={caveat} className="warn-ink">
          {caveat}
        </div>
      ))}
    </div>
  );
}

const pairRows = (card: MapCard): string =>
  card.ends.map(({ perturbation }) => encodeURIComponent(perturbation).replaceAll("%3A", ":")).join(",");

/** A pair as a hypothesis, to be kept with a note. */
export function CardPanel(props: {
  group: string;
  detail: MapGroupDetail;
  a: string | undefined;
  b: string | undefined;
}) {
  const { group, a, b } = props;
  const query = useMapCard(group, a, b);
  const client = useQueryClient();
  const [note, setNote] = useState("");
  const [made, setMade] = useState(false);
  const [kept, setKept] = useState<SavedCardDetail["saved"] | { failed: unknown }>();
  if (a === undefined || b === undefined)
    return (
      <Card title="A hypothesis">
        <p className="dim">Choose a pair: what speaks for and against it appears here, to be kept and shared.</p>
      </Card>
    );
  const keep = (version: string): void => {
    send<SavedCardDetail>(address("/maps/cards"), { group: version, a, b, note }).then(
      ({ saved }) => {
        setKept(saved);
        void client.invalidateQueries({ queryKey: ["groups", "", "cards"] });
      },
      (failed: unknown) => setKept({ failed }),
    );
  };
  return (
    <Answer query={query}>
      {({ card, by }) => (
        <Card
          title="A hypothesis"
          aside={
            <button type="button" className="btn quiet push" aria-expanded={made} onClick={() => setMade(!made)}>
              how made
            </button>
          }
        >
          {made ? <GroupMade detail={props.detail} /> : null}
          <div className="stack">
            <CardBody card={card} />
            <Link
              className="link"
              href={`${groupPath(`${by.id}@${by.version}`)}?row=${a}&column=${b}&rows=${pairRows(card)}`}
            >
              on the map →
            </Link>
            <textarea
              aria-label="note"
              rows={3}
              value={note}
              placeholder="why it matters"
              onChange={(event) => setNote(event.target.value)}
            />
            <div className="row">
              <button type="button" className="btn" onClick={() => keep(`${by.id}@${by.version}`)}>
                Keep
              </button>
              <span role="status" className="dim">
                {kept !== undefined && "id" in kept && kept.statement === card.statement ? (
                  <>
                    kept ·{" "}
                    <a className="link" href={kept.files.md} download>
                      Markdown
                    </a>{" "}
                    · <Link href={`/maps/hypotheses?card=${kept.id}`}>read it →</Link>
                  </>
                ) : null}
              </span>
            </div>
            {kept !== undefined && "failed" in kept ? <Failed error={kept.failed} /> : null}
          </div>
        </Card>
      )}
    </Answer>
  );
}
