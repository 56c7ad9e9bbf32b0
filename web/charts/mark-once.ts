/** Marks on the browser's own timeline, for whoever measures a page; the first time in its life that `isSo`. */
export function markOnce(name: string, isSo: boolean): void {
  if (isSo && performance.getEntriesByName(name).length === 0) performance.mark(name);
}
