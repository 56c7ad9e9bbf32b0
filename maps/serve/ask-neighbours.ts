import { GroupFileError } from "../errors.ts";
import { type GroupNeighbour, groupNeighbours } from "../group-neighbours.ts";
import { percentileOf } from "../percentile.ts";
import type { GroupRow } from "../perturbation-group.ts";
import { type RowTold, rowsTold } from "./chosen-rows.ts";
import type { GroupView } from "./group-view.ts";
import { productsOfRow } from "./partial-products.ts";

export interface NeighbourQuestion {
  /** At most so many a tail; default 20. */
  count?: number;
  /** Neighbours of one kind only. */
  type?: GroupRow["type"];
  /** Other doses and experiments of the same perturbation too; default false. */
  own?: boolean;
  /** Compare with published relations; default true. Without it a group that nobody asked before answers sooner. */
  novelty?: boolean;
}

/** A neighbour with its row. */
export interface NeighbourTold extends Omit<GroupNeighbour, "row"> {
  row: RowTold;
}

export interface NeighboursTold {
  of: RowTold;
  similar: NeighbourTold[];
  opposite: NeighbourTold[];
  /** "stored": from the lists made with the group; "scanned": every row was compared. Both are exact. */
  from: "stored" | "scanned";
}

type Pair = [row: number, cosine: number];

/** Nearest rows in both tails: from the stored lists where they hold enough of what is asked, by comparing every row otherwise. */
export async function askNeighbours(
  view: GroupView,
  row: number,
  question: NeighbourQuestion = {},
  call: { signal?: AbortSignal } = {},
): Promise<NeighboursTold> {
  const { count = 20, novelty = true } = question;
  const [[own], lists, quantiles, known] = await Promise.all([
    view.rowsOf([row], call),
    view.top(row, call),
    view.quantiles(call),
    novelty ? view.knowledge(call) : undefined,
  ]);
  for (const [other] of [...lists.similar, ...lists.opposite])
    if (other >= view.manifest.rows)
      throw new GroupFileError(
        view.manifest.files["topk.bin"]!.key,
        `row ${other}`,
        `rows below ${view.manifest.rows}`,
      );
  const among = filterOf(own!, question);
  const read = new Map([[row, own!]]);
  const kept = async (tail: Pair[], sign: 1 | -1): Promise<Pair[] | undefined> => {
    const found: Pair[] = [];
    // Most often the nearest few are what is wanted, so the others' rows are not read, and theirs once.
    for (let from = 0; from < tail.length && found.length < count; from += count) {
      const some = tail.slice(from, from + count);
      const rows = await view.rowsOf(
        some.map(([other]) => other),
        call,
      );
      found.push(
        ...some.filter(([other, cosine], i) => {
          read.set(other, rows[i]!);
          return sign * cosine > 0 && among(rows[i]!);
        }),
      );
    }
    // A list that ended before it was full, or beyond 0, held all there are.
    const isWhole = tail.length < STORED || sign * (tail.at(-1)?.[1] ?? 0) <= 0;
    return found.length >= count || isWhole ? found.slice(0, count) : undefined;
  };
  const [similar, opposite] = await Promise.all([kept(lists.similar, 1), kept(lists.opposite, -1)]);
  const relations = known?.relations ?? undefined;
  const tell = async (pairs: readonly Pair[]): Promise<NeighbourTold[]> => {
    const wanted = pairs.map(([other]) => other);
    const isRead = wanted.every((other) => read.has(other));
    const rows = await rowsTold(view, wanted, call, isRead ? wanted.map((other) => read.get(other)!) : undefined);
    return pairs.map(([, cosine], i) => ({
      row: rows[i]!,
      cosine,
      percentile: quantiles.length === 0 ? Number.NaN : percentileOf(quantiles, cosine),
      known: relations?.between(own!, rows[i]!) ?? null,
    }));
  };
  const [of] = await rowsTold(view, [row], call, [own!]);
  if (similar !== undefined && opposite !== undefined)
    return { of: of!, similar: await tell(similar), opposite: await tell(opposite), from: "stored" };
  const [outline, cosines] = await Promise.all([view.outline(call), view.cosines(row, call)]);
  const scanned = groupNeighbours(outline, row, {
    quantiles,
    count,
    among,
    products: productsOfRow(row, cosines, outline.dims),
  });
  const pairs = (all: readonly GroupNeighbour[]): Pair[] => all.map((one) => [one.row, one.cosine]);
  return {
    of: of!,
    similar: await tell(pairs(scanned.similar)),
    opposite: await tell(pairs(scanned.opposite)),
    from: "scanned",
  };
}

const STORED = 100;

function filterOf(own: GroupRow, { type, own: withOwn = false }: NeighbourQuestion): (row: GroupRow) => boolean {
  return (row) =>
    row.experiment === own.experiment &&
    (withOwn || row.perturbation !== own.perturbation) &&
    (type === undefined || row.type === type);
}
