import type { MapCard, SavedCardDetail } from "@artesian/server/api.ts";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { address, send } from "../api/client.ts";
import { useMapCard } from "../api/map-queries.ts";
import { formatFixed, plural } from "../model/format.ts";
import { Card } from "../ui/parts.tsx";
import { Pill } from "../ui/pill.tsx";
import { Answer, Failed } from "../ui/states.tsx";

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
      {card.experiments === null ? null : (
        <div className="dim">
          {plural(card.experiments.length, "experiment")}:{" "}
          {card.experiments.map((one) => `${one.experiment} ${formatFixed(one.cosine, 2)}`).join(", ")}
        </div>
      )}
      <div className="dim">
        {card.known.length === 0
          ? "No source knows of it."
          : `Known: ${card.known.map(({ source, reference }) => [source, reference].filter(Boolean).join(" ")).join(", ")}`}
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

/** A pair as a hypothesis, to be kept with a note. */
export function CardPanel({ group, a, b }: { group: string; a: string | undefined; b: string | undefined }) {
  const query = useMapCard(group, a, b);
  const client = useQueryClient();
  const [note, setNote] = useState("");
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
        void client.invalidateQueries({ queryKey: ["map", "", "cards"] });
      },
      (failed: unknown) => setKept({ failed }),
    );
  };
  return (
    <Answer query={query}>
      {({ card, by }) => (
        <Card title="A hypothesis">
          <CardBody card={card} />
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
                  </a>
                </>
              ) : null}
            </span>
          </div>
          {kept !== undefined && "failed" in kept ? <Failed error={kept.failed} /> : null}
        </Card>
      )}
    </Answer>
  );
}
