import type { Completion, Lease, TaskError } from "../leases.ts";
import type { Plan } from "../plan.ts";
import { Threads } from "../threads.ts";
import { type Broker, type Clock, type Member, type Place, type Position, placeName } from "./broker.ts";
import { type KafkaTopicOptions, layoutOf, prepareTopics } from "./layout.ts";
import { type TaskAnswer, type TaskMessage, taskMessageSchema } from "./task-message.ts";
import { objectOf } from "./wire-record.ts";

export interface TaskWorkerOptions {
  broker: Broker;
  clock: Clock;
  plan: Plan;
  application?: string;
  /** How topics are made and called. */
  topics?: KafkaTopicOptions;
  /** Where the handlers are: `module` is the URL of a module that exports `tasks`. */
  tasks: { module: string; threads: number; memoryMb?: number; youngMb?: number };
  sessionTimeoutMs?: number;
  heartbeatMs?: number;
  onTrouble?: (error: unknown) => void;
}

interface Waiting {
  message: TaskMessage;
  /** Where it was read, each once: a request may be read again after a change of the group. */
  from: Set<string>;
}

const buffered = 1000;
/** Lines of a task's log that an answer carries, and characters of a stack. */
const lines = 200;
const stackChars = 4000;

/**
 * Runs the external tasks of a plan whose handlers a module has: reads requests, runs them in worker threads, answers. It holds no state:
 * what it has read and not answered when it ends, another reads again.
 */
export class TaskWorker {
  readonly #options: TaskWorkerOptions;
  readonly #threads: Threads;
  readonly #stop = new AbortController();
  /** By place: offsets that are not answered yet, and the position behind all that was read. */
  readonly #unanswered = new Map<string, { place: Place; next: number; offsets: Set<number> }>();
  readonly #waiting: Waiting[] = [];
  readonly #running = new Map<string, Waiting & { noticedAt: number }>();
  #answers: { answer: TaskAnswer; reply: Place; from: ReadonlySet<string> }[] = [];
  #wake: () => void = () => {};
  #ended: Promise<void> | undefined;
  #topics: string[] = [];
  /** Where answers to a topic's requests go. */
  #replies: ReadonlyMap<string, string> = new Map();
  #done = 0;

  constructor(options: TaskWorkerOptions) {
    this.#options = options;
    this.#threads = new Threads(
      options.tasks,
      (completion) => this.#complete(completion),
      (error) => options.onTrouble?.(error),
    );
  }

  /** @throws what the tasks module throws; KafkaPartitionsError, KafkaPlanError, KafkaUnavailableError, KafkaRefusedError */
  async start(): Promise<void> {
    const { broker, plan, application, topics } = this.#options;
    const known = await this.#threads.start();
    const layout = layoutOf(plan, application, topics);
    await prepareTopics(broker, layout);
    const mine = layout.tasks.filter(
      ({ node }) => "task-name" in node.spec && known[node.spec["task-name"]] !== undefined,
    );
    this.#topics = mine.map(({ requests }) => requests);
    this.#replies = new Map(mine.map(({ requests, answers }) => [requests, answers]));
    this.#ended = this.#topics.length === 0 ? Promise.resolve() : this.#live(`${layout.group}-tasks`);
  }

  /** Names of the topics that it serves. */
  get topics(): readonly string[] {
    return this.#topics;
  }

  get status(): { waiting: number; running: number; done: number } {
    return { waiting: this.#waiting.length, running: this.#running.size, done: this.#done };
  }

  /** Lets running tasks end within `graceMs`; what is not answered then is run again by another. */
  async stop(graceMs = 5000): Promise<void> {
    const until = this.#options.clock.now() + graceMs;
    this.#waiting.length = 0;
    this.#stop.abort();
    this.#wake();
    await this.#ended;
    await this.#threads.stop(Math.max(0, until - this.#options.clock.now()));
    await this.#sendAnswers().catch(() => {});
  }

  async #live(group: string): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const { broker, sessionTimeoutMs = 10_000 } = this.#options;
      const member = broker.openMember({ group, topics: this.#topics, sessionTimeoutMs, rebalanceTimeoutMs: 60_000 });
      try {
        while (!this.#stop.signal.aborted) {
          const { assigned } = await member.join([...this.#unanswered.values()].map(({ place }) => place));
          await this.#serve(member, group, assigned);
        }
        await member.leave();
      } catch (error) {
        if (this.#stop.signal.aborted) break;
        this.#options.onTrouble?.(error);
        await this.#options.clock.sleep(500, this.#stop.signal);
      }
      this.#forget();
    }
  }

  /** Requests that have not begun go back; those that run are answered all the same. */
  #forget(): void {
    this.#waiting.length = 0;
    this.#unanswered.clear();
  }

  async #serve(member: Member, group: string, assigned: readonly Place[]): Promise<void> {
    const { broker, clock, heartbeatMs = 1000 } = this.#options;
    this.#forget();
    const offsets = await broker.committed(group, assigned);
    const starts = await broker.starts(assigned);
    for (const [index, place] of assigned.entries()) {
      const next = Math.max(offsets[index] ?? 0, starts[index] ?? 0);
      this.#unanswered.set(placeName(place), { place, next, offsets: new Set() });
    }
    let fetching = false;
    let failed: unknown;
    let beatenAt = clock.now();
    let release: () => void = () => {};
    let woken = false;
    this.#wake = () => {
      woken = true;
      release();
    };
    const fail = (error: unknown): void => {
      failed ??= error;
      this.#wake();
    };
    while (!this.#stop.signal.aborted) {
      if (failed !== undefined) throw failed;
      woken = false;
      if (!fetching && this.#waiting.length < buffered && this.#unanswered.size > 0) {
        fetching = true;
        const positions = [...this.#unanswered.values()].map(
          ({ place, next }): Position => ({ ...place, offset: next }),
        );
        broker.fetch(positions, { maxWaitMs: 500, maxBytes: 4 * 2 ** 20 }).then((reads) => {
          fetching = false;
          for (const { topic, partition, from, records, next } of reads) {
            const at = this.#unanswered.get(placeName({ topic, partition }));
            if (at === undefined || at.next !== from) continue;
            at.next = next;
            for (const { offset, value } of records) this.#admit(at, offset, value);
          }
          this.#wake();
        }, fail);
      }
      this.#giveOut();
      this.#notice();
      await this.#sendAnswers();
      if (clock.now() - beatenAt >= heartbeatMs) {
        beatenAt = clock.now();
        await member.commitOffsets(this.#answeredUpTo());
        if ((await member.heartbeat()) === "rebalancing") return;
      }
      if (woken) continue;
      const until = new AbortController();
      release = () => until.abort();
      await clock.sleep(heartbeatMs, until.signal);
    }
    await this.#sendAnswers();
    await member.commitOffsets(this.#answeredUpTo());
  }

  #answeredUpTo(): Position[] {
    return [...this.#unanswered.values()].map(({ place, next, offsets }) => ({
      ...place,
      offset: Math.min(next, ...offsets),
    }));
  }

  #admit(at: { place: Place; offsets: Set<number> }, offset: number, value: Buffer | null): void {
    const parsed = taskMessageSchema.safeParse(value === null ? undefined : objectOf(value));
    if (!parsed.success) return;
    at.offsets.add(offset);
    const from = new Set([`${placeName(at.place)}\u0000${offset}`]);
    const known = this.#running.get(parsed.data.taskId);
    if (known !== undefined && known.message.attempt === parsed.data.attempt) {
      for (const one of from) known.from.add(one);
      return;
    }
    const { reply } = parsed.data;
    const topic = this.#replies.get(at.place.topic) ?? reply.topic;
    this.#waiting.push({ message: { ...parsed.data, reply: { ...reply, topic } }, from });
  }

  /** Hands requests to idle threads: higher priority first, then as they came. */
  #giveOut(): void {
    const { threads } = this.#options.tasks;
    while (this.#running.size < threads && this.#waiting.length > 0 && this.#threads.free > 0) {
      let best = -1;
      for (const [index, { message }] of this.#waiting.entries()) {
        // an earlier attempt that still runs here ends first
        if (this.#running.has(message.taskId)) continue;
        if (best < 0 || message.priority > (this.#waiting[best] as Waiting).message.priority) best = index;
      }
      const [one] = best < 0 ? [] : this.#waiting.splice(best, 1);
      if (one === undefined) return;
      const { reply: _, ...message } = one.message;
      this.#running.set(message.taskId, { ...one, noticedAt: Number.NEGATIVE_INFINITY });
      const lease: Lease = { ...message, token: message.attempt, resources: {} };
      this.#threads.give([lease]);
    }
  }

  /** Says of running tasks that they are alive; the threads themselves end those whose time is up. */
  #notice(): void {
    const now = this.#options.clock.now();
    for (const one of this.#running.values()) {
      const { taskId, attempt, timeoutMs, reply } = one.message;
      if (now - one.noticedAt < Math.min(timeoutMs / 3, 60_000)) continue;
      one.noticedAt = now;
      this.#answers.push({ answer: { taskId, attempt, outcome: "started" }, reply, from: new Set() });
    }
  }

  #complete(completion: Completion): void {
    const one = this.#running.get(completion.taskId);
    if (one === undefined) return;
    this.#running.delete(completion.taskId);
    const { taskId, attempt, reply } = one.message;
    if (completion.outcome === "returned") {
      if (!this.#stop.signal.aborted) this.#waiting.unshift({ message: one.message, from: one.from });
    } else {
      const { startedAt, endedAt } = completion;
      const said = {
        startedAt,
        endedAt,
        ...(completion.log.length === 0 ? {} : { log: completion.log.slice(-lines) }),
      };
      const answer: TaskAnswer =
        completion.outcome === "done"
          ? { taskId, attempt, outcome: "done", result: completion.result, ...said }
          : { taskId, attempt, outcome: "failed", error: errorOf(completion.error), ...said };
      this.#answers.push({ answer, reply, from: one.from });
      this.#done++;
    }
    this.#wake();
  }

  async #sendAnswers(): Promise<void> {
    const answers = this.#answers;
    if (answers.length === 0) return;
    this.#answers = [];
    const now = this.#options.clock.now();
    const byPlace = Map.groupBy(answers, ({ reply }) => placeName(reply));
    await this.#options.broker.append(
      [...byPlace.values()].map((inPlace) => ({
        ...(inPlace[0] as (typeof answers)[number]).reply,
        records: inPlace.map(({ answer }) => ({ key: answer.taskId, value: JSON.stringify(answer), timestamp: now })),
      })),
    );
    for (const { from } of answers) {
      for (const name of from) {
        const end = name.lastIndexOf("\u0000");
        this.#unanswered.get(name.slice(0, end))?.offsets.delete(Number(name.slice(end + 1)));
      }
    }
  }
}

function errorOf({
  code,
  message,
  retryable,
  stack,
  causes,
}: TaskError): (TaskAnswer & { outcome: "failed" })["error"] {
  return {
    code,
    message,
    ...(retryable === undefined ? {} : { retryable }),
    ...(stack === undefined ? {} : { stack: stack.slice(0, stackChars) }),
    ...(causes === undefined ? {} : { causes }),
  };
}
