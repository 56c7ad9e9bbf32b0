import type { RandomStream } from "./simulate-random.ts";
import { parseWell } from "./well.ts";

/** The kinds of faults that are injected and detected. */
export const FAULT_LABELS = [
  "defocus",
  "saturation",
  "debris",
  "empty-well",
  "channel-swap",
  "bubble",
  "dead-lamp",
] as const;
export type FaultLabel = (typeof FAULT_LABELS)[number];

/** A fault that the simulator puts into a well. */
export interface InjectedFault {
  readonly label: FaultLabel;
  readonly plate: string;
  readonly well: string;
  /** The one site that has it; all sites when absent. */
  readonly site?: number;
  /** The channels that have it; all channels when absent. A swap names its two. */
  readonly channels?: readonly string[];
}

interface FaultPlate {
  readonly id: string;
  readonly wells: readonly { readonly well: string; readonly role: string }[];
}

/**
 * Chooses wells for the faults: a block of 3 × 3 wells out of focus that takes as few controls as possible, then one sample well for
 * each of the other faults, none of them twice. On plates too small for this, fewer faults are planned, in the order of the labels.
 */
export function planFaults(plate: FaultPlate, channels: readonly string[], random: RandomStream): InjectedFault[] {
  const block = quietestBlock(plate, random);
  const faults: InjectedFault[] = block.map((well) => ({ label: "defocus", plate: plate.id, well }));
  const samples = plate.wells.filter(
    ({ well, role }) => !block.includes(well) && role !== "healthy" && role !== "disease",
  );
  const places = random.shuffled(samples.map(({ well }) => well));
  const [dna = "DNA", ...others] = channels;
  const specific: Record<Exclude<FaultLabel, "defocus">, () => Omit<InjectedFault, "label" | "plate" | "well">> = {
    saturation: () => ({ channels: [others[random.below(others.length)] ?? dna] }),
    debris: () => ({ site: 1 }),
    "empty-well": () => ({}),
    "channel-swap": () => ({ channels: [dna, others[random.below(others.length)] ?? dna] }),
    bubble: () => ({ site: 1 }),
    "dead-lamp": () => ({ channels: [others[random.below(others.length)] ?? dna] }),
  };
  for (const label of FAULT_LABELS) {
    const well = label === "defocus" ? undefined : places.pop();
    if (label === "defocus" || well === undefined) continue;
    faults.push({ label, plate: plate.id, well, ...specific[label]() });
  }
  return faults;
}

/** The 3 × 3 wells with the fewest controls among them; of equals one at random. Empty when no full block is imaged. */
function quietestBlock(plate: FaultPlate, random: RandomStream): string[] {
  const byPlace = new Map(
    plate.wells.map((entry) => {
      const { row, column } = parseWell(entry.well);
      return [`${row} ${column}`, entry] as const;
    }),
  );
  let best: { cost: number; wells: string[] } | undefined;
  for (const start of plate.wells) {
    const { row, column } = parseWell(start.well);
    const block: { well: string; role: string }[] = [];
    for (let i = 0; i < 9; i++) {
      const entry = byPlace.get(`${row + Math.floor(i / 3)} ${column + (i % 3)}`);
      if (entry !== undefined) block.push(entry);
    }
    if (block.length < 9) continue;
    const controls = block.filter(({ role }) => role === "healthy" || role === "disease").length;
    const cost = controls + 0.9 * random.uniform();
    if (best === undefined || cost < best.cost) best = { cost, wells: block.map(({ well }) => well) };
  }
  return best?.wells ?? [];
}
