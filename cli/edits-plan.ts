import { existsSync, readFileSync } from "node:fs";
import type { AmpliconSpec, DesignOptions, GuideSpec } from "@artesian/editing";
import { type AnalysisPlan, parseBaseEditor, type QuantifyOptions, type ReadSampleOptions } from "@artesian/editing";
import type { EditsFlags } from "./edits-options.ts";
import { UsageError } from "./exit.ts";

const kinds = ["substitution", "insertion", "deletion"] as const;

/** @throws UsageError for a number, a choice or a file that is not what was asked for; what `parseBaseEditor` throws */
export function planFrom(flags: EditsFlags): Omit<AnalysisPlan, "amplicon"> {
  const baseEditor = flags.baseEditor === undefined ? undefined : parseBaseEditor(flags.baseEditor);
  const [windowSize] = flags.window?.length === 1 ? [count("--window", flags.window[0]!, 1)] : [];
  const design: DesignOptions = {
    ...(windowSize !== undefined && { windowSize }),
    ...(flags.windowFromTo !== undefined && {
      window: flags.windowFromTo.flatMap((text) => text.split(",")).map(range),
    }),
    ...optional("excludeEnds", "--exclude-ends", flags.excludeEnds, 0),
    ...optional("guideMismatches", "--guide-mismatches", flags.guideMismatches, 0),
    ...optional("alleleSize", "--allele-size", flags.alleleSize, 1),
    ...(flags.everyGuidePlace && { everyGuidePlace: true }),
  };
  const ignore = (flags.ignore ?? []).flatMap((text) => text.split(",")).map((kind) => choice("--ignore", kind, kinds));
  const quantify: QuantifyOptions = {
    ...(flags.minIdentity !== undefined && { minIdentity: number("--min-identity", flags.minIdentity, 0, 100) }),
    ...(ignore.length > 0 && { ignore }),
    ...(flags.ambiguous !== undefined && {
      ambiguous: choice("--ambiguous", flags.ambiguous, ["apart", "first"] as const),
    }),
    ...(baseEditor !== undefined && { baseEditor }),
    ...pegRna(flags),
  };
  return {
    design,
    quantify,
    ...optional("mostAlleles", "--alleles", flags.alleles, 1),
    ...(flags.minEditPercent !== undefined && {
      leastEditShare: number("--min-edit-percent", flags.minEditPercent, 0, 100) / 100,
    }),
  };
}

/** The amplicon that the flags describe; undefined without one. */
export function ampliconFrom(flags: EditsFlags): AmpliconSpec | undefined {
  const guides = guidesFrom(flags);
  if (flags.amplicon === undefined) {
    const without = (["hdr", "primeEdited", "allele", "coding", "ampliconName"] as const).find(
      (flag) => flags[flag] !== undefined,
    );
    if (without !== undefined)
      throw new UsageError(`--${kebab(without)} needs --amplicon: it is a part of it, or all of it.`);
    return undefined;
  }
  const { name, sequence } = sequenceOf("--amplicon", flags.amplicon);
  const alleles = (flags.allele ?? []).map((text) => {
    const [, allele, given] = /^([^=]+)=(.+)$/s.exec(text) ?? [];
    if (allele === undefined || given === undefined)
      throw new UsageError(`--allele ${text}: write NAME=SEQUENCE or NAME=FILE.fa.`);
    return { name: allele, sequence: sequenceOf("--allele", given).sequence };
  });
  return {
    name: flags.ampliconName ?? name ?? "amplicon",
    sequence,
    ...(guides.length > 0 && { guides }),
    ...(flags.hdr !== undefined && { hdr: sequenceOf("--hdr", flags.hdr).sequence }),
    ...(flags.primeEdited !== undefined && { primeEdited: sequenceOf("--prime-edited", flags.primeEdited).sequence }),
    ...(alleles.length > 0 && { alleles }),
    ...(flags.coding !== undefined && { coding: flags.coding.flatMap((text) => text.split(",")) }),
  };
}

/** Guides with the cuts and windows that the flags give them. */
export function guidesFrom({ guide, guideName, cutOffset, window }: EditsFlags): GuideSpec[] {
  const sequences = (guide ?? []).flatMap((text) => text.split(","));
  const names = (guideName ?? []).flatMap((text) => text.split(","));
  if (names.length > 0 && names.length !== sequences.length)
    throw new UsageError(`--guide-name: ${names.length} names for ${sequences.length} guides. Give one each.`);
  const offsets = each("--cut-offset", cutOffset, sequences.length);
  const sizes = window !== undefined && window.length > 1 ? each("--window", window, sequences.length) : [];
  return sequences.map((sequence, i) => ({
    sequence,
    ...(names[i] !== undefined && { name: names[i] }),
    ...(offsets[i] !== undefined && { cutOffset: integer("--cut-offset", offsets[i]) }),
    ...(sizes[i] !== undefined && { windowSize: count("--window", sizes[i], 1) }),
  }));
}

/** Gives guides of a sheet the cut that the flags give all. */
export function withCutOffset(spec: AmpliconSpec, { cutOffset, window }: EditsFlags): AmpliconSpec {
  if ((window?.length ?? 0) > 1 || (cutOffset?.length ?? 0) > 1)
    throw new UsageError("--cut-offset and --window: give one for all guides of a sheet.");
  const [offset] = cutOffset ?? [];
  if (offset === undefined || spec.guides === undefined) return spec;
  const value = integer("--cut-offset", offset);
  return { ...spec, guides: spec.guides.map((guide) => ({ cutOffset: value, ...guide })) };
}

/** What is read of files. */
export function readingFrom(flags: EditsFlags): ReadSampleOptions {
  const filter = {
    ...quality("minMeanQuality", "--min-mean-quality", flags.minMeanQuality),
    ...quality("minBaseQuality", "--min-base-quality", flags.minBaseQuality),
    ...quality("maskBelow", "--mask-below", flags.maskBelow),
    ...optional("minLength", "--min-length", flags.minLength, 1),
  };
  const merge = {
    ...optional("minOverlap", "--min-overlap", flags.minOverlap, 1),
    ...(flags.maxMismatches !== undefined && {
      maxMismatchShare: number("--max-mismatches", flags.maxMismatches, 0, 1),
    }),
  };
  return {
    filter,
    merge,
    ...(flags.unmerged !== undefined && { unmerged: choice("--unmerged", flags.unmerged, ["drop", "first"] as const) }),
    ...umiFrom(flags),
  };
}

function umiFrom({ umi, umiMinReads }: EditsFlags): Pick<ReadSampleOptions, "umi"> {
  if (umi === undefined) {
    if (umiMinReads !== undefined) throw new UsageError("--umi-min-reads needs --umi.");
    return {};
  }
  const least = umiMinReads === undefined ? {} : { minReads: count("--umi-min-reads", umiMinReads, 1) };
  if (umi === "name") return { umi: { in: "name", ...least } };
  const parts: { r1?: string; r2?: string } = {};
  for (const part of umi.split(",")) {
    const [, read, pattern] = /^(r[12]):(\S+)$/i.exec(part) ?? [];
    if (read === undefined || pattern === undefined)
      throw new UsageError(`--umi ${umi}: write r1:8N, r2:10N, r1:4N,r2:4N, or name.`);
    parts[read.toLowerCase() as "r1" | "r2"] = pattern;
  }
  return { umi: { in: "reads", ...parts, ...least } };
}

function pegRna({ pegExtension, scaffold, primeEdited }: EditsFlags): Pick<QuantifyOptions, "pegRna"> {
  if (pegExtension === undefined && scaffold === undefined) return {};
  if (pegExtension === undefined || scaffold === undefined || primeEdited === undefined)
    throw new UsageError("--peg-extension, --scaffold and --prime-edited go together: give all three.");
  return { pegRna: { extension: pegExtension, scaffold } };
}

/** Bases themselves, or the one record of a FASTA file. */
export function sequenceOf(flag: string, value: string): { name?: string; sequence: string } {
  if (/^[ACGTUN]+$/i.test(value)) return { sequence: value };
  if (!existsSync(value))
    throw new UsageError(
      `${flag} ${value.length > 60 ? `${value.slice(0, 60)}…` : value}: it is neither a sequence of A, C, G, T, N nor a file.`,
    );
  const records = readFileSync(value, "utf8")
    .replace(/^\uFEFF/, "")
    .split(/^>/m)
    .map((record) => record.trim())
    .filter((record) => record !== "");
  if (records.length !== 1)
    throw new UsageError(`${flag} ${value}: found ${records.length} sequences, expected a FASTA file of one.`);
  const [header = "", ...lines] = records[0]!.split(/\r\n|\n|\r/);
  const name = header.split(/\s/)[0];
  const sequence = lines.join("").replaceAll(/\s/g, "");
  if (sequence === "")
    throw new UsageError(`${flag} ${value}: this is no FASTA file: a line with ">" and a name, then the bases.`);
  return { sequence, ...(name && { name }) };
}

function each(flag: string, values: readonly string[] | undefined, guides: number): string[] {
  const given = (values ?? []).flatMap((text) => text.split(","));
  if (given.length === 1) return Array.from({ length: guides }, () => given[0]!);
  if (given.length > 0 && given.length !== guides)
    throw new UsageError(`${flag}: ${given.length} values for ${guides} guides. Give one for all or one each.`);
  return given;
}

function range(text: string): [number, number] {
  const [, from, to] = /^(\d+)-(\d+)$/.exec(text.trim()) ?? [];
  if (from === undefined || to === undefined)
    throw new UsageError(`--window-from-to ${text}: write FROM-TO, such as 85-95.`);
  return [Number(from), Number(to)];
}

function optional<K extends string>(
  key: K,
  flag: string,
  text: string | undefined,
  least: number,
): { [P in K]?: number } {
  return text === undefined ? {} : ({ [key]: count(flag, text, least) } as { [P in K]: number });
}

function quality<K extends string>(key: K, flag: string, text: string | undefined): { [P in K]?: number } {
  return text === undefined ? {} : ({ [key]: number(flag, text, 0, 93) } as { [P in K]: number });
}

/** @throws UsageError unless it is a whole number of at least `least` */
export function count(flag: string, text: string, least: number): number {
  if (/^\d+$/.test(text) && Number(text) >= least) return Number(text);
  throw new UsageError(`${flag} ${text}: expected a whole number of at least ${least}.`);
}

function integer(flag: string, text: string): number {
  if (/^[+-]?\d+$/.test(text)) return Number(text);
  throw new UsageError(`${flag} ${text}: expected a whole number.`);
}

function number(flag: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (text.trim() !== "" && value >= least && value <= most) return value;
  throw new UsageError(`${flag} ${text}: expected a number from ${least} to ${most}.`);
}

function choice<T extends string>(flag: string, text: string, choices: readonly T[]): T {
  const found = choices.find((one) => one === text.trim());
  if (found === undefined) throw new UsageError(`${flag} ${text}: there are ${choices.join(", ")}.`);
  return found;
}

function kebab(flag: string): string {
  return flag.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
