/**
 * The union of headers. A name that an earlier header lacks goes behind its predecessor, so that a short first header (its image failed
 * quality control) does not change the order of the others; equal headers cost nothing.
 */
export function uniteColumns(headers: Iterable<readonly string[]>): string[] {
  let union: string[] = [];
  let known = new Set<string>();
  let previous: readonly string[] = [];
  for (const header of headers) {
    if (sameNames(header, previous)) continue;
    previous = header;
    if (union.length === 0) {
      union = [...header];
      known = new Set(header);
      continue;
    }
    if (header.every((name) => known.has(name))) continue;
    const after = new Map<string, string[]>();
    let anchor = "";
    for (const name of header) {
      if (known.has(name)) anchor = name;
      else {
        const list = after.get(anchor);
        if (list === undefined) after.set(anchor, [name]);
        else list.push(name);
      }
    }
    const start: string[] = after.get("") ?? [];
    union = [...start, ...union.flatMap((name) => [name, ...(name === "" ? [] : (after.get(name) ?? []))])];
    known = new Set(union);
  }
  return union;
}

export function sameNames(a: readonly string[], b: readonly string[]): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
