import { type Enrichment, enrichment } from "../enrichment.ts";
import { MissingKnowledgeError } from "../errors.ts";
import type { ExperimentAgreement } from "../experiment-agreement.ts";
import type { GeneSet } from "../gene-sets.ts";
import { type KnownAgainstNovel, knownAgainstNovel } from "../known-against-novel.ts";
import { geneRows } from "../known-relations.ts";
import { type CompoundMatch, oppositeCompounds } from "../opposite-compounds.ts";
import { type Proxy as GeneProxy, proxiesOf } from "../proxies.ts";
import { type Trust, type TrustRules, trustOf } from "../trust.ts";
import { askReplicates, type ReplicatesTold } from "./ask-replicates.ts";
import type { GroupView } from "./group-view.ts";
import { productsOfRow } from "./partial-products.ts";

interface Call {
  signal?: AbortSignal;
}

/** Do I trust this phenoprint, with what its experiments and wells say. */
export async function askTrust(
  view: GroupView,
  row: number,
  options: { rules?: TrustRules } = {},
  call: Call = {},
): Promise<{ trust: Trust; replicates: ReplicatesTold }> {
  const [outline, replicates] = await Promise.all([view.outline(call), askReplicates(view, row, call)]);
  const agreement: ExperimentAgreement | null = replicates.agreement;
  return { trust: trustOf(outline, row, { ...options, ...(agreement && { agreement }) }), replicates };
}

/** Gene sets that the group was published with, of one source or of all. @throws MissingKnowledgeError (maps/no-knowledge) */
export async function geneSetsOf(view: GroupView, source?: string, call: Call = {}): Promise<GeneSet[]> {
  const { sets } = await view.knowledge(call);
  const chosen = sets.filter((one) => source === undefined || one.source === source);
  if (chosen.length === 0)
    throw new MissingKnowledgeError(
      view.name,
      source === undefined ? "gene sets" : `gene sets called ${source}`,
      "clusters",
    );
  return chosen.flatMap((one) => one.sets);
}

/** Ranked proxies of a gene whose own phenoprint is not trusted: trusted genes of its pathways on other arms. */
export async function askProxies(
  view: GroupView,
  row: number,
  options: { rules?: TrustRules; count?: number; source?: string } = {},
  call: Call = {},
): Promise<GeneProxy[]> {
  const { source, ...how } = options;
  const sets = await geneSetsOf(view, source, call);
  const [outline, cosines] = await Promise.all([view.outline(call), view.cosines(row, call)]);
  return proxiesOf(outline, row, sets, { ...how, products: productsOfRow(row, cosines, outline.dims) });
}

/** Compounds opposite, or alike, to a row, with how the cosine moves over their doses. */
export async function askCompounds(
  view: GroupView,
  row: number,
  options: { side?: "opposite" | "similar"; tail?: number } = {},
  call: Call = {},
): Promise<CompoundMatch[]> {
  const [outline, cosines, quantiles, { relations }] = await Promise.all([
    view.outline(call),
    view.cosines(row, call),
    view.quantiles(call),
    view.knowledge(call),
  ]);
  const products = productsOfRow(row, cosines, outline.dims);
  return oppositeCompounds(outline, row, { ...options, quantiles, products, ...(relations && { known: relations }) });
}

/** Known against novel for one row, with the provenance of each known edge. @throws MissingKnowledgeError (maps/no-knowledge) */
export async function askKnown(
  view: GroupView,
  row: number,
  options: { tail?: number; count?: number } = {},
  call: Call = {},
): Promise<KnownAgainstNovel> {
  const { relations } = await view.knowledge(call);
  if (relations === null) throw new MissingKnowledgeError(view.name, "known relations", "relations");
  const [outline, cosines, quantiles] = await Promise.all([
    view.outline(call),
    view.cosines(row, call),
    view.quantiles(call),
  ]);
  const own = outline.rows[row]!;
  return knownAgainstNovel(outline, row, relations, {
    ...options,
    quantiles,
    among: ({ experiment, perturbation }) => experiment === own.experiment && perturbation !== own.perturbation,
    products: productsOfRow(row, cosines, outline.dims),
  });
}

/** Gene sets over-represented among chosen genes, against the genes of the group. @throws MissingKnowledgeError (maps/no-knowledge), EnrichmentError (maps/enrichment) */
export async function askEnrichment(
  view: GroupView,
  chosen: readonly number[],
  options: { source?: string; minimumSize?: number; maximumSize?: number } = {},
  call: Call = {},
): Promise<Enrichment[]> {
  const { source, ...sizes } = options;
  const [sets, rows, outline] = await Promise.all([
    geneSetsOf(view, source, call),
    view.rowsOf(chosen, call),
    view.outline(call),
  ]);
  const symbols = rows.filter(({ type }) => type === "gene").map(({ symbol }) => symbol);
  return enrichment(symbols, [...geneRows(outline).keys()], sets, sizes);
}
