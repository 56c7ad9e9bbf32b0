import { type Broker, type Clock, type Place, placeName } from "./broker.ts";
import type { TaskAnswer } from "./task-message.ts";

interface Outgoing {
  answer: TaskAnswer;
  reply: Place;
  settled: (isDurable: boolean) => void;
}

const againMs = 500;
/** Answers written together. */
const mostAtOnce = 2000;

/** Answers on their way to their topics: written together, in order, and again until they are durable, as work that is done must not be lost with a connection. */
export class AnswerOutbox {
  readonly #broker: Broker;
  readonly #clock: Clock;
  readonly #onTrouble: (error: unknown) => void;
  readonly #ended = new AbortController();
  readonly #outgoing: Outgoing[] = [];
  #sending: Promise<void> | undefined;

  constructor(broker: Broker, clock: Clock, onTrouble: (error: unknown) => void) {
    this.#broker = broker;
    this.#clock = clock;
    this.#onTrouble = onTrouble;
  }

  /** @param settled told once the answer is durable, or was given up */
  send(answer: TaskAnswer, reply: Place, settled: (isDurable: boolean) => void = () => {}): void {
    this.#outgoing.push({ answer, reply, settled });
    this.#sending ??= this.#sendAll().finally(() => {
      this.#sending = undefined;
    });
  }

  /** Those that are not durable within `graceMs` are given up: their tasks are done again. @returns how many */
  async end(graceMs: number): Promise<number> {
    const over = new AbortController();
    await Promise.race([this.#sending, this.#clock.sleep(graceMs, over.signal)]);
    over.abort();
    this.#ended.abort();
    const left = this.#outgoing.splice(0);
    for (const { settled } of left) settled(false);
    return left.length;
  }

  async #sendAll(): Promise<void> {
    // what is said in this turn goes together
    await this.#clock.sleep(0);
    while (this.#outgoing.length > 0) {
      const some = this.#outgoing.slice(0, mostAtOnce);
      try {
        await this.#append(some);
      } catch (error) {
        if (this.#ended.signal.aborted) return;
        this.#onTrouble(error);
        await this.#clock.sleep(againMs, this.#ended.signal);
        continue;
      }
      if (this.#ended.signal.aborted) return;
      this.#outgoing.splice(0, some.length);
      for (const { settled } of some) settled(true);
    }
  }

  async #append(some: readonly Outgoing[]): Promise<void> {
    const timestamp = this.#clock.now();
    const byPlace = Map.groupBy(some, ({ reply }) => placeName(reply));
    await this.#broker.append(
      [...byPlace.values()].map((inPlace) => ({
        ...(inPlace[0] as Outgoing).reply,
        records: inPlace.map(({ answer }) => ({ key: answer.taskId, value: JSON.stringify(answer), timestamp })),
      })),
    );
  }
}
