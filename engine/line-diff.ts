/** Two texts line by line: lines of both with two spaces before them, what is only expected with "- ", what is only there with "+ ". */
export function lineDiff(expected: readonly string[], got: readonly string[]): string[] {
  // lengths of the longest common subsequence of what is left of both
  const rows = Array.from({ length: expected.length + 1 }, () => new Array<number>(got.length + 1).fill(0));
  const at = (i: number, j: number): number => rows[i]?.[j] ?? 0;
  for (let i = expected.length - 1; i >= 0; i--)
    for (let j = got.length - 1; j >= 0; j--)
      (rows[i] as number[])[j] = expected[i] === got[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
  const lines: string[] = [];
  let [i, j] = [0, 0];
  while (i < expected.length || j < got.length) {
    if (i < expected.length && j < got.length && expected[i] === got[j]) {
      lines.push(`  ${expected[i++]}`);
      j++;
    } else if (j >= got.length || (i < expected.length && at(i + 1, j) >= at(i, j + 1)))
      lines.push(`- ${expected[i++]}`);
    else lines.push(`+ ${got[j++]}`);
  }
  return lines;
}

const context = 3;

/** A difference with runs of equal lines cut down to a few around what differs. */
export function shortDiff(lines: readonly string[]): string[] {
  const isNear = lines.map((_, index) =>
    lines.slice(Math.max(0, index - context), index + context + 1).some((line) => !line.startsWith("  ")),
  );
  // a mark in place of one line would say less than the line
  const isShown = (index: number): boolean =>
    isNear[index] === true || (lines.length > 1 && isNear[index - 1] !== false && isNear[index + 1] !== false);
  return lines.flatMap((line, index) => {
    if (isShown(index)) return [line];
    return index > 0 && !isShown(index - 1) ? [] : ["  …"];
  });
}
