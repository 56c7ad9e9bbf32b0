import { Link } from "wouter";
import { useKeys } from "../ui/keys.ts";
import { useUrlState } from "../ui/use-url.ts";
import { FromPerturbation } from "./from-perturbation.tsx";
import { GroupFrame } from "./group-frame.tsx";
import { GroupFunnel } from "./group-funnel.tsx";
import { CardPanel } from "./hypothesis-panel.tsx";
import { RowPicker } from "./row-picker.tsx";

const ABOUT =
  "From all pairs to those worth a bench: both ends trusted, in the tails, not of one chromosome arm, not known, following the dose, seen in several experiments. Every setting is in the address. Or start from one perturbation: is it trusted, who can stand for it, which compounds oppose it.";

/** Hypotheses of a group: the funnel, or what one perturbation leads to. */
export default function GroupHypothesesPage({ group }: { group: string }) {
  const { params, change } = useUrlState();
  useKeys({ Escape: { label: "let go of the pair", run: () => change({ a: null, b: null }) } });
  return (
    <GroupFrame group={group} tab="hypotheses" about={ABOUT}>
      {(detail, pinned) => (
        <>
          <div className="row">
            <RowPicker group={pinned} label="start from" name="of" otherwise="a perturbation" />
            {params.of === undefined ? null : (
              <button type="button" className="btn quiet" onClick={() => change({ of: null, a: null, b: null })}>
                back to the funnel
              </button>
            )}
            <Link className="link push" href="/maps/hypotheses">
              Kept hypotheses →
            </Link>
          </div>
          <div className="map-page">
            <div className="stack">
              {params.of === undefined ? (
                <GroupFunnel group={pinned} />
              ) : (
                <FromPerturbation group={pinned} of={params.of} key={params.of} />
              )}
            </div>
            <CardPanel group={pinned} detail={detail} a={params.a} b={params.b} key={`${params.a}-${params.b}`} />
          </div>
        </>
      )}
    </GroupFrame>
  );
}
