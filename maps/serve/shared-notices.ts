/** What servers share beside the store: a hint that something changed, and counts of use. Everything works without it, a little later. */
export interface SharedNotices {
  /** Calls back when another server or a publisher says that the catalogue changed. */
  onPublished(listener: () => void): void;
  /** Tells which group versions are available, with the time that each was built (ms). */
  available(groups: readonly { name: string; createdMs: number }[]): void;
  /** Counts one use of a group version. */
  used(name: string): void;
  state(): SharedState;
}

export type SharedState = { state: "not used" | "connected" } | { state: "lost"; problem: string; sinceMs: number };
