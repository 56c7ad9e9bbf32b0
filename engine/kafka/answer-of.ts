import type { Completion } from "../leases.ts";
import type { TaskAnswer } from "./task-message.ts";

/** Lines of a task's log that an answer carries, and characters of them, of a stack and of a message: an answer must fit into a record. */
const lines = 200;
const logChars = 100_000;
const stackChars = 4000;
const messageChars = 20_000;

/** How a lease ended, when that is to be told. */
export type Ended = Exclude<Completion, { outcome: "returned" }>;

/** What is written of it. */
export function answerOf(completion: Ended, attempt: number): TaskAnswer {
  const { taskId, startedAt, endedAt } = completion;
  const log = lastLines(completion.log);
  const said = { taskId, attempt, startedAt, endedAt, ...(log.length === 0 ? {} : { log }) };
  if (completion.outcome === "done") return { ...said, outcome: "done", result: completion.result };
  const { code, message, retryable, stack, causes } = completion.error;
  const error = {
    code,
    message: message.slice(0, messageChars),
    ...(retryable === undefined ? {} : { retryable }),
    ...(stack === undefined ? {} : { stack: stack.slice(0, stackChars) }),
    ...(causes === undefined ? {} : { causes }),
  };
  return { ...said, outcome: completion.outcome, error };
}

function lastLines(log: readonly string[]): string[] {
  const kept: string[] = [];
  let left = logChars;
  for (const line of log.slice(-lines).reverse()) {
    left -= line.length;
    if (left < 0) break;
    kept.unshift(line);
  }
  return kept;
}
