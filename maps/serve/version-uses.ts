/** Counts who works with which group version. */
export interface VersionUses {
  /** @returns ends this use; a second call does nothing */
  begin(name: string): () => void;
  of(name: string): number;
  /** Of all versions of a group. */
  ofGroup(id: string): number;
}

export function versionUses(): VersionUses {
  const counts = new Map<string, number>();
  return {
    begin(name) {
      counts.set(name, (counts.get(name) ?? 0) + 1);
      let isOver = false;
      return () => {
        if (isOver) return;
        isOver = true;
        const left = (counts.get(name) ?? 1) - 1;
        if (left > 0) counts.set(name, left);
        else counts.delete(name);
      };
    },
    of: (name) => counts.get(name) ?? 0,
    ofGroup: (id) => [...counts].reduce((sum, [name, count]) => sum + (name.startsWith(`${id}@`) ? count : 0), 0),
  };
}
