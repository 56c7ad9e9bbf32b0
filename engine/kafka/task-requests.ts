import { randomInt } from "node:crypto";
import type { Demand, Lease, ServedNode } from "../leases.ts";
import type { RequestAt } from "./request-log.ts";
import type { TaskMessage } from "./task-message.ts";

/** A request that was read and is not answered. */
export interface TaskRequest {
  message: TaskMessage;
  node: ServedNode;
  /** Everywhere it was read: after a change of the group again, and earlier attempts of the task with it. */
  at: RequestAt[];
  /** Place in the line of all requests. */
  order: number;
}

/** One that somebody here has. */
export interface RunningRequest extends TaskRequest {
  lease: Lease;
  /** When it was last said to be alive. */
  noticedAt: number;
  /** Its answer is on its way. */
  answered: boolean;
}

/** Requests that a node may have waiting here before its topic is left to wait. */
const mostWaiting = 1000;
/** Tokens tell the leases of one task apart, also those of other processes and earlier lives. */
const tokens = 2 ** 48 - 1;

/** The requests that a process holds: which wait, in which order they are given out, which run. Of a task one attempt runs at a time, the newest that is known. */
export class TaskRequests {
  readonly #waiting = new Map<ServedNode, Map<string, TaskRequest>>();
  readonly #running = new Map<string, RunningRequest>();
  #order = 0;

  get waiting(): number {
    let sum = 0;
    for (const requests of this.#waiting.values()) sum += requests.size;
    return sum;
  }

  get running(): ReadonlyMap<string, RunningRequest> {
    return this.#running;
  }

  hasRoom(node: ServedNode): boolean {
    return (this.#waiting.get(node)?.size ?? 0) < mostWaiting;
  }

  /** What has not begun goes back to its topic, where its partition is another member's. */
  forgetWaiting(isOurs: (at: RequestAt) => boolean): void {
    for (const requests of this.#waiting.values())
      for (const [taskId, { at }] of requests) if (!at.some(isOurs)) requests.delete(taskId);
  }

  admit(node: ServedNode, message: TaskMessage, at: RequestAt): void {
    const { taskId, attempt } = message;
    const running = this.#running.get(taskId);
    if (running !== undefined && attempt <= running.message.attempt) {
      running.at.push(at);
      return;
    }
    const known = this.#queueOf(node).get(taskId);
    if (known !== undefined) known.at.push(at);
    if (known === undefined || attempt > known.message.attempt)
      this.#wait({ message, node, at: known?.at ?? [at], order: known?.order ?? this.#order++ });
  }

  #queueOf(node: ServedNode): Map<string, TaskRequest> {
    const known = this.#waiting.get(node) ?? new Map<string, TaskRequest>();
    this.#waiting.set(node, known);
    return known;
  }

  #wait(request: TaskRequest): void {
    this.#queueOf(request.node).set(request.message.taskId, request);
  }

  /** How many could be given out, by task name. */
  readonly leasable = (serves: (node: ServedNode) => boolean): Map<string, number> => {
    const counts = new Map<string, number>();
    for (const [node, requests] of this.#waiting) {
      const name = node.spec["task-name"];
      if (requests.size > 0 && serves(node)) counts.set(name, (counts.get(name) ?? 0) + requests.size);
    }
    return counts;
  };

  /** Gives out what is asked for: higher priority first, then as they came. */
  giveOut({ slots, serves, give }: Demand): void {
    const leases: Lease[] = [];
    while (leases.length < slots) {
      const best = this.#best(serves);
      if (best === undefined) break;
      leases.push(this.#begin(best));
    }
    if (leases.length > 0) give(leases);
  }

  #best(serves: Demand["serves"]): TaskRequest | undefined {
    let best: TaskRequest | undefined;
    for (const [node, requests] of this.#waiting) {
      if (!serves(node)) continue;
      for (const request of requests.values()) {
        // an earlier attempt that still runs here ends first
        if (this.#running.has(request.message.taskId)) continue;
        if (best === undefined || isBefore(request, best)) best = request;
        break;
      }
    }
    return best;
  }

  #begin(request: TaskRequest): Lease {
    const { reply: _, ...message } = request.message;
    const lease: Lease = { ...message, token: randomInt(1, tokens) };
    this.#waiting.get(request.node)?.delete(message.taskId);
    const running = { ...request, lease, noticedAt: Number.NEGATIVE_INFINITY, answered: false };
    this.#running.set(message.taskId, running);
    return lease;
  }

  /** What a lease stands for, while it is the newest of its task and has no answer. */
  held(taskId: string, token: number): RunningRequest | undefined {
    const running = this.#running.get(taskId);
    return running?.lease.token === token && !running.answered ? running : undefined;
  }

  /** It has its answer, or is another process's. */
  end({ message }: RunningRequest): void {
    this.#running.delete(message.taskId);
  }

  /** It is to begin again, unless a newer attempt has come meanwhile. */
  putBack(running: RunningRequest): void {
    this.end(running);
    const { message, node, at, order } = running;
    const newer = this.#queueOf(node).get(message.taskId);
    if (newer === undefined) this.#wait({ message, node, at, order });
    else newer.at.push(...at);
  }
}

function isBefore(one: TaskRequest, other: TaskRequest): boolean {
  const [a, b] = [one.message.priority, other.message.priority];
  return a === b ? one.order < other.order : a > b;
}
