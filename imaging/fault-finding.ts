import type { FaultLabel } from "./simulate-faults.ts";

/** A fault that was found in a site. */
export interface Finding {
  readonly plate: string;
  readonly well: string;
  readonly site: number;
  /** The channel that shows it; absent when the whole site does. */
  readonly channel?: string;
  /** The channel that a swapped one was exchanged with. */
  readonly otherChannel?: string;
  readonly label: FaultLabel;
  /** What was measured, in the rule's own measure: always on the far side of the threshold. */
  readonly score: number;
  readonly threshold: number;
  /** One sentence that says what is seen, with numbers, and compared with what. */
  readonly reason: string;
}
