import { type Table, tableFromRows } from "@artesian/data";
import { editText } from "./edit-text.ts";
import type { CountedRate, EditingResult, EditResult } from "./result.ts";

type Row = Record<string, string | number | null>;

/** Share of 1 as a percentage, exact to the double. */
const percent = (share: number): number => share * 100;

function rateColumns(name: string, { value, lower, upper }: { value: number; lower: number; upper: number }): Row {
  return {
    [`${name}_percent`]: percent(value),
    [`${name}_lower_percent`]: percent(lower),
    [`${name}_upper_percent`]: percent(upper),
  };
}

/** One line about a sample: counts, outcomes with shares, the edited rate with its interval, and what is left of it beside controls. */
export function quantificationRow(result: EditingResult): Row {
  const { counts, outcomes, edited, frames, background, scaffold } = result;
  const kinds = (bit: number): number =>
    result.amplicon.references.reduce(
      (sum, reference) => sum + reference.kinds.reduce((all, reads, bits) => all + (bits & bit ? reads : 0), 0),
      0,
    );
  const named: [string, CountedRate][] = [
    ["unmodified", outcomes.unmodified],
    ["nhej", outcomes.nhej],
    ["hdr", outcomes.hdr],
    ["prime_edited", outcomes.primeEdited],
    ["mixed", outcomes.mixed],
    ["ambiguous_edited", outcomes.ambiguousEdited],
    ["undecided", outcomes.undecided],
  ];
  return {
    sample: result.sample,
    amplicon: result.amplicon.name,
    unit: result.unit,
    unique_sequences: counts.unique,
    aligned: counts.aligned,
    low_identity: counts.lowIdentity,
    uncovered: counts.uncovered,
    judged: counts.judged,
    ambiguous: counts.ambiguous,
    ...Object.fromEntries(named.map(([name, { count }]) => [name, count])),
    edited: edited.count,
    decided: edited.of,
    ...rateColumns("edited", edited),
    ...Object.fromEntries(named.flatMap(([name, rate]) => Object.entries(rateColumns(name, rate)))),
    with_substitutions: kinds(1),
    with_insertions: kinds(2),
    with_deletions: kinds(4),
    in_frame: frames?.inFrame ?? null,
    frameshift: frames?.frameshift ?? null,
    noncoding: frames?.noncoding ?? null,
    splice_site: frames?.splice ?? null,
    scaffold: scaffold?.count ?? null,
    ...(background === null
      ? {}
      : {
          ...rateColumns("control", background.edited),
          ...rateColumns("difference", background.difference),
          p: background.p,
        }),
  };
}

export function quantificationTable(results: readonly EditingResult[]): Table {
  return tableFromRows(results.map(quantificationRow));
}

export function allelesTable({ alleles, counts }: EditingResult): Table {
  return tableFromRows(
    alleles.flatMap(({ region, alleles: listed }) =>
      listed.map((allele) => ({
        region,
        reads: allele.reads,
        percent: percent(allele.reads / counts.judged),
        outcome: allele.outcome,
        reference: allele.reference,
        ambiguous: allele.ambiguous ? "yes" : "no",
        aligned_reference: allele.alignedReference,
        aligned_read: allele.alignedRead,
        edits: allele.edits.join(" "),
      })),
    ),
  );
}

/** Shares of the reads that cover each base, references one after the other. */
export function nucleotidesTable({ amplicon }: EditingResult): Table {
  return tableFromRows(
    amplicon.references.flatMap(({ name, sequence, window, positions }) => {
      const inWindow = new Set(window);
      return [...sequence].map((base, i): Row => {
        const covered = positions.covered[i]!;
        const share = (reads: number): number | null => (covered > 0 ? percent(reads / covered) : null);
        return {
          reference: name,
          position: i + 1,
          base,
          in_window: inWindow.has(i) ? "yes" : "no",
          covered,
          A_percent: share(positions.A[i]!),
          C_percent: share(positions.C[i]!),
          G_percent: share(positions.G[i]!),
          T_percent: share(positions.T[i]!),
          N_percent: share(positions.N[i]!),
          deleted_percent: share(positions.deleted[i]!),
          inserted_left_percent: share(positions.inserted[i]!),
        };
      });
    }),
  );
}

/** Reads by net size of their indels in the window, with insertions and deletions by their own sizes. */
export function indelTable({ amplicon }: EditingResult): Table {
  return tableFromRows(
    amplicon.references.flatMap(({ name, unmodified, netSizes, insertionSizes, deletionSizes }) => {
      const sizes = new Set([...netSizes, ...insertionSizes].map(([size]) => size));
      for (const [size] of deletionSizes) sizes.add(-size);
      const at = (pairs: readonly [number, number][], size: number): number =>
        pairs.find(([own]) => own === size)?.[1] ?? 0;
      const rows = [...sizes]
        .sort((a, b) => a - b)
        .map(
          (size): Row => ({
            reference: name,
            size,
            reads_by_net_size: at(netSizes, size),
            insertions: size > 0 ? at(insertionSizes, size) : 0,
            deletions: size < 0 ? at(deletionSizes, -size) : 0,
          }),
        );
      return [{ reference: name, size: null, reads_by_net_size: unmodified, insertions: 0, deletions: 0 }, ...rows];
    }),
  );
}

export function conversionsTable({ conversions }: EditingResult): Table {
  const { editor, sites } = conversions ?? { sites: [] };
  return tableFromRows(
    sites.map((site) => ({
      guide: site.guide,
      conversion: editor === undefined ? "" : `${editor.from}>${editor.to}`,
      protospacer_position: site.protospacerPosition,
      amplicon_position: site.position + 1,
      reads: site.reads,
      converted: site.converted,
      ...rateColumns("converted", site),
      other_substitutions: site.other,
      deleted: site.deleted,
    })),
  );
}

export function conversionAllelesTable({ conversions }: EditingResult): Table {
  return tableFromRows(
    (conversions?.alleles ?? []).map((allele) => ({
      guide: allele.guide,
      converted: allele.converted,
      indel: allele.indel ? "yes" : "no",
      reads: allele.reads,
      ...rateColumns("reads", allele),
    })),
  );
}

export function editsTable({ edits }: EditingResult): Table {
  return tableFromRows(edits.map(editRow));
}

function editRow(edit: EditResult): Row {
  const { background } = edit;
  return {
    reference: edit.contig,
    edit: editText(edit),
    kind: edit.kind,
    position: edit.position + 1,
    length: edit.length,
    in_window: edit.inWindow ? "yes" : "no",
    reads: edit.reads,
    depth: edit.depth,
    ...rateColumns("reads", edit.rate),
    ...(background === null
      ? {}
      : {
          control_reads: background.control.count,
          control_depth: background.control.of,
          ...rateColumns("difference", background.difference),
          p: background.p,
          q: background.q,
        }),
  };
}

export function backgroundTable({ background, amplicon }: EditingResult): Table {
  const window = new Set(amplicon.references[0]!.window);
  return tableFromRows(
    (background?.positions ?? []).map((row) => ({
      position: row.position + 1,
      kind: row.kind,
      in_window: window.has(row.position) ? "yes" : "no",
      treated: row.treated.count,
      treated_depth: row.treated.of,
      control: row.control.count,
      control_depth: row.control.of,
      ...rateColumns("difference", row.difference),
      p: row.p,
      q: row.q,
    })),
  );
}
