import type { SummaryParameters } from "@artesian/expression";
import type { LookRecord, PortalRecord } from "./expression.schemas.ts";

/** The topic that looks are asked for on. */
export const LOOKS = "portal_looks";

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
 * @param lookMs when it began, ms since 1970
 * @param options only: these projects, default all; force: make every summary anew
 */
export function lookAt(portal: PortalRecord, { look, lookMs, because, only, force = false }: LookOptions): LookRecord {
  return { look, lookMs, because, portal, only: only === undefined ? null : [...only], fresh: force ? look : "" };
}

export interface LookOptions {
  look: string;
  lookMs: number;
  /** In words. */
  because: string;
  only?: readonly string[] | undefined;
  force?: boolean;
}
