/** How long a process that ends waits for an answer of Kafka, ms: after one that did not come it waits for no other. */
const lateMs = 3000;

/**
 * The end of a process, as all of its connections to Kafka know it. Until it begins, requests are tried again with patience; then an answer
 * has a short time, so that brokers that are away hold nobody up who wants to go.
 */
export class Ending {
  readonly #lateMs: number;
  readonly #waits = new Set<() => void>();
  #begun = false;
  #isAway = false;

  constructor(ms: number = lateMs) {
    this.#lateMs = ms;
  }

  get hasBegun(): boolean {
    return this.#begun;
  }

  /** Whether Kafka did not answer in time since the end began. */
  get isAway(): boolean {
    return this.#isAway;
  }

  begin(): void {
    this.#begun = true;
    for (const start of this.#waits) start();
  }

  /** @returns the answer. @throws what `unanswered` makes, once the end has begun and the answer takes too long */
  async within<T>(answer: Promise<T>, unanswered: () => Error): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    let start: () => void = () => {};
    const late = new Promise<never>((_, reject) => {
      start = () => {
        timer ??= setTimeout(
          () => {
            this.#isAway = true;
            reject(unanswered());
          },
          this.#isAway ? 0 : this.#lateMs,
        );
      };
    });
    if (this.#begun) start();
    this.#waits.add(start);
    try {
      return await Promise.race([answer, late]);
    } finally {
      this.#waits.delete(start);
      clearTimeout(timer);
    }
  }
}
