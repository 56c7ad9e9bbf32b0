/** How much the embedded engine does at once and keeps in memory. */
export interface EngineLimits {
  /** Records that one transaction steps through. */
  batch: number;
  /** Tasks of a node that are taken from its topic into the queue before they run. */
  window: number;
  /** State entries that memory holds; the others are read from the database. */
  cachedKeys: number;
  /** Members that an open group may have to be stored as one row. */
  wholeMembers: number;
  maxRecordBytes: number;
  /** Starts of a task that may end with the whole process before it is set aside. */
  lostAttempts: number;
}

export const defaultLimits: EngineLimits = {
  batch: 20_000,
  window: 1000,
  cachedKeys: 16_000,
  wholeMembers: 32,
  maxRecordBytes: 4 * 1024 * 1024,
  lostAttempts: 10,
};
