import type { ComparedAllele, ComparedRate, EditComparison } from "@artesian/server/api.ts";
import { useEditComparison } from "../api/queries.ts";
import { Sequence } from "../charts/allele-rows.tsx";
import { outcomeWord, percentText, rateWords } from "../model/edits.ts";
import { formatNumber } from "../model/format.ts";
import { type Column, DataTable } from "../ui/data-table.tsx";
import { Card } from "../ui/parts.tsx";
import { Answer, Skeleton } from "../ui/states.tsx";

const rates = <T extends ComparedRate>(a: string, b: string): Column<T>[] => [
  { key: "a", label: a, unit: "%", numeric: true, value: (r) => r.a.value, cell: (r) => percentText(r.a.value) },
  { key: "b", label: b, unit: "%", numeric: true, value: (r) => r.b.value, cell: (r) => percentText(r.b.value) },
  {
    key: "difference",
    label: "difference",
    unit: "%",
    numeric: true,
    value: (r) => r.difference.value,
    cell: (r) => rateWords(r.difference).replace(" %", ""),
  },
  { key: "p", label: "p", numeric: true, value: (r) => r.p, cell: (r) => formatNumber(r.p, 2) },
  { key: "q", label: "q", numeric: true, value: (r) => r.q, cell: (r) => formatNumber(r.q, 2) },
];

/** Two samples of one amplicon against each other. */
export function Comparison({ experiment, sample, other }: { experiment: string; sample: string; other: string }) {
  const query = useEditComparison(experiment, sample, other);
  return (
    <Answer query={query} skeleton={<Skeleton height={240} />}>
      {(found) => <Compared found={found} />}
    </Answer>
  );
}

function Compared({ found }: { found: EditComparison }) {
  const [a, b] = [found.a.sample, found.b.sample];
  const aside = (shown: number, total: number) =>
    shown < total ? (
      <span className="dim push">
        the {shown} least likely by chance of {total}
      </span>
    ) : null;
  return (
    <>
      <p>
        Edited: {a} {rateWords(found.edited.a)}, {b} {rateWords(found.edited.b)}; difference{" "}
        <b>{rateWords(found.edited.difference)}</b>, p {formatNumber(found.edited.p, 2)}.
      </p>
      {found.notes.map((note) => (
        <p key={note} className="dim">
          {note}
        </p>
      ))}
      <Card title="Outcomes" flush>
        <DataTable
          caption="Outcomes"
          columns={[{ key: "name", label: "outcome", value: (r) => outcomeWord(r.name) }, ...rates(a, b)]}
          rows={found.outcomes}
          rowKey={(row) => row.name}
        />
      </Card>
      <Card title="Alleles around the cuts" flush aside={aside(found.alleles.length, found.alleleCount)}>
        <DataTable<ComparedAllele>
          caption="Alleles around the cuts"
          columns={[
            {
              key: "name",
              label: "allele",
              value: (r) => r.alignedRead,
              cell: (r) => <Sequence reference={r.alignedReference} read={r.alignedRead} cuts={[]} />,
            },
            ...rates<ComparedAllele>(a, b),
          ]}
          rows={found.alleles}
          rowKey={(row) => row.name}
          maxHeight={340}
        />
      </Card>
      <Card title="Positions" flush aside={aside(found.positions.length, found.positionCount)}>
        <DataTable
          caption="Positions"
          columns={[{ key: "name", label: "position and kind", mono: true, value: (r) => r.name }, ...rates(a, b)]}
          rows={found.positions}
          rowKey={(row) => row.name}
          maxHeight={340}
        />
      </Card>
    </>
  );
}
