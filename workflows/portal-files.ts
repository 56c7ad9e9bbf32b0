/** Where everything of a portal is published, below its destination. */
export const STATS_PREFIX = "project-assets/project-stats/";

/** The key of a project's file. @param name below the project's folder */
export function projectKey(project: string, name: string): string {
  return `${STATS_PREFIX}${project}/${name}`;
}

/** A name that is safe in a key, an address and a file system. */
export function safeName(text: string): string {
  return (
    text
      .replace(/[^\p{L}\p{N}._=-]+/gu, "_")
      .replace(/^\.+/, "_")
      .slice(0, 100) || "_"
  );
}

/**
 * Folders of the splits of a project's matrices: the split's name when the project has one matrix, else the matrix's name before it.
 * @param matrices names of matrices, each with the names of its splits
 * @returns folder by matrix and split
 */
export function splitFolders(
  matrices: readonly { matrix: string; splits: readonly string[] }[],
): Map<string, Map<string, string>> {
  const taken = new Set<string>();
  const unused = (name: string): string => {
    let free = name;
    for (let number = 2; taken.has(free.toLowerCase()); number++) free = `${name}-${number}`;
    taken.add(free.toLowerCase());
    return free;
  };
  return new Map(
    matrices.map(({ matrix, splits }) => [
      matrix,
      new Map(
        splits.map((split) => [
          split,
          unused(matrices.length === 1 ? safeName(split) : `${safeName(matrix)}.${safeName(split)}`),
        ]),
      ),
    ]),
  );
}

/** What a file of a portal is, by the ending of its name. */
export function contentTypeOf(name: string): string {
  if (name.endsWith(".svg")) return "image/svg+xml";
  if (name.endsWith(".png")) return "image/png";
  if (name.endsWith(".csv")) return "text/csv; charset=utf-8";
  if (name.endsWith(".html")) return "text/html; charset=utf-8";
  return "application/json";
}
