import { discoverMatrices, type SummaryParameters } from "@artesian/expression";
import type { FileRecord, LookRecord, PortalRecord } from "./expression.schemas.ts";
import { EVERY_PROJECT, ownFiles } from "./portal-tasks.ts";

/** The topic that looks are asked for on, that of files of watched portals, and the table of these. */
export const LOOKS = "portal_looks";
export const FILES = "portal_files";
export const PORTALS = "portals";

export interface PortalOptions {
  source: string;
  dest: string;
  parameters: SummaryParameters;
  skip?: string | undefined;
  manifest?: string | undefined;
}

/** A portal as records describe it. */
export function portalOf({ source, dest, parameters, skip, manifest }: PortalOptions): PortalRecord {
  return { source, dest, parameters, skip: skip ?? null, manifest: manifest ?? null };
}

/**
 * Asks for the summaries of a portal: the same record whoever asks, a person, a schedule or a new file.
 * @param look a name of its own
 * @param options only: these projects, default all; force: make every summary anew
 */
export function lookAt(portal: PortalRecord, { look, because, only, force = false }: LookOptions): LookRecord {
  return { look, because, portal, only: only === undefined ? null : [...only], fresh: force ? look : "" };
}

export interface LookOptions {
  look: string;
  /** In words. */
  because: string;
  only?: readonly string[] | undefined;
  force?: boolean;
}

/**
 * A new or changed file of a watched portal; the files of a Zarr store are one. Undefined for what the portal itself publishes.
 * @param name of the portal, as in the table of portals
 */
export function fileOf(
  portal: PortalRecord,
  { name, key, etag, known }: { name: string; key: string; etag: string; known: boolean },
): FileRecord | undefined {
  if (ownFiles(portal)(key)) return undefined;
  const file = key.replace(/^(.*?\.zarr)\/.*$/is, "$1");
  if (portal.manifest !== null) return { name, project: EVERY_PROJECT, file, etag, known };
  const { matrices, problems } = discoverMatrices([{ key, etag, sizeBytes: 0, modifiedMs: 0 }]);
  const project = matrices[0]?.project ?? problems[0]?.project;
  return project === undefined ? undefined : { name, project, file, etag, known };
}
