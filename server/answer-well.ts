import { basename } from "node:path";
import {
  type Experiment,
  experimentResults,
  type LayoutWell,
  layoutWells,
  plateOverview,
  type StoredFlag,
  standingVerdict,
  verdictsOf,
  type WellRecord,
  wellRecord,
} from "@artesian/store";
import { provenanceOf } from "./answer-experiments.ts";
import type * as api from "./api.ts";
import type { ServerContext } from "./context.ts";
import { NotFoundError } from "./errors.ts";
import { channelsOf, perturbationRef, url } from "./links.ts";
import { metricWords } from "./metric-catalogue.ts";

/** `GET /api/v1/experiments/:experiment/plates/:plate/wells/:well` */
export async function wellDetail(
  context: ServerContext,
  experiment: Experiment,
  plate: string,
  name: string,
): Promise<api.WellDetail> {
  const { db } = context.reader;
  const { id } = experiment;
  const wells = await layoutWells(db, id, plate);
  const well = wells.find((candidate) => candidate.well === name);
  if (well === undefined)
    throw new NotFoundError(
      "well",
      `${name} on plate ${plate} of experiment ${id}`,
      "It is not in the plate's layout and no image came for it.",
    );
  const record = await wellRecord(db, id, plate, name);
  const overview = (await plateOverview(db, experiment)).find((candidate) => candidate.plate === plate);
  const verdicts = await verdictsOf(db, id, plate, name);
  const results = await experimentResults(db, id, ["phenoprint"]);
  const score = results.phenoprint?.phenoprint?.scores.find(
    (item) => item.plate === plate && item.well === name,
  )?.score;
  return {
    experimentId: id,
    plate,
    well: name,
    row: well.row,
    column: well.column,
    role: well.role as api.Role,
    perturbation: well.perturbationId === null ? null : perturbationRef(well.perturbationId),
    doseUm: well.doseUm,
    status: well.status,
    missing: record.profile?.missing ?? [],
    failed: failedOf(record),
    cellCount: well.cells,
    cellCountRank: rankOf(well, wells),
    plateZPrime: overview?.metrics.zPrime ?? null,
    score: score ?? record.profile?.metrics.score ?? null,
    channels: channelsOf(experiment.channels),
    windows: overview?.windows ?? {},
    pixelSizeUm: experiment.pixelSizeUm,
    sites: Array.from(
      { length: Math.max(experiment.sitesPerWell, ...record.images.map((image) => image.site)) },
      (_, index) => siteOf(experiment, plate, name, index + 1, record),
    ),
    numbers: numbersOf(experiment, record),
    flags: record.flags.map((flag) => ({ ...flag, label: flag.label as api.FaultLabel })),
    verdict: standingVerdict(verdicts),
    verdictHistory: verdicts,
    neighbours: neighboursOf(well, wells),
    updatedAt: record.profile?.at ?? null,
    provenance: await provenanceOf(
      context,
      experiment,
      "Numbers are measured on the images shown; pictures are windowed for the eye only.",
      record.profile?.at ?? null,
    ),
  };
}

/** Each failure once: an image's own error, then what the pipeline says beside it. */
function failedOf(record: WellRecord): { what: string; code: string; message: string }[] {
  const images = record.images.flatMap((image) =>
    image.error === null ? [] : [{ what: `site ${image.site} · ${image.channel}`, ...image.error }],
  );
  const tasks = record.failures.map((failure) => ({
    what: [failure.site > 0 ? `site ${failure.site}` : "well", failure.channel, failure.node]
      .filter(Boolean)
      .join(" · "),
    code: failure.code,
    message: failure.message,
  }));
  const all = [...images, ...tasks, ...(record.profile?.failed ?? [])];
  return all.filter((item, index) => all.findIndex((other) => other.message === item.message) === index);
}

function siteOf(experiment: Experiment, plate: string, well: string, site: number, record: WellRecord): api.WellSite {
  const stored = record.sites.find((candidate) => candidate.site === site);
  const images = experiment.channels.map((channel): api.SiteImage => {
    const image = record.images.find((candidate) => candidate.site === site && candidate.channel === channel);
    const address = url.site(experiment.id, plate, well, site, `${channel}.png`);
    return {
      channel,
      status: image === undefined ? "waiting" : image.error === null ? "seen" : "failed",
      error: image?.error?.message ?? null,
      url: image === undefined || image.error !== null ? null : address,
      width: image?.width ?? null,
      height: image?.height ?? null,
      bitDepth: image?.bitDepth ?? null,
      sha256: image?.sha256 ?? null,
      sourceName: image === undefined ? "" : basename(image.path),
    };
  });
  const seen = images.filter((image) => image.status === "seen").length;
  const failed = images.some((image) => image.status === "failed");
  return {
    site,
    status: failed ? "failed" : seen === 0 ? "waiting" : seen < images.length ? "imaging" : "complete",
    thumbnailUrl: stored?.thumbnailUri ? url.object(stored.thumbnailUri) : null,
    compositeUrl: seen === 0 ? null : url.site(experiment.id, plate, well, site, "composite.png"),
    outlinesUrl: stored?.outlinesUri ? url.site(experiment.id, plate, well, site, "outlines.png") : null,
    images,
    nuclei: stored?.nuclei ?? null,
    cells: stored?.cells ?? null,
  };
}

/** Which number shows a fault. */
const SHOWN_BY: Record<string, string> = {
  PowerLogLogSlope: "defocus",
  SaturatedPixels: "saturation",
  PercentSaturated: "saturation",
};

function numbersOf(experiment: Experiment, record: WellRecord): api.WellDetail["numbers"] {
  const sites = Array.from({ length: experiment.sitesPerWell }, (_, index) => index + 1);
  const flagAt = (site: number, label: string, channel: string | null): api.FaultLabel | null => {
    const hit = record.flags.some(
      (flag: StoredFlag) =>
        flag.label === label && (flag.site ?? site) === site && (flag.channel ?? channel) === channel,
    );
    return hit ? (label as api.FaultLabel) : null;
  };
  const rows: api.WellDetail["numbers"] = [];
  for (const count of ["nuclei", "cells"] as const) {
    const values = sites.map((site) => record.sites.find((stored) => stored.site === site)?.[count] ?? null);
    const flags = sites.map((site) => flagAt(site, "empty-well", null) ?? flagAt(site, "few-cells", null));
    if (values.some((value) => value !== null))
      rows.push({ metric: count, label: count, channel: null, unit: "", values, flags });
  }
  const imageMetrics = new Set(record.images.flatMap((image) => Object.keys(image.metrics ?? {})));
  for (const metric of imageMetrics) {
    for (const channel of experiment.channels) {
      const values = sites.map(
        (site) =>
          record.images.find((image) => image.site === site && image.channel === channel)?.metrics?.[metric] ?? null,
      );
      if (values.every((value) => value === null)) continue;
      const fault = SHOWN_BY[metric];
      const flags = sites.map((site) => (fault === undefined ? null : flagAt(site, fault, channel)));
      rows.push({ metric, ...labelled(metric), channel, values, flags });
    }
  }
  for (const metric of new Set(record.sites.flatMap((site) => Object.keys(site.metrics)))) {
    const values = sites.map((site) => record.sites.find((stored) => stored.site === site)?.metrics[metric] ?? null);
    rows.push({ metric, ...labelled(metric), channel: null, values, flags: sites.map(() => null) });
  }
  return rows;
}

function labelled(metric: string): { label: string; unit: string } {
  const { label, unit } = metricWords(metric);
  return { label, unit };
}

function rankOf(well: LayoutWell, wells: readonly LayoutWell[]): api.WellDetail["cellCountRank"] {
  const { cells } = well;
  if (cells === null) return null;
  const counted = wells.flatMap((other) => other.cells ?? []);
  return { rank: counted.filter((other) => other > cells).length + 1, of: counted.length };
}

/** Wells beside a well, skipping places that the layout leaves empty. */
function neighboursOf(well: LayoutWell, wells: readonly LayoutWell[]): api.WellDetail["neighbours"] {
  const index = wells.indexOf(well);
  const nearest = (candidates: LayoutWell[], distance: (other: LayoutWell) => number) =>
    candidates.sort((a, b) => distance(a) - distance(b))[0]?.well ?? null;
  const sameRow = wells.filter((other) => other.row === well.row);
  const sameColumn = wells.filter((other) => other.column === well.column);
  return {
    previous: wells[index - 1]?.well ?? null,
    next: wells[index + 1]?.well ?? null,
    up: nearest(
      sameColumn.filter((other) => other.row < well.row),
      (other) => well.row - other.row,
    ),
    down: nearest(
      sameColumn.filter((other) => other.row > well.row),
      (other) => other.row - well.row,
    ),
    left: nearest(
      sameRow.filter((other) => other.column < well.column),
      (other) => well.column - other.column,
    ),
    right: nearest(
      sameRow.filter((other) => other.column > well.column),
      (other) => other.column - well.column,
    ),
  };
}
