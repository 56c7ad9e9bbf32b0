import type { GroupState } from "../group-state.ts";

/** Groups that stay in memory as they are worked on, of those open and of those finished; others are text until somebody asks. */
export const warmGroups = 1024;

/** A group that was worked on, as it was left. */
export interface WarmGroup {
  store: string;
  key: string;
  group: GroupState;
}

/** Groups in the order in which they were touched. */
export class WarmGroups {
  readonly #most: number;
  #groups: WarmGroup[] = [];

  /** @param most that stay */
  constructor(most: number) {
    this.#most = most;
  }

  add(group: WarmGroup): void {
    this.#groups.push(group);
  }

  /** Takes those that were touched longest ago, once there are twice as many as are to stay. */
  takeCold(): WarmGroup[] {
    return this.#groups.length < 2 * this.#most ? [] : this.#groups.splice(0, this.#groups.length - this.#most);
  }
}
