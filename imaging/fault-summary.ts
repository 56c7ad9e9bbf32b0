import type { Finding } from "./fault-finding.ts";
import type { FaultLabel } from "./simulate-faults.ts";
import { parseWell, wellName } from "./well.ts";

/** All that one kind of fault does to a plate, in a sentence that says what to do. */
export interface PlateFault {
  readonly plate: string;
  readonly label: FaultLabel;
  /** In reading order. */
  readonly wells: readonly string[];
  /** Channels concerned, of a swap both; empty when whole sites are. */
  readonly channels: readonly string[];
  /** The sites' findings behind it. */
  readonly findings: readonly Finding[];
  readonly sentence: string;
}

const SENTENCES: Record<FaultLabel, (plate: string, wells: string, channels: string) => string> = {
  defocus: (plate, wells) => `Plate ${plate} is out of focus in ${wells}: re-image.`,
  saturation: (plate, wells, channels) =>
    `Plate ${plate} is saturated in ${channels} in ${wells}: shorten the exposure.`,
  debris: (plate, wells) => `Plate ${plate} has debris in ${wells}: look before you use them.`,
  "empty-well": (plate, wells) => `Plate ${plate} has no cells in ${wells}: check the seeding, or toxicity.`,
  "channel-swap": (plate, wells, channels) =>
    `Plate ${plate} has ${channels} exchanged in ${wells}: correct the channel order.`,
  bubble: (plate, wells) => `Plate ${plate} has an air bubble in ${wells}: re-image.`,
  "dead-lamp": (plate, wells, channels) =>
    `Plate ${plate} is dark in ${channels} in ${wells}: check lamp and shutter, re-image.`,
};

/** Sums findings up, plate by plate and fault by fault, those with most wells first. */
export function summariseFaults(findings: readonly Finding[]): PlateFault[] {
  const groups = new Map<string, Finding[]>();
  for (const finding of findings) {
    const key = JSON.stringify([finding.plate, finding.label]);
    groups.set(key, [...(groups.get(key) ?? []), finding]);
  }
  return [...groups.values()]
    .map((group): PlateFault => {
      const { plate, label } = group[0]!;
      const wells = [...new Set(group.map(({ well }) => well))].sort(readingOrder);
      const channels = [...new Set(group.flatMap(({ channel, otherChannel }) => [channel, otherChannel]))].filter(
        (channel) => channel !== undefined,
      );
      const count = wells.length === 1 ? "well" : `${numberWord(wells.length)} wells`;
      const sentence = SENTENCES[label](plate, `${count} ${listed(wells)}`, channels.join(" and "));
      return { plate, label, wells, channels, findings: group, sentence };
    })
    .sort((a, b) => a.plate.localeCompare(b.plate, "en", { numeric: true }) || b.wells.length - a.wells.length);
}

function readingOrder(a: string, b: string): number {
  const [one, two] = [parseWell(a), parseWell(b)];
  return one.row - two.row || one.column - two.column;
}

function numberWord(count: number): string {
  const words = [
    "no",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
  ];
  return words[count] ?? String(count);
}

/** "(B04–D06)" for a full rectangle of wells, else their names; from the seventh on only how many more. */
function listed(wells: readonly string[]): string {
  if (wells.length === 1) return wells[0]!;
  const places = wells.map(parseWell);
  const rows = places.map(({ row }) => row);
  const columns = places.map(({ column }) => column);
  const [top, bottom] = [Math.min(...rows), Math.max(...rows)];
  const [left, right] = [Math.min(...columns), Math.max(...columns)];
  if (wells.length > 2 && (bottom - top + 1) * (right - left + 1) === wells.length) {
    return `(${wellName(top, left)}–${wellName(bottom, right)})`;
  }
  const more = wells.length > 6 ? ` and ${wells.length - 6} more` : "";
  return `(${wells.slice(0, 6).join(", ")}${more})`;
}
