import { TaskTimeoutError } from "./errors.ts";
import {
  type Completion,
  type Demand,
  type Demands,
  endingOf,
  type Lease,
  type ServedNode,
  type TaskError,
} from "./leases.ts";
import { attemptError } from "./tasks.ts";

/** What a worker that leases asks for. */
export interface LeaseRequest {
  /** Task names that it serves. */
  names: readonly string[];
  /** Most leases at once. */
  max: number;
  /** How long to wait when there is none now, ms. */
  waitMs: number;
  /** Names this request, so that `leave` can end its wait when the worker has gone. */
  ticket?: string;
}

/** A lease by which a worker says something. */
export interface LeaseProof {
  taskId: string;
  token: number;
}

/** How a worker ends a lease. */
export type LeaseAnswer = LeaseProof & { log?: readonly string[] } & (
    | { outcome: "done"; result: unknown }
    | { outcome: "failed"; error: TaskError }
    | { outcome: "returned" }
  );

interface Waiter {
  ticket: string | undefined;
  names: ReadonlySet<string>;
  max: number;
  until: number;
  answer(leases: Lease[]): void;
}

interface HeldLease {
  lease: Lease;
  startedAt: number;
  /** When it is taken away unless its worker is heard of. */
  until: number;
}

/**
 * Leases for workers of any language: those that wait are kept in the order they came and cost nothing while there is no task of theirs;
 * a lease that is not heard of within its timeout is taken away and counts as a failed attempt.
 */
export class LeaseDesk {
  readonly #waiters = new Set<Waiter>();
  readonly #held = new Map<string, HeldLease>();
  readonly #serves: (node: ServedNode) => boolean;
  #nextExpiry = Number.POSITIVE_INFINITY;
  #nextTurn = Number.POSITIVE_INFINITY;

  /** @param serves the nodes whose tasks are leased */
  constructor(serves: (node: ServedNode) => boolean) {
    this.#serves = serves;
  }

  /** Waits for leases; the promise resolves with none when the time is up. */
  wait({ names, max, waitMs, ticket }: LeaseRequest, now: number): Promise<Lease[]> {
    return new Promise((resolve) => {
      const waiter = { ticket, names: new Set(names), max, until: now + waitMs, answer: resolve };
      this.#waiters.add(waiter);
      this.#nextTurn = Math.min(this.#nextTurn, waiter.until);
    });
  }

  /** Ends a wait whose worker has gone. */
  leave(ticket: string): void {
    for (const waiter of this.#waiters) {
      if (waiter.ticket !== ticket) continue;
      this.#waiters.delete(waiter);
      waiter.answer([]);
    }
  }

  get waiting(): number {
    return this.#waiters.size;
  }

  /** Who is first in line for what could be leased now. */
  readonly demands = (now: number, leasable: Parameters<Demands>[0]): Demand[] => {
    if (this.#waiters.size === 0) return [];
    const left = leasable(this.#serves);
    let sum = 0;
    for (const count of left.values()) sum += count;
    const demands: Demand[] = [];
    for (const waiter of this.#waiters) {
      if (sum <= 0) break;
      let slots = 0;
      for (const name of waiter.names) {
        const count = Math.min(left.get(name) ?? 0, waiter.max - slots);
        if (count <= 0) continue;
        left.set(name, (left.get(name) ?? 0) - count);
        slots += count;
      }
      if (slots === 0) continue;
      sum -= slots;
      demands.push({
        slots: waiter.max,
        serves: (node) => waiter.names.has(node.spec["task-name"]) && this.#serves(node),
        give: (leases) => this.#give(waiter, leases, now),
      });
    }
    return demands;
  };

  #give(waiter: Waiter, leases: readonly Lease[], now: number): void {
    this.#waiters.delete(waiter);
    for (const lease of leases) {
      const until = now + lease.timeoutMs;
      this.#held.set(lease.taskId, { lease, startedAt: now, until });
      this.#nextExpiry = Math.min(this.#nextExpiry, until);
    }
    waiter.answer([...leases]);
  }

  /** Puts off a lease's timeout. @returns whether it is still the newest of its task */
  heartbeat({ taskId, token }: LeaseProof, now: number): boolean {
    const held = this.#held.get(taskId);
    if (held?.lease.token !== token) return false;
    held.until = now + held.lease.timeoutMs;
    return true;
  }

  /** The completion that an answer stands for; undefined when its lease was taken away or is another's. */
  close(answer: LeaseAnswer, now: number): Completion | undefined {
    const held = this.#held.get(answer.taskId);
    if (held?.lease.token !== answer.token) return undefined;
    this.#held.delete(answer.taskId);
    return { ...answer, ...endingOf(answer, held.startedAt, now, [...(answer.log ?? [])]) };
  }

  /** Ends the waits whose time is up; called once what there was is given out. */
  endWaits(now: number): void {
    if (now < this.#nextTurn) return;
    this.#nextTurn = Number.POSITIVE_INFINITY;
    for (const waiter of this.#waiters) {
      if (waiter.until <= now) {
        this.#waiters.delete(waiter);
        waiter.answer([]);
      } else this.#nextTurn = Math.min(this.#nextTurn, waiter.until);
    }
  }

  /** Takes leases of workers that were not heard of away. */
  expire(now: number): Completion[] {
    const lost: Completion[] = [];
    if (now < this.#nextExpiry) return lost;
    this.#nextExpiry = Number.POSITIVE_INFINITY;
    for (const { lease, startedAt, until } of this.#held.values()) {
      if (until > now) {
        this.#nextExpiry = Math.min(this.#nextExpiry, until);
        continue;
      }
      this.#held.delete(lease.taskId);
      const error = attemptError(new TaskTimeoutError(lease.task, lease.timeoutMs));
      lost.push({ ...endingOf(lease, startedAt, now), outcome: "failed", error });
    }
    return lost;
  }

  /** When something of it is due, ms since 1970. */
  get nextDue(): number {
    return Math.min(this.#nextExpiry, this.#nextTurn);
  }

  /** Ends all waits, and hands back what is leased: no attempt is used, and late answers are refused. */
  stop(now: number): Completion[] {
    for (const waiter of this.#waiters) waiter.answer([]);
    this.#waiters.clear();
    const returned = [...this.#held.values()].map(
      ({ lease, startedAt }): Completion => ({ ...endingOf(lease, startedAt, now), outcome: "returned" }),
    );
    this.#held.clear();
    return returned;
  }
}
