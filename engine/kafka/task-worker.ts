import type { LeaseAnswer, LeaseProof, LeaseRequest } from "../lease-desk.ts";
import type { Completion, Lease, ServedNode } from "../leases.ts";
import type { Plan } from "../plan.ts";
import type { ExternalTaskSpec } from "../spec.ts";
import { resultProblem } from "../task-result.ts";
import type { TaskServer } from "../task-server.ts";
import { TaskServing } from "../task-serving.ts";
import type { ThreadOptions } from "../threads.ts";
import { answerOf, type Ended } from "./answer-of.ts";
import { AnswerOutbox } from "./answer-outbox.ts";
import { Bell } from "./bell.ts";
import { type Broker, type Clock, type Place, placeName, type RecordIn } from "./broker.ts";
import { type KafkaTopicOptions, layoutOf, prepareTopics } from "./layout.ts";
import { RequestLog } from "./request-log.ts";
import { RequestReader } from "./request-reader.ts";
import { taskMessageSchema } from "./task-message.ts";
import { type RunningRequest, TaskRequests } from "./task-requests.ts";
import { objectOf } from "./wire-record.ts";

export interface TaskWorkerOptions {
  broker: Broker;
  clock: Clock;
  plan: Plan;
  application?: string;
  /** How topics are made and called. */
  topics?: KafkaTopicOptions;
  /** Where handlers are: `module` is the URL of a module that exports `tasks`. */
  tasks?: ThreadOptions;
  /** What runs the tasks of nodes that name an executor. */
  executors?: Readonly<Record<string, TaskServer>>;
  /** Most characters of a result. */
  maxRecordBytes: number;
  sessionTimeoutMs: number;
  heartbeatMs: number;
  onTrouble?: (error: unknown) => void;
}

/** A task node by its topic of requests. */
interface Served {
  node: ServedNode;
  /** Where answers go. */
  answers: string;
  /** By threads or an executor of this process. */
  isCarriedOut: boolean;
  isLeased: boolean;
}

/** How long after a worker has last asked for leases its tasks are kept for it, ms: then another process may have them. */
const leaseIdleMs = 30_000;
const lastAnswersMs = 1000;

/**
 * Serves external tasks of a plan: reads requests as a member of the group that shares them, gives them to threads, executors or workers that
 * lease, answers. It holds no state: what it has read and not answered when it ends, another reads again. Tasks are leased only while
 * somebody asks for them here.
 */
export class TaskWorker {
  readonly #options: TaskWorkerOptions;
  readonly #serving: TaskServing;
  readonly #outbox: AnswerOutbox;
  readonly #requests = new TaskRequests();
  readonly #log = new RequestLog();
  readonly #served = new Map<string, Served>();
  /** Until when leases of a task name are asked for. */
  readonly #asked = new Map<string, number>();
  readonly #stop = new AbortController();
  readonly #turn: Bell;
  #reader: RequestReader | undefined;
  #until = 0;
  #ended: Promise<unknown> = Promise.resolve();
  #closed: Promise<void> | undefined;
  #done = 0;
  #left = 0;

  constructor(options: TaskWorkerOptions) {
    const { broker, clock, plan, tasks, executors, onTrouble } = options;
    this.#options = options;
    this.#turn = new Bell(clock);
    this.#outbox = new AnswerOutbox(broker, clock, (error) => onTrouble?.(error));
    this.#serving = new TaskServing(
      {
        plans: [plan],
        ...(tasks === undefined ? {} : { tasks: { ...tasks, ahead: 0 } }),
        executors,
        onTrouble,
        others: true,
      },
      (completion) => this.#complete(completion),
    );
  }

  /** @throws what the tasks module throws; InvalidSpecError, KafkaPartitionsError, KafkaPlanError, KafkaUnavailableError, KafkaRefusedError */
  async start(): Promise<void> {
    const { broker, plan, application, topics } = this.#options;
    await this.#serving.start();
    const layout = layoutOf(plan, application, topics);
    await prepareTopics(broker, layout);
    for (const { node, requests, answers } of layout.tasks) {
      const spec = node.spec as ExternalTaskSpec;
      const [isCarriedOut, isLeased] = [this.#serving.carriesOut(spec), this.#serving.leases(spec)];
      this.#served.set(requests, { node: { spec }, answers, isCarriedOut, isLeased });
    }
    const reader = this.#readerOf(`${layout.group}-tasks`);
    this.#reader = reader;
    this.#ended = Promise.all([reader.live(this.#stop.signal), this.#turns()]);
  }

  #readerOf(group: string): RequestReader {
    const { broker, clock, sessionTimeoutMs, heartbeatMs, onTrouble } = this.#options;
    return new RequestReader({
      ...{ broker, clock, group, log: this.#log, sessionTimeoutMs, heartbeatMs },
      topics: () => this.topics,
      hasRoom: (topic) => {
        const served = this.#served.get(topic);
        return served !== undefined && this.#requests.hasRoom(served.node);
      },
      admit: (place, record) => this.#admit(place, record),
      changed: () => {
        this.#requests.forgetWaiting(({ place }) => this.#log.has(place));
        this.#turn.ring();
      },
      close: () => this.#close(),
      onTrouble: (error) => onTrouble?.(error),
    });
  }

  get plan(): Plan {
    return this.#options.plan;
  }

  /** Names of the topics whose requests it takes now. */
  get topics(): string[] {
    const now = this.#options.clock.now();
    const held = new Set([...this.#requests.running.values()].map(({ node }) => node));
    return [...this.#served].flatMap(([topic, { node, isCarriedOut, isLeased }]) => {
      const isAsked = (this.#asked.get(node.spec["task-name"]) ?? 0) > now || held.has(node);
      return isCarriedOut || (isLeased && isAsked) ? [topic] : [];
    });
  }

  get status(): { waiting: number; running: number; done: number } {
    return { waiting: this.#requests.waiting, running: this.#requests.running.size, done: this.#done };
  }

  /** Answers that Kafka did not take before this process ended. */
  get left(): number {
    return this.#left;
  }

  /** Task names that workers may lease. */
  leasedNames(): string[] {
    return this.#serving.leasedNames();
  }

  /** Waits for leases; none when there was no task within `waitMs`. */
  lease(request: LeaseRequest): Promise<Lease[]> {
    const now = this.#options.clock.now();
    if (this.#stop.signal.aborted) return Promise.resolve([]);
    for (const name of request.names) this.#asked.set(name, now + request.waitMs + leaseIdleMs);
    const leases = this.#serving.desk.wait(request, now);
    this.#reader?.ring();
    this.#turn.ring();
    return leases;
  }

  /** Ends the wait of a worker that has gone. */
  leave(ticket: string): void {
    this.#serving.desk.leave(ticket);
  }

  /** Puts off the timeouts of leases. @returns for each whether it is still held */
  heartbeat(proofs: readonly LeaseProof[]): boolean[] {
    return proofs.map((proof) => this.#serving.desk.heartbeat(proof, this.#options.clock.now()));
  }

  /** Ends leases. @returns for each whether its answer is durable: that of a lease that is held no more changes nothing */
  answer(answers: readonly LeaseAnswer[]): Promise<boolean[]> {
    const now = this.#options.clock.now();
    const settled = answers.map((answer) => {
      const completion = this.#serving.desk.close(answer, now);
      return new Promise<boolean>((resolve) => {
        if (completion === undefined) resolve(false);
        else this.#complete(completion, resolve);
      });
    });
    return Promise.all(settled);
  }

  /** Lets running tasks end within `graceMs`; what is not answered then is done by another. */
  async stop(graceMs = 5000): Promise<void> {
    this.#until = this.#options.clock.now() + graceMs;
    this.#stop.abort();
    this.#turn.ring();
    this.#reader?.ring();
    await this.#ended;
    await this.#close();
  }

  /** Ends what runs here, and says how it went. What partitions that others have by now ask for is left to them. */
  #close(): Promise<void> {
    this.#closed ??= (async () => {
      const { clock } = this.#options;
      const leftMs = (): number => Math.max(0, this.#until - clock.now());
      for (const completion of this.#serving.desk.stop(clock.now())) this.#complete(completion);
      const others = [...this.#requests.running.values()].filter((one) => !this.#isOurs(one));
      this.#serving.release(others.map(({ lease }) => lease));
      await this.#serving.stop(leftMs());
      this.#left = await this.#outbox.end(Math.max(lastAnswersMs, leftMs()));
    })();
    return this.#closed;
  }

  #isOurs({ at }: RunningRequest): boolean {
    return at.some(({ place }) => this.#log.has(place));
  }

  async #turns(): Promise<void> {
    const { clock, heartbeatMs } = this.#options;
    const { desk } = this.#serving;
    while (!this.#stop.signal.aborted) {
      const now = clock.now();
      for (const completion of desk.expire(now)) this.#complete(completion);
      for (const demand of this.#serving.demands(now, this.#requests.leasable)) this.#requests.giveOut(demand);
      desk.endWaits(now);
      this.#notice(now);
      await this.#turn.wait(Math.max(1, Math.min(heartbeatMs, desk.nextDue - clock.now())));
    }
  }

  /** Says of running tasks that they are alive; whoever runs them ends those whose time is up. */
  #notice(now: number): void {
    for (const one of this.#requests.running.values()) {
      const { taskId, attempt, timeoutMs, reply } = one.message;
      if (one.answered || now - one.noticedAt < Math.min(timeoutMs / 3, 60_000)) continue;
      one.noticedAt = now;
      this.#outbox.send({ taskId, attempt, outcome: "started" }, reply);
    }
  }

  /** @param told whether the answer is durable */
  #complete(completion: Completion, told: (accepted: boolean) => void = () => {}): void {
    const one = this.#requests.held(completion.taskId, completion.token);
    this.#turn.ring();
    if (one === undefined) {
      told(false);
      return;
    }
    const { attempt, reply } = one.message;
    if (completion.outcome === "returned" || completion.outcome === "preempted") {
      if (completion.outcome === "preempted") this.#outbox.send(answerOf(completion, attempt), reply);
      if (this.#isOurs(one)) this.#requests.putBack(one);
      else this.#requests.end(one);
      told(true);
      return;
    }
    one.answered = true;
    this.#outbox.send(answerOf(this.#checked(completion), attempt), reply, (isDurable) => {
      if (isDurable) for (const at of one.at) this.#log.answered(at);
      this.#requests.end(one);
      this.#done++;
      told(isDurable);
      this.#turn.ring();
    });
  }

  #checked(completion: Ended): Ended {
    if (completion.outcome !== "done") return completion;
    const error = resultProblem(completion.result, this.#options.maxRecordBytes);
    const { result: _, ...rest } = completion;
    return error === undefined ? completion : { ...rest, outcome: "failed", error };
  }

  #admit({ topic, partition }: Place, { offset, value }: RecordIn): void {
    const parsed = taskMessageSchema.safeParse(value === null ? undefined : objectOf(value));
    const served = this.#served.get(topic);
    if (!parsed.success || served === undefined) return;
    const at = { place: placeName({ topic, partition }), offset };
    this.#log.opened(at);
    const { reply } = parsed.data;
    this.#requests.admit(served.node, { ...parsed.data, reply: { ...reply, topic: served.answers } }, at);
  }
}
