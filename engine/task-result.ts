import type { TaskError } from "./leases.ts";

/** What is wrong with what a task returned; undefined when it can flow on. @param limit most characters of it as JSON */
export function resultProblem(result: unknown, limit: number): TaskError | undefined {
  const retryable = false;
  if (result === null || typeof result !== "object" || Array.isArray(result)) {
    const found = JSON.stringify(result)?.slice(0, 60) ?? String(result);
    return { code: "engine/task-result", message: `The handler returned ${found}; expected an object.`, retryable };
  }
  const sizeBytes = JSON.stringify(result).length;
  if (sizeBytes <= limit) return undefined;
  const message = `The result has ${sizeBytes} bytes, the limit is ${limit}. Put the data into the object store and return its pointer.`;
  return { code: "engine/record-too-large", message, retryable };
}
