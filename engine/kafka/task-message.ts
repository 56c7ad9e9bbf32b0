import { z } from "zod";

/** What a worker is asked to do: the value of a record of a requests topic. */
export interface TaskMessage {
  taskId: string;
  /** 1 for the first. */
  attempt: number;
  dag: string;
  node: string;
  task: string;
  key: string;
  input: Record<string, unknown>;
  parameters: Record<string, unknown>;
  /** What the task asks of the machine, as its node says; may be left out on the wire. */
  resources: Record<string, unknown>;
  /** Null on the wire for none: Infinity here. */
  timeoutMs: number;
  /** Higher first. */
  priority: number;
  /** Where the answer is to be written: this partition, whatever the key. */
  reply: { topic: string; partition: number };
}

const error = z.object({
  code: z.string(),
  message: z.string(),
  retryable: z.boolean().optional(),
  stack: z.string().optional(),
  /** The chain of causes, outermost first. */
  causes: z.array(z.object({ code: z.string().optional(), message: z.string() })).optional(),
});
/** When it ran, ms since 1970, and what it said; both may be left out. */
const told = {
  startedAt: z.number().optional(),
  endedAt: z.number().optional(),
  log: z.array(z.string()).optional(),
};

/**
 * What a worker answers: that it has begun or is alive, or how it went. "preempted" is no end: its machine was taken away, the attempt is
 * begun again by whoever has the request.
 */
export const taskAnswerSchema = z.discriminatedUnion("outcome", [
  z.object({ taskId: z.string(), attempt: z.int(), outcome: z.literal("started") }),
  z.object({ taskId: z.string(), attempt: z.int(), outcome: z.literal("done"), result: z.unknown(), ...told }),
  z.object({ taskId: z.string(), attempt: z.int(), outcome: z.literal("failed"), error, ...told }),
  z.object({ taskId: z.string(), attempt: z.int(), outcome: z.literal("preempted"), error, ...told }),
]);
export type TaskAnswer = z.infer<typeof taskAnswerSchema>;

export const taskMessageSchema: z.ZodType<TaskMessage> = z.object({
  taskId: z.string(),
  attempt: z.int(),
  dag: z.string(),
  node: z.string(),
  task: z.string(),
  key: z.string(),
  input: z.record(z.string(), z.unknown()),
  parameters: z.record(z.string(), z.unknown()),
  resources: z.record(z.string(), z.unknown()).default({}),
  timeoutMs: z
    .number()
    .nullable()
    .transform((ms) => ms ?? Number.POSITIVE_INFINITY),
  priority: z.number(),
  reply: z.object({ topic: z.string(), partition: z.int() }),
});
