import { z } from "zod";

const json = z.record(z.string(), z.unknown());
/** Names a lease; only the newest lease of a task counts. */
const Proof = z.object({ taskId: z.string().min(1).max(200), token: z.string().min(1).max(200) });
const log = z.array(z.string().max(10_000)).max(1000).optional();

export const LeaseOrder = z.strictObject({
  names: z.array(z.string().min(1).max(200)).min(1).max(100),
  max: z.int().min(1).max(1000).default(1),
  waitMs: z.int().min(0).max(60_000).default(0),
});
export const LeasedTask = Proof.extend({
  task: z.string(),
  node: z.string(),
  key: z.string(),
  attempt: z.number(),
  input: json,
  parameters: json,
  resources: json,
  timeoutMs: z.number(),
});
export const LeasedTasks = z.object({ leases: z.array(LeasedTask) });
export const HeartbeatOrder = z.strictObject({ tasks: z.array(Proof).min(1).max(1000) });
export const CompleteOrder = z.strictObject({
  tasks: z
    .array(Proof.extend({ result: json, log }))
    .min(1)
    .max(1000),
});
export const FailOrder = z.strictObject({
  tasks: z
    .array(
      Proof.extend({
        error: z.strictObject({
          code: z.string().min(1).max(200),
          message: z.string().max(10_000),
          retryable: z.boolean().optional(),
        }),
        log,
      }),
    )
    .min(1)
    .max(1000),
});
/** For each, in order: whether its lease is the newest. What is not accepted changed nothing. */
export const Accepted = z.object({ accepted: z.array(z.boolean()) });
export const TaskBacklog = z.object({
  task: z.string(),
  /** Not begun: requested, waiting, or waiting for another attempt. */
  backlog: z.number(),
  inFlight: z.number(),
  oldestAgeS: z.number(),
});
export const TaskBacklogs = z.object({ tasks: z.array(TaskBacklog) });
export type LeasedTask = z.infer<typeof LeasedTask>;
export type TaskBacklog = z.infer<typeof TaskBacklog>;
