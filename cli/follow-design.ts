import { existsSync, statSync } from "node:fs";
import {
  type ExperimentPlan,
  type ImageSource,
  patternOf,
  placeKey,
  planExperiment,
  takeInventory,
} from "@artesian/workflows";
import { describeError } from "./exit.ts";
import { type ExperimentFlags, experimentOptions } from "./experiment-options.ts";
import { listFiles } from "./image-files.ts";
import type { Output } from "./output.ts";
import { recogniseNuclei } from "./recognise-nuclei.ts";

export interface DesignOptions {
  folder: string;
  source: ImageSource;
  flags: ExperimentFlags;
  /** Takes every new plan. */
  announce(plan: ExperimentPlan): Promise<void>;
  output: Output;
  /** No new image for so long, ms: what is there is what is to come. Default 6000. */
  quietMs?: number;
  pollMs?: number;
}

/**
 * Keeps the plan of a watched experiment up to date. With channels, sites and a sheet given, the plan is theirs as soon as the sheet is
 * there. What is not given is taken from the folder whenever it has been quiet for a while: channels, sites and wells are those
 * that have images; more images later make a larger plan. A sheet that is named but not there yet is waited for; one
 * that cannot be used is said once and waited for.
 * @returns stops it
 */
export function followDesign(options: DesignOptions): () => void {
  const { flags, output, quietMs = 6000, pollMs = 1000 } = options;
  const sheet = flags.metadata;
  const given = flags.channels !== undefined && flags.sites !== undefined && sheet !== undefined;
  const pattern = patternOf(options.source);
  let seen = "";
  let since = 0;
  let planned = "";
  let busy = false;

  const look = async (now: number): Promise<void> => {
    if (sheet !== undefined && !existsSync(sheet)) return;
    const sheetMark = sheet === undefined ? "" : `${statSync(sheet).mtimeMs}/${statSync(sheet).size}`;
    const inventory = given ? undefined : takeInventory(listFiles(options.folder), options.source, pattern);
    if (inventory !== undefined && inventory.images.length === 0) return;
    const mark = `${sheetMark}\n${inventory?.images.map(({ place }) => placeKey(place)).join("\n") ?? ""}`;
    if (mark === planned) return;
    if (mark !== seen) {
      seen = mark;
      since = now;
    }
    if (inventory !== undefined && now - since < quietMs) return;
    planned = mark;
    const read = experimentOptions({ ...flags, ...(sheet === undefined ? {} : { metadata: sheet }) }, options.folder);
    if (inventory === undefined) return options.announce(planExperiment(read));
    const nuclei = read.nuclei ?? (await recogniseNuclei(inventory.images, read.channels, output));
    const images = inventory.images.map(({ place }) => place);
    await options.announce(planExperiment({ ...read, images, ...(nuclei === undefined ? {} : { nuclei }) }));
  };

  const tick = async (): Promise<void> => {
    if (busy) return;
    busy = true;
    try {
      await look(Date.now());
    } catch (error) {
      output.say(`trouble: ${describeError(error).message}`);
    } finally {
      busy = false;
    }
  };
  void tick();
  const timer = setInterval(() => void tick(), pollMs);
  return () => clearInterval(timer);
}
