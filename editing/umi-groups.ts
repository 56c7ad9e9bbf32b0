/**
 * Groups UMIs that arose from one by errors: the directional adjacency method (Smith, Heger and Sudbery 2017, UMI-tools, doi
 * 10.1101/gr.209601.116). From the most frequent UMI on, a UMI takes in those that differ in one base and have at most half as many reads and
 * a half (n ≥ 2 m − 1), and what those take in. Equal frequencies come in the order of their letters.
 *
 * @param umis different numbers of two bits a base. Of shape (UMIs)
 * @param counts reads of each. Of shape (UMIs)
 * @param length bases of a UMI
 * @returns the index of the UMI that each belongs to, its own when it stands for a molecule. Of shape (UMIs)
 */
export function groupUmis(
  umis: ArrayLike<number>,
  counts: ArrayLike<number>,
  length: number,
  signal?: AbortSignal,
): Uint32Array {
  const size = umis.length;
  const indexOf = new Map<number, number>();
  for (let i = 0; i < size; i++) indexOf.set(umis[i]!, i);
  const order = Uint32Array.from({ length: size }, (_, i) => i).sort(
    (a, b) => counts[b]! - counts[a]! || umis[a]! - umis[b]!,
  );
  const NONE = size;
  const group = new Uint32Array(size).fill(NONE);
  const queue: number[] = [];
  for (const root of order) {
    if (group[root] !== NONE) continue;
    signal?.throwIfAborted();
    group[root] = root;
    queue.push(root);
    for (let node = queue.pop(); node !== undefined; node = queue.pop()) {
      const umi = umis[node]!;
      const least = counts[node]!;
      for (let place = 0, weight = 1; place < length; place++, weight *= 4) {
        const base = Math.floor(umi / weight) % 4;
        for (let other = 0; other < 4; other++) {
          if (other === base) continue;
          const near = indexOf.get(umi + (other - base) * weight);
          if (near === undefined || group[near] !== NONE || least < 2 * counts[near]! - 1) continue;
          group[near] = root;
          queue.push(near);
        }
      }
    }
  }
  return group;
}

/**
 * How many molecules share the UMI of another by chance, when `groups` different ones of 4^length were seen: what is expected of drawing
 * with replacement.
 */
export function expectedCollisions(groups: number, length: number): number {
  const all = 4 ** length;
  const seen = Math.min(groups, all - 0.5);
  return Math.log1p(-seen / all) / Math.log1p(-1 / all) - seen;
}
