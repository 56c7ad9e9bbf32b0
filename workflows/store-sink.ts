import { readFileSync } from "node:fs";
import { folderStore } from "@artesian/data";
import type { Sink } from "@artesian/engine";
import {
  clearFailure,
  type FailureInput,
  openStore,
  recordFailure,
  recordSinkPosition,
  type Store,
  sinkPosition,
} from "@artesian/store";
import { z } from "zod";
import type { DataFolder } from "./data-folder.ts";

/** One record of a topic as a sink gets it. */
export interface SinkRecord {
  offset: number;
  key: string;
  value: unknown;
  failure?: { code: string; message: string; taskId?: string; node?: string } | undefined;
  timestamp: number;
}

/** A record with its instant, ISO 8601. */
export type DatedRecord = SinkRecord & { at: string };

/** What a writer may read beside the record: JSON objects that a record points to. */
export interface SinkContext {
  /** Run whose records these are. */
  runId: string;
  readJson(uri: string): unknown;
}

/** Makes rows of one record. */
export type TopicWriter = (store: Store, record: DatedRecord, context: SinkContext) => void;

/** How a workflow's topics become rows. Made anew for each runtime, since writers may remember what they have seen. */
export interface WorkflowRows {
  topics: Readonly<Record<string, TopicWriter>>;
  /** Called after the records of a batch, in the same transaction. */
  settle?(store: Store, topic: string, last: DatedRecord): void;
}

/** Name under which the store keeps how far a workflow's topics have come. */
export function sinkName(workflow: string): string {
  return workflow === "phenomics" ? "store" : `store-${workflow}`;
}

/**
 * Brings a workflow's topics into the store: rows in one transaction with the offsets they reach, so that applied again after a crash
 * nothing changes. A failure is stored where it arose, and cleared when a later record of the same item takes it back.
 */
export function storeSink(workflow: string, rows: WorkflowRows, folder: DataFolder, runId: string): Sink {
  const store = openStore(folder.store);
  const objects = folderStore(folder.objects);
  const context: SinkContext = {
    runId,
    readJson: (uri) => JSON.parse(readFileSync(objects.path?.(uri) ?? "", "utf8")) as unknown,
  };
  const name = sinkName(workflow);
  return {
    name,
    topics: Object.keys(rows.topics),
    position: (topic, partition) => sinkPosition(store, name, topic, partition),
    apply: (batches) =>
      store.transaction(() => {
        for (const { topic, partition, records } of batches) {
          let last: DatedRecord | undefined;
          for (const record of records) {
            last = { ...record, at: new Date(record.timestamp).toISOString() };
            rows.topics[topic]?.(store, last, context);
            keepFailure(store, workflow, topic, last);
          }
          if (last === undefined) continue;
          rows.settle?.(store, topic, last);
          recordSinkPosition(store, name, topic, partition, last.offset + 1);
        }
      }),
    close: () => store.close(),
  };
}

/** A failure is stored where it arose; what it takes down with it downstream says the same and is not stored again. */
function keepFailure(store: Store, workflow: string, topic: string, record: DatedRecord): void {
  if (!topic.startsWith(`${workflow}.`)) return;
  const node = topic.slice(workflow.length + 1);
  const parsed = failurePlace.safeParse(record.value);
  if (!parsed.success) return;
  const { experiment, plate, well, site, channel } = parsed.data;
  const item: Pick<FailureInput, "experimentId" | "node" | "plate" | "well" | "site" | "channel"> = {
    experimentId: experiment,
    node,
    ...(plate === undefined ? {} : { plate }),
    ...(well === undefined ? {} : { well }),
    ...(site === undefined ? {} : { site }),
    ...(channel === undefined ? {} : { channel }),
  };
  if (record.failure === undefined) clearFailure(store, item);
  else if (record.failure.node === undefined || record.failure.node === node) {
    recordFailure(store, {
      ...item,
      code: record.failure.code,
      message: record.failure.message,
      ...(record.failure.taskId === undefined ? {} : { taskId: record.failure.taskId }),
      at: record.at,
    });
  }
}

const failurePlace = z.object({
  experiment: z.string(),
  plate: z.string().optional(),
  well: z.string().optional(),
  site: z.number().optional(),
  channel: z.string().optional(),
});
