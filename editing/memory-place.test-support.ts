import type { ReadablePlace } from "@artesian/data";

/** A place whose files are in memory, given in pieces of `pieceBytes`. */
export function memoryPlace(files: Record<string, string | Uint8Array>, pieceBytes = 1 << 16): ReadablePlace {
  const contents = new Map(
    Object.entries(files).map(([key, content]) => [key, typeof content === "string" ? Buffer.from(content) : content]),
  );
  const entryOf = (key: string) => ({ key, sizeBytes: contents.get(key)!.length, etag: key, modifiedMs: 0 });
  return {
    uri: "memory",
    async *list() {
      for (const key of [...contents.keys()].sort()) yield entryOf(key);
    },
    stat: async (key) => (contents.has(key) ? entryOf(key) : undefined),
    read: async (key) => contents.get(key)!,
    async *stream(key) {
      const content = contents.get(key)!;
      for (let at = 0; at < content.length; at += pieceBytes) yield content.subarray(at, at + pieceBytes);
    },
  };
}
