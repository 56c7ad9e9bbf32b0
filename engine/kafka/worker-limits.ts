import { warmGroups } from "./warm-groups.ts";

/** How a worker paces itself, and when Kafka gives it up. */
export interface WorkerLimits {
  /** Records that are stepped through before others have their turn. */
  chunk: number;
  /** Records and state changes of a transaction before reading waits for it. */
  batch: number;
  /** Least time from one transaction's begin to the next, ms: under load the transaction itself takes longer. */
  commitMs: number;
  maxRecordBytes: number;
  /** Open groups of a partition, and as many finished ones, that memory holds ready; others are text until they are asked for. */
  warmGroups: number;
  fetchBytes: number;
  fetchWaitMs: number;
  heartbeatMs: number;
  sessionTimeoutMs: number;
  rebalanceTimeoutMs: number;
  /** After so long Kafka aborts the transaction of a worker that hangs, ms; until then others wait for it. */
  transactionTimeoutMs: number;
  /** How long the last stable offset of a partition may stand before its end until it is told of as held back, ms. */
  heldBackMs: number;
}

export const defaultWorkerLimits: WorkerLimits = {
  chunk: 2000,
  batch: 50_000,
  commitMs: 20,
  maxRecordBytes: 900_000,
  warmGroups,
  fetchBytes: 8 * 2 ** 20,
  fetchWaitMs: 500,
  heartbeatMs: 1000,
  sessionTimeoutMs: 10_000,
  rebalanceTimeoutMs: 60_000,
  transactionTimeoutMs: 15_000,
  heldBackMs: 30_000,
};
