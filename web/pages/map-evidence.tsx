import type { ExperimentMap } from "@artesian/server/api.ts";
import { useMemo } from "react";
import { Link } from "wouter";
import type { MapCell } from "../charts/similarity-heatmap.tsx";
import { formatFixed, formatNumber, plural } from "../model/format.ts";
import { Card } from "../ui/parts.tsx";
import { Pill } from "../ui/pill.tsx";

type Row = ExperimentMap["perturbations"][number];

/** Do the replicates of a row agree, in one mark. */
function Trust({ row }: { row: Row }) {
  return (
    <Pill tone={row.trusted ? "ok" : "warn"}>
      {row.trusted
        ? "trusted"
        : row.consistencyP === null
          ? plural(row.wells, "well")
          : `replicates p ${formatNumber(row.consistencyP, 2)}`}
    </Pill>
  );
}

/** The evidence of a pair: its cosine, its wells, whether the replicates of both agree. */
export function MapPair({ map, cell }: { map: ExperimentMap; cell: MapCell }) {
  const n = map.perturbations.length;
  const a = map.perturbations[cell.row]!;
  const b = map.perturbations[cell.column]!;
  const cosine = map.cosine[cell.row * n + cell.column] ?? null;
  const word =
    cosine === null ? "cannot be compared" : cosine > 0.3 ? "similar" : cosine < -0.3 ? "opposite" : "unrelated";
  return (
    <Card title={`${a.label} × ${b.label}`}>
      <div className="stack" style={{ gap: 6 }}>
        <div>
          cosine <b>{formatFixed(cosine, 2)}</b> <span className="dim">· {word}</span>
        </div>
        <div className="dim">
          {a.wells} × {b.wells} wells
        </div>
        {(a === b ? [a] : [a, b]).map((row) => (
          <div key={row.label} className="row" style={{ gap: 8 }}>
            <Link className="link" href={row.perturbation.href}>
              {row.label}
            </Link>
            <span className="faint">{row.perturbation.type}</span>
            <Trust row={row} />
            <span className="faint push">
              {row.consistency === null ? "" : `replicate cosine ${formatFixed(row.consistency, 2)}`}
            </span>
          </div>
        ))}
      </div>
    </Card>
  );
}

/** The most similar and most opposite rows of the selected one. */
export function MapTails({
  map,
  row,
  onSelect,
}: {
  map: ExperimentMap;
  row: number;
  onSelect: (column: number) => void;
}) {
  const n = map.perturbations.length;
  const ranked = useMemo(
    () =>
      map.perturbations
        .map((p, index) => ({ p, index, cosine: map.cosine[row * n + index] ?? null }))
        .filter(
          (entry): entry is typeof entry & { cosine: number } =>
            entry.index !== row &&
            entry.cosine !== null &&
            entry.p.perturbation.id !== map.perturbations[row]?.perturbation.id,
        )
        .sort((a, b) => b.cosine - a.cosine),
    [map, row, n],
  );
  const line = (entry: (typeof ranked)[number]) => (
    <tr key={entry.index} className="opens" onClick={() => onSelect(entry.index)}>
      <td>
        <button type="button" className="btn quiet" onClick={() => onSelect(entry.index)}>
          {entry.p.label}
        </button>
      </td>
      <td className="faint">{entry.p.perturbation.type}</td>
      <td className="num">{formatFixed(entry.cosine, 2)}</td>
    </tr>
  );
  return (
    <Card title={`Nearest to ${map.perturbations[row]?.label ?? ""}`} flush>
      <table className="data">
        <caption className="visually-hidden">Most similar and most opposite</caption>
        <thead>
          <tr>
            <th scope="col">similar</th>
            <th scope="col">type</th>
            <th scope="col" className="num">
              cosine
            </th>
          </tr>
        </thead>
        <tbody>{ranked.slice(0, 4).map(line)}</tbody>
        <thead>
          <tr>
            <th scope="col">opposite</th>
            <th scope="col">type</th>
            <th scope="col" className="num">
              cosine
            </th>
          </tr>
        </thead>
        <tbody>{ranked.slice(-4).reverse().map(line)}</tbody>
      </table>
    </Card>
  );
}
