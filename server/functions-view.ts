/** What became of a notification: events that are new, that had come before, and records about anything else. */
export interface DeliveredEvents {
  accepted: number;
  duplicates: number;
  ignored: number;
}

/** Which objects are told of again. */
export interface ReplayOrder {
  /** Address of a watched place; undefined for all. */
  place?: string | undefined;
  prefix?: string | undefined;
  sinceMs?: number | undefined;
  untilMs?: number | undefined;
  function?: string | undefined;
  force?: boolean | undefined;
}

/** Functions that run in this process: what pages and stores may ask of them. */
export interface FunctionsControl {
  runId: string;
  /** Addresses of the places that are watched. */
  places: readonly string[];
  /** Resolves when the events are durable. @throws NotificationError (engine/notification) */
  deliver(document: unknown): Promise<DeliveredEvents>;
  /** Holds what is there against the ledger, and repairs what no event told of. */
  sweep(): Promise<{ seen: number; repaired: number }>;
  /** @returns events that entered @throws UnwatchedPlaceError (workflows/unwatched-place) */
  replay(order: ReplayOrder): Promise<number>;
}
