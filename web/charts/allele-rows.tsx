import type { EditAlleles } from "@artesian/server/api.ts";
import { alleleRuns, outcomeWord, percentText } from "../model/edits.ts";
import { formatCount } from "../model/format.ts";

/** Alleles around a cut, one a line under the reference: what differs is marked by colour and form, the cut by a line. */
export function AlleleRows({ region, most }: { region: EditAlleles; most: number }) {
  return (
    <div className="scroll-x">
      <table className="data alleles">
        <caption className="visually-hidden">Alleles around {region.region}</caption>
        <thead>
          <tr>
            <th scope="col">sequence</th>
            <th scope="col">outcome</th>
            <th scope="col">edits</th>
            <th scope="col" className="num">
              reads
            </th>
            <th scope="col" className="num">
              share (%)
            </th>
          </tr>
        </thead>
        <tbody>
          <tr className="reference">
            <td>
              <Sequence reference={region.sequence} read={region.sequence} cuts={region.cuts} />
            </td>
            <td className="dim" colSpan={4}>
              amplicon, {region.from} to {region.to}
            </td>
          </tr>
          {region.alleles.slice(0, most).map((allele) => (
            <tr key={`${allele.reference} ${allele.alignedRead} ${allele.alignedReference} ${allele.outcome}`}>
              <td>
                <Sequence reference={allele.alignedReference} read={allele.alignedRead} cuts={region.cuts} />
              </td>
              <td>
                {outcomeWord(allele.outcome)}
                {allele.ambiguous ? <span className="dim"> · ambiguous</span> : null}
              </td>
              <td className="mono dim">{allele.edits.join(" ") || "none"}</td>
              <td className="num">{formatCount(allele.reads)}</td>
              <td className="num">{percentText(allele.share)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** A read's bases told from its reference's. */
export function Sequence({ reference, read, cuts }: { reference: string; read: string; cuts: readonly number[] }) {
  return (
    <span className="mono bases">
      {alleleRuns(reference, read, cuts).map(({ bases, kind, cut }, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a run is its place
        <i key={i} className={`run ${kind}${cut ? " cut" : ""}`}>
          {bases}
        </i>
      ))}
    </span>
  );
}
