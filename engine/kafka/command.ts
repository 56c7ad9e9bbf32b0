import { z } from "zod";
import type { Value } from "../template.ts";

const value = z.record(z.string(), z.unknown()) as z.ZodType<Value>;

/** A dead letter as it lies on Kafka. */
export const letterSchema = z.object({
  kind: z.enum(["task", "record", "group"]),
  node: z.string(),
  key: z.string(),
  value,
  timestamp: z.number(),
  code: z.string(),
  message: z.string(),
  taskId: z.string().optional(),
  side: z.enum(["left", "right"]).optional(),
  dag: z.string(),
  /** The partition whose worker set it aside. */
  partition: z.int().optional(),
  at: z.number(),
});
export type Letter = z.infer<typeof letterSchema>;

/** What a person asks a workflow on Kafka for: a record of its topic of commands. */
export const commandSchema = z.discriminatedUnion("kind", [
  /** A failed task again, or a delayed one at once. */
  z.object({ kind: z.literal("retry"), taskId: z.string() }),
  /** A record through its node again, or an incomplete group on as it is; `key` and `at` are the letter's own key and place. */
  z.object({
    kind: z.literal("redrive"),
    letter: letterSchema,
    key: z.string(),
    at: z.object({ partition: z.int(), offset: z.int() }),
  }),
  /** Ends a node's open groups, windows and held records as their rule says. */
  z.object({ kind: z.literal("close"), node: z.string() }),
]);
export type Command = z.infer<typeof commandSchema>;
