import { GroupTooLargeError } from "../errors.ts";
import { type Funnel, type FunnelInputs, openFunnel } from "../funnel.ts";
import type { FunnelSettings } from "../funnel-settings.ts";
import { floatsOf } from "../group-files.ts";
import { dosesOf } from "../group-rows.ts";
import { type HypothesisCard, hypothesisCard } from "../hypothesis-card.ts";
import type { GroupView } from "./group-view.ts";
import { readParts } from "./read-parts.ts";

/** Vectors that a funnel may hold: it compares all of them with each other. */
export const FUNNEL_BYTES = 512 * 2 ** 20;

/** A funnel over a group version; keep it, since it remembers what it found out. @throws GroupTooLargeError (maps/group-too-large) */
export async function funnelOf(view: GroupView, mostBytes = FUNNEL_BYTES): Promise<Funnel> {
  const [whole, quantiles, { relations }] = await Promise.all([
    view.whole({ mostBytes }),
    view.quantiles(),
    view.knowledge(),
  ]);
  if (whole === undefined)
    throw new GroupTooLargeError(view.name, "a funnel", view.manifest.files["vectors.f32"]!.sizeBytes, mostBytes);
  const isSplit = whole.group.rows.some(({ experiment }) => experiment !== null);
  const inputs: FunnelInputs = {
    ...whole,
    quantiles,
    native: view.native,
    ...(relations && { known: relations }),
    ...(isSplit && { split: { group: whole.group, quantiles } }),
  };
  return openFunnel(inputs);
}

/** Settings that a group can answer: replication is not looked at where it has no rows of single experiments. */
export async function settingsFor(view: GroupView, settings: FunnelSettings): Promise<FunnelSettings> {
  if (settings.replicated === null) return settings;
  const rows = await view.rows();
  return rows.some(({ experiment }) => experiment !== null) ? settings : { ...settings, replicated: null };
}

/** A hypothesis with all that speaks for and against it. @throws UnknownRowError (maps/unknown-row) */
export async function askCard(
  view: GroupView,
  a: number,
  b: number,
  call: { signal?: AbortSignal } = {},
): Promise<HypothesisCard> {
  const [outline, quantiles, { relations, sets }] = await Promise.all([
    view.outline(call),
    view.quantiles(call),
    view.knowledge(call),
  ]);
  const ends = await view.rowsOf([a, b], call);
  const doses = ends.flatMap(({ perturbation }) => dosesOf(outline, perturbation));
  const products = await view.among([a, b, ...doses], call);
  const isSplit = outline.rows.some(({ experiment }) => experiment !== null);
  const split = isSplit ? await splitOf(view, call) : undefined;
  return hypothesisCard(
    {
      group: outline,
      name: view.name,
      quantiles,
      products,
      sets: sets.flatMap((one) => one.sets),
      ...(relations && { known: relations }),
      ...(split && { split: { group: split, quantiles } }),
    },
    a,
    b,
  );
}

/** Rows of single experiments with their vectors. @throws GroupTooLargeError (maps/group-too-large) */
async function splitOf(view: GroupView, call: { signal?: AbortSignal }) {
  const rows = await view.rows(call);
  const chosen = rows.flatMap(({ experiment }, i) => (experiment === null ? [] : [i]));
  const { dims, files } = view.manifest;
  const sizeBytes = chosen.length * dims * 4;
  if (sizeBytes > FUNNEL_BYTES) throw new GroupTooLargeError(view.name, "a card", sizeBytes, FUNNEL_BYTES);
  const norms = await view.norms(call);
  return {
    rows: chosen.map((row) => rows[row]!),
    dims,
    vectors: floatsOf(await readParts(view.place, files["vectors.f32"]!.key, dims * 4, chosen, call)),
    norms: Float32Array.from(chosen, (row) => norms[row]!),
  };
}
