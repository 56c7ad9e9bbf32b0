import type { MapReplicates } from "@artesian/server/api.ts";
import { useMapReplicates } from "../api/map-queries.ts";
import { cssColor, diverging, inkOn } from "../model/color.ts";
import { formatFixed, formatNumber, plural } from "../model/format.ts";
import { Card } from "../ui/parts.tsx";
import { Pill, type Tone } from "../ui/pill.tsx";
import { Answer } from "../ui/states.tsx";

const BADGE: Readonly<Record<string, Tone>> = { agree: "ok", mixed: "warn", disagree: "fail" };

/** A row split by experiment and into its wells: do they say the same. */
export function ReplicatesCard({ group, of }: { group: string; of: string }) {
  const query = useMapReplicates(group, of);
  return (
    <Answer query={query}>
      {(answer) => {
        const { agreement, cosines, wells, meanCosine } = answer;
        return (
          <Card
            title="Replicates"
            aside={agreement ? <Pill tone={BADGE[agreement.badge] ?? "wait"}>{agreement.badge}</Pill> : null}
          >
            {agreement && agreement.experiments.length > 1 ? (
              <>
                <div className="dim">
                  {plural(agreement.experiments.length, "experiment")} · mean cosine{" "}
                  {formatFixed(agreement.meanCosine, 2)} · p {formatNumber(agreement.p, 2)}
                </div>
                <PairGrid
                  names={agreement.experiments}
                  cosines={agreement.cosines}
                  caption="Cosines between experiments"
                />
              </>
            ) : null}
            <div className="dim">
              {plural(wells.length, "well")} · mean cosine {formatFixed(meanCosine, 2)}
            </div>
            {wells.length > 1 && wells.length <= 24 ? <WellGrid wells={wells} cosines={cosines} /> : null}
          </Card>
        );
      }}
    </Answer>
  );
}

const WellGrid = ({ wells, cosines }: Pick<MapReplicates, "wells" | "cosines">) => (
  <PairGrid names={wells.map(({ unit }) => unit)} cosines={cosines} caption="Cosines between wells" />
);

/** A small table of cosines, coloured and written. */
function PairGrid(props: {
  names: readonly string[];
  cosines: readonly (readonly (number | null)[])[];
  caption: string;
}) {
  const many = props.names.length > 6;
  return (
    <div className="scroll">
      <table className="pairs">
        <caption className="visually-hidden">{props.caption}</caption>
        <tbody>
          {props.cosines.map((line, i) => (
            <tr key={props.names[i]}>
              <th scope="row" className="mono">
                {props.names[i]}
              </th>
              {line.map((cosine, j) => {
                const color = diverging(cosine ?? 0);
                return (
                  <td
                    key={props.names[j]}
                    title={`${props.names[i]} × ${props.names[j]}: ${formatFixed(cosine, 2)}`}
                    style={
                      cosine === null
                        ? { background: "var(--sunken)", color: "var(--ink-2)" }
                        : { background: cssColor(color), color: inkOn(color) }
                    }
                  >
                    {many ? "" : formatFixed(cosine, 2)}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
