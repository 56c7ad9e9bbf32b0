/** How brokers take a note beside an offset unless they are told otherwise: `offset.metadata.max.bytes` is 4,096. */
const mostChars = 4000;
const begins = "answered:";

/**
 * Says beside a committed offset which requests behind it have been answered already, as one that takes long would otherwise have them all
 * done again after it: lengths of runs in base 36, not answered and answered in turn, from the offset on.
 * @param unanswered offsets below `next` that have no answer yet, in any order
 * @param next the offset behind all that was read
 * @returns the offset to commit, and its note; "" when there is nothing to say. What does not fit is left out: it is done again
 */
export function noteAnswered(unanswered: Iterable<number>, next: number): { offset: number; note: string } {
  const open = [...unanswered].sort((a, b) => a - b);
  const [first] = open;
  if (first === undefined) return { offset: next, note: "" };
  let note = "";
  for (let index = 0, at = first; index < open.length; ) {
    let end = index;
    while (open[end + 1] === (open[end] as number) + 1) end++;
    const behind = (open[end] as number) + 1;
    const until = open[end + 1] ?? next;
    if (until === behind) break;
    const run = `${note === "" ? begins : ","}${(behind - at).toString(36)},${(until - behind).toString(36)}`;
    if (note.length + run.length > mostChars) break;
    note += run;
    at = until;
    index = end + 1;
  }
  return { offset: first, note };
}

/** Runs of answered offsets, from the first to before the second, that a note tells of; none of what somebody else wrote. */
export function readAnswered(offset: number, note: string): [from: number, to: number][] {
  if (!/^answered:[0-9a-z]+,[0-9a-z]+(,[0-9a-z]+,[0-9a-z]+)*$/.test(note)) return [];
  const lengths = note
    .slice(begins.length)
    .split(",")
    .map((text) => Number.parseInt(text, 36));
  const runs: [number, number][] = [];
  for (let index = 0, at = offset; index < lengths.length; index += 2) {
    const from = at + (lengths[index] as number);
    at = from + (lengths[index + 1] as number);
    runs.push([from, at]);
  }
  return runs;
}
