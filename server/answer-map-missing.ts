import { askMissing, type Lease, type MissingTold, type PageSettings } from "@artesian/maps";
import { experimentById, plateOverview } from "@artesian/store";
import type * as api from "./api.ts";
import type { ServerContext } from "./context.ts";
import { page } from "./links.ts";
import { answeredBy, mapsOf } from "./map-requests.ts";

type Link = api.MapWhyMissing["steps"][number]["links"][number];
/** Plates that a step links to; all are listed in the answer. */
const MOST_LINKS = 6;

/** Why something is missing, each step with links to what it speaks of: experiment, plate, group, page. */
export async function mapMissing(
  context: ServerContext,
  lease: Lease,
  name: string,
  settings: PageSettings,
  call: { signal: AbortSignal },
): Promise<api.MapWhyMissing> {
  const told = await askMissing(mapsOf(context), lease, name, settings, call);
  const plates = await withPages(context, told.plates);
  const { id, version } = lease.manifest;
  const group = (rest = "", at = `${id}@${version}`): string =>
    `/maps/groups/${encodeURIComponent(at).replaceAll("%40", "@")}${rest}`;
  const rows = `?rows=${encodeURIComponent(name)}`;
  const links: Readonly<Record<string, Link[]>> = {
    source: [
      { text: "inputs of the build", href: group("/health") },
      ...unique(plates.flatMap(({ experiment, experimentHref: href }) => (href ? [{ text: experiment!, href }] : []))),
    ],
    wells: plates.flatMap(({ plate, href }) => (href === null ? [] : [{ text: plate, href }])),
    filters: [{ text: "settings of the build", href: group("/health") }],
    versions: told.otherVersions.map((at) => ({ text: at, href: group(rows, at) })),
    layers: [{ text: "groups and where they are kept", href: "/maps" }],
    settings: [{ text: "show it on the map", href: group(rows) }],
  };
  const isUseful = ({ step, outcome }: MissingTold["steps"][number]): boolean =>
    outcome !== "not reached" && (step !== "settings" || told.rows.length > 0);
  return {
    by: answeredBy(lease),
    failed: told.failed,
    sentence: told.sentence,
    remedy: told.remedy,
    dropped: told.dropped,
    otherVersions: told.otherVersions,
    plates: plates.map(({ experimentHref: _, ...plate }) => plate),
    steps: told.steps.map((step) => ({
      step: step.step,
      outcome: step.outcome,
      words: step.words,
      links: isUseful(step) ? (links[step.step] ?? []).slice(0, MOST_LINKS) : [],
    })),
  };
}

/** Plates with their pages, where this data folder holds them. */
async function withPages(context: ServerContext, plates: MissingTold["plates"]) {
  const { db } = context.reader;
  const held = new Map<string, Set<string>>();
  for (const id of new Set(plates.flatMap(({ experiment }) => experiment ?? []))) {
    const experiment = await experimentById(db, id);
    if (experiment) held.set(id, new Set((await plateOverview(db, experiment)).map(({ plate }) => plate)));
  }
  return plates.map((one) => {
    const { experiment, plate } = one;
    const known = experiment === null ? undefined : held.get(experiment);
    return {
      ...one,
      href: known?.has(plate) ? page.plates(experiment!, plate) : null,
      experimentHref: known === undefined ? null : page.experiment(experiment!),
    };
  });
}

const unique = (links: Link[]): Link[] => [...new Map(links.map((link) => [link.href, link])).values()];
