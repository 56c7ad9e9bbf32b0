import type { Place, PlaceEntry } from "@artesian/data";

/** A file of an image set. */
export interface SetFile {
  key: string;
  sizeBytes: number;
  gzip: boolean;
}

/** A folder with tables of CellProfiler's: usually those of one field of view or one well. */
export interface ImageSet {
  /** Folder below the prefix; `.` for the prefix itself. */
  name: string;
  image?: SetFile;
  /** Object tables by compartment, as the caller names it. */
  objects: Map<string, SetFile>;
  /** A munged table of all compartments. */
  munged?: SetFile;
}

/**
 * Finds the image sets below a prefix, by name. Names of files do not depend on case; a file may end in `.gz`, and when both are there
 * the plain one is taken.
 * @param compartments tables to look for, such as Cells
 * @param objectFile name of a munged table, such as object.csv
 */
export async function findImageSets(
  place: Place,
  prefix: string,
  compartments: readonly string[],
  objectFile: string,
  signal?: AbortSignal,
): Promise<ImageSet[]> {
  const root = prefix === "" || prefix.endsWith("/") ? prefix : `${prefix}/`;
  const roles = new Map<string, string>([["image.csv", "image"]]);
  roles.set(objectFile.toLowerCase(), "munged");
  for (const compartment of compartments) roles.set(`${compartment.toLowerCase()}.csv`, `object ${compartment}`);
  const sets = new Map<string, ImageSet>();
  for await (const entry of place.list(root, signal === undefined ? {} : { signal })) {
    const below = entry.key.slice(root.length);
    const slash = below.lastIndexOf("/");
    const file = below.slice(slash + 1).toLowerCase();
    const gzip = file.endsWith(".gz");
    const role = roles.get(gzip ? file.slice(0, -3) : file);
    if (role === undefined) continue;
    const name = slash < 0 ? "." : below.slice(0, slash);
    const set = sets.get(name) ?? { name, objects: new Map() };
    sets.set(name, set);
    put(set, role, fileOf(entry, gzip));
  }
  return [...sets.values()].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

function fileOf(entry: PlaceEntry, gzip: boolean): SetFile {
  return { key: entry.key, sizeBytes: entry.sizeBytes, gzip };
}

function put(set: ImageSet, role: string, file: SetFile): void {
  const better = (before: SetFile | undefined): boolean => before === undefined || (before.gzip && !file.gzip);
  if (role === "image") {
    if (better(set.image)) set.image = file;
  } else if (role === "munged") {
    if (better(set.munged)) set.munged = file;
  } else {
    const compartment = role.slice("object ".length);
    if (better(set.objects.get(compartment))) set.objects.set(compartment, file);
  }
}
