import { existsSync, statSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { openPlace } from "@artesian/data";
import { type PresetName, presets, type SummaryParameters } from "@artesian/expression/presets.ts";
import { type PortalRecord, portalOf, readSkipList } from "@artesian/workflows";
import type { Command } from "commander";
import { UsageError } from "./exit.ts";
import { storeEnvironment } from "./store-environment.ts";

/** What commands that make a portal's summaries are told. */
export interface PortalFlags {
  out: string;
  data?: string;
  preset?: string;
  minGenes?: string;
  split?: string[];
  batch?: string;
  skip?: string;
  manifest?: string;
  workers?: string;
}

/** Options of every command that makes summaries. */
export function withPortalOptions(command: Command): Command {
  return command
    .requiredOption("--out <place>", "where figures and indexes go: a folder or s3://bucket/prefix")
    .option("--data <dir>", "data folder (default: .artesian in a folder --out, else artesian-data)")
    .option("--preset <name>", `parameters: ${Object.keys(presets).join(" or ")}`, "modern")
    .option("--min-genes <n>", "cells with fewer genes are left out; mad: bounds from the cells themselves")
    .option("--split <column...>", "columns about cells: a figure set for each of their values too")
    .option("--batch <column>", "column about cells that says their batch, for highly variable genes")
    .option("--skip <file>", 'projects that nobody summarises: a line each, then if you like ", owner" and "# reason"')
    .option("--manifest <key>", "file of the source that lists its matrices: CSV or JSON with project and matrix")
    .option("--workers <n>", "matrices at once (default: the machine's processors, two at most)");
}

/**
 * The portal that a command is about.
 * @throws UsageError for a preset, a number or a folder that is not there; what a skip list that cannot be read throws
 */
export async function portalFrom(source: string, flags: PortalFlags): Promise<{ portal: PortalRecord; dir: string }> {
  const portal = portalOf({
    source: addressOf(source),
    dest: addressOf(flags.out),
    parameters: parametersFrom(flags),
    skip: flags.skip === undefined ? undefined : addressOf(flags.skip),
    manifest: flags.manifest,
  });
  if (!isBucket(source) && !(existsSync(source) && statSync(source).isDirectory()))
    throw new UsageError(`${source}: there is no such folder. Give a folder of projects or s3://bucket/prefix.`);
  const env = storeEnvironment();
  openPlace(portal.dest, env);
  if (portal.skip !== null) {
    const slash = portal.skip.lastIndexOf("/");
    const name = portal.skip.slice(slash + 1);
    const place = openPlace(portal.skip.slice(0, slash) || "/", env);
    if ((await place.stat(name)) === undefined) throw new UsageError(`--skip ${flags.skip}: there is no such file.`);
    readSkipList(new TextDecoder().decode(await place.read(name)), flags.skip ?? name);
  }
  if (portal.manifest !== null && (await openPlace(portal.source, env).stat(portal.manifest)) === undefined)
    throw new UsageError(`--manifest ${portal.manifest}: there is no such file in ${source}.`);
  return { portal, dir: flags.data ?? (isBucket(flags.out) ? "artesian-data" : join(flags.out, ".artesian")) };
}

function parametersFrom(flags: PortalFlags): SummaryParameters {
  const name = flags.preset ?? "modern";
  if (!Object.hasOwn(presets, name))
    throw new UsageError(`--preset ${name}: there are ${Object.keys(presets).join(" and ")}.`);
  const preset = presets[name as PresetName];
  return {
    ...preset,
    minGenes: minGenesFrom(flags.minGenes) ?? preset.minGenes,
    splits: flags.split ?? [],
    ...(flags.batch === undefined ? {} : { batch: flags.batch }),
  };
}

function minGenesFrom(text: string | undefined): number | "mad" | undefined {
  if (text === undefined || text === "mad") return text;
  if (!/^\d+$/.test(text)) throw new UsageError(`--min-genes ${text}: give a whole number, or mad.`);
  return Number(text);
}

/** Whether an address names a bucket rather than a folder. */
export function isBucket(address: string): boolean {
  return /^[a-z0-9]+:\/\//i.test(address);
}

/** An address that means the same from everywhere. */
export function addressOf(address: string): string {
  return isBucket(address) ? address : resolve(address);
}

/** A portal's name on pages. */
export function portalName(source: string): string {
  return basename(source.replace(/\/+$/, "")) || source;
}
