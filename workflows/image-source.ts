import { basename, dirname } from "node:path";
import {
  customPattern,
  FILE_NAME_PATTERNS,
  FileNameError,
  type FileNamePattern,
  parseFileName,
} from "@artesian/imaging";
import { type ImagePlace, placeKey, plainChannel } from "./image-place.ts";

/** A channel as files call it, and as the experiment calls it. */
export interface ChannelChoice {
  file: string;
  name: string;
}

/** How file names become places on plates; plain JSON, so that it can be handed to another thread. */
export interface ImageSource {
  experiment: string;
  /** A built-in layout's name or a regular expression's text; null = the layouts are tried one after the other. */
  pattern: string | null;
  /** Plate of images whose names carry none; null = the name of their folder. */
  plate: string | null;
  /** Channels that count, in order; null = all. */
  channels: ChannelChoice[] | null;
}

/** Why a file is not an image of the experiment. */
export type Ignored = "not an image" | "name not understood" | "channel not asked for";

const IMAGE_ENDINGS = /\.(?:tiff?|png|flex|c01)$/i;

/**
 * Where a file belongs by its name.
 * @param path of the file; its last folder names the plate when nothing else does
 * @param pattern compiled once from the source's
 */
export function placeOfFile(
  path: string,
  source: ImageSource,
  pattern: FileNamePattern | undefined,
): ImagePlace | Ignored {
  const name = basename(path);
  if (!IMAGE_ENDINGS.test(name) || name.startsWith(".")) return "not an image";
  const parsed = understood(name, pattern);
  if (parsed === undefined) return "name not understood";
  const channel =
    source.channels === null
      ? parsed.channel
      : source.channels.find(({ file }) => plainChannel(file) === plainChannel(parsed.channel))?.name;
  if (channel === undefined) return "channel not asked for";
  return {
    plate: parsed.plate ?? source.plate ?? (basename(dirname(path)) || source.experiment),
    well: parsed.well,
    site: parsed.site,
    channel,
  };
}

/**
 * The pattern that a source asks for: a built-in layout by name, or a regular expression with named groups.
 * @throws FileNamePatternError (imaging/file-name-pattern)
 */
export function patternOf(source: Pick<ImageSource, "pattern">): FileNamePattern | undefined {
  if (source.pattern === null) return undefined;
  return FILE_NAME_PATTERNS.find(({ id }) => id === source.pattern) ?? customPattern(source.pattern);
}

function understood(name: string, pattern: FileNamePattern | undefined) {
  try {
    return parseFileName(name, pattern);
  } catch (error) {
    if (error instanceof FileNameError) return undefined;
    throw error;
  }
}

/** What a folder holds, sorted by what it means for a run. */
export interface Inventory {
  /** One file a place, in the order of the places. */
  images: { path: string; place: ImagePlace }[];
  /** Further files for a place that is taken: not used. */
  duplicates: { path: string; usedInstead: string }[];
  /** Images whose names say nothing that is understood. */
  unknown: string[];
  /** Files that are no images or show a channel that is not asked for. */
  ignored: number;
}

/** Sorts files by their names; of several for one place the first by name counts, so the choice is always the same. */
export function takeInventory(
  paths: readonly string[],
  source: ImageSource,
  pattern: FileNamePattern | undefined,
): Inventory {
  const taken = new Map<string, { path: string; place: ImagePlace }>();
  const inventory: Inventory = { images: [], duplicates: [], unknown: [], ignored: 0 };
  for (const path of [...paths].sort()) {
    const place = placeOfFile(path, source, pattern);
    if (place === "name not understood") inventory.unknown.push(path);
    else if (typeof place === "string") inventory.ignored++;
    else {
      const key = placeKey(place);
      const first = taken.get(key);
      if (first === undefined) taken.set(key, { path, place });
      else inventory.duplicates.push({ path, usedInstead: first.path });
    }
  }
  inventory.images = [...taken.values()].sort((a, b) =>
    placeKey(a.place).localeCompare(placeKey(b.place), "en", { numeric: true }),
  );
  return inventory;
}
