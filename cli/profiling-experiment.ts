import { createHash } from "node:crypto";
import { existsSync, statSync } from "node:fs";
import { basename, resolve } from "node:path";
import { openPlace, type Place, type PlaceEntry } from "@artesian/data";
import { NORMALIZE_METHODS } from "@artesian/profiling";
import {
  type PlateFiles,
  type ProfilingPlan,
  planProfiling,
  platesIn,
  type SheetText,
  sheetOfPlatemaps,
  withExternal,
} from "@artesian/workflows";
import { UsageError } from "./exit.ts";
import { experimentOptions, readSheet } from "./experiment-options.ts";
import { plain } from "./live.ts";
import type { ProfilingFlags } from "./profiling-options.ts";
import type { Workspace } from "./workspace.ts";

/** A listing as plates with files, and the sheet that describes them. */
export interface FoundPlates {
  plates: PlateFiles[];
  plan: ProfilingPlan;
}

/**
 * Lists a place and plans what is there.
 * @returns undefined while nothing of CellProfiler's is there, or a sheet that was named is not there yet
 * @throws UsageError and what planning throws
 */
export async function findPlates(place: Place, flags: ProfilingFlags): Promise<FoundPlates | undefined> {
  const entries: PlaceEntry[] = await Array.fromAsync(place.list());
  const whole = experimentOptions(pick(flags), basename(place.uri)).experiment;
  const plates = platesIn(entries, whole);
  if (plates.length === 0) return undefined;
  if (flags.metadata !== undefined && !/^s3:/.test(flags.metadata) && !existsSync(flags.metadata)) return undefined;
  const sheet = await sheetFor(
    flags,
    plates.map(({ plate }) => plate),
  );
  const plan = planProfiling(plates, {
    experiment: whole,
    place: place.path === undefined ? place.uri : resolve(place.uri),
    ...(flags.name === undefined ? {} : { name: flags.name }),
    ...(flags.positive === undefined ? {} : { positive: flags.positive }),
    ...(flags.negative === undefined ? {} : { negative: flags.negative }),
    ...(flags.dose === undefined ? {} : { dose: flags.dose }),
    ...(flags.readout === undefined ? {} : { readout: flags.readout }),
    ...(sheet === undefined ? {} : { metadata: sheet }),
    ...(flags.normalize === undefined ? {} : { normalize: oneOf("--normalize", flags.normalize, NORMALIZE_METHODS) }),
    collate: {
      mode: oneOf("--mode", flags.mode, ["compartments", "joined"]),
      operation: oneOf("--operation", flags.operation ?? (flags.mode === "joined" ? "median" : "mean"), [
        "mean",
        "median",
      ]),
      imageFeatures: (flags.imageFeatures ?? "")
        .split(",")
        .map((word) => word.trim())
        .filter((word) => word !== ""),
    },
  });
  return { plates, plan };
}

const pick = ({ experiment, name }: ProfilingFlags) => ({
  ...(experiment === undefined ? {} : { experiment }),
  ...(name === undefined ? {} : { name }),
});

async function sheetFor(flags: ProfilingFlags, plates: readonly string[]): Promise<SheetText | undefined> {
  const { metadata, external } = flags;
  if (metadata === undefined) {
    if (external !== undefined)
      throw new UsageError("--external needs --metadata: it is joined to what stands in wells.");
    return undefined;
  }
  const isFolder = /^s3:/.test(metadata) || statSync(metadata).isDirectory();
  const sheet = isFolder
    ? await sheetOfPlatemaps(openPlace(metadata, process.env), plates)
    : { text: readSheet(metadata), source: metadata };
  return external === undefined ? sheet : withExternal(sheet, { text: readSheet(external), source: external });
}

function oneOf<T extends string>(flag: string, text: string, known: readonly T[]): T {
  const found = known.find((one) => one === text);
  if (found === undefined) throw new UsageError(`${flag} ${text}: expected ${known.join(" or ")}.`);
  return found;
}

const AT_ONCE = 200;

/** Puts an experiment's plan and its files where the workflow looks for them. A file's content enters once, however often it is announced. */
export class ProfilingFeed {
  readonly #workspace: Pick<Workspace, "runtime">;
  readonly #place: Place;
  /** Digest by key, as long as the listing says that nothing changed. */
  readonly #digests = new Map<string, { etag: string; digest: string }>();

  constructor(workspace: Pick<Workspace, "runtime">, place: Place) {
    this.#workspace = workspace;
    this.#place = place;
  }

  /** @param onFile told of each file whose content was looked at */
  async announce({ plates, plan }: FoundPlates, onFile: (bytes: number) => void = () => {}): Promise<void> {
    const { runtime } = this.#workspace;
    await runtime.append("profiling_experiments", [{ value: plain(plan.document) }]);
    await runtime.append(
      "plate_layouts",
      plan.layouts.map((layout) => ({ value: plain(layout) })),
    );
    await runtime.append(
      "cellprofiler_plates",
      plan.plates.map((plate) => ({ value: plain(plate) })),
    );
    for (const { plate, files } of plates)
      for (let at = 0; at < files.length; at += AT_ONCE) {
        const records = [];
        for (const { file, entry } of files.slice(at, at + AT_ONCE)) {
          const digest = await this.#digestOf(entry);
          onFile(entry.sizeBytes);
          records.push({
            value: plain({ experiment: plan.document.experiment, plate, file, digest, sizeBytes: entry.sizeBytes }),
            eventId: `${this.#place.uri}\u0000${entry.key}\u0000${digest}`,
          });
        }
        await runtime.append("cellprofiler_files", records);
      }
  }

  async #digestOf(entry: PlaceEntry): Promise<string> {
    if (this.#place.path === undefined) return entry.etag;
    const known = this.#digests.get(entry.key);
    if (known?.etag === entry.etag) return known.digest;
    const hash = createHash("sha256");
    for await (const chunk of this.#place.stream(entry.key)) hash.update(chunk);
    const digest = hash.digest("hex");
    this.#digests.set(entry.key, { etag: entry.etag, digest });
    return digest;
  }
}
