import type { Clock } from "./broker.ts";

/** Lets one wait until somebody rings or a time is over. A ring while nobody waits is kept. */
export class Bell {
  readonly #clock: Clock;
  #rung = false;
  #wait: AbortController | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  ring(): void {
    this.#rung = true;
    this.#wait?.abort();
  }

  async wait(ms: number): Promise<void> {
    if (!this.#rung && ms > 0) {
      this.#wait = new AbortController();
      await this.#clock.sleep(ms, this.#wait.signal);
      this.#wait = undefined;
    }
    this.#rung = false;
  }
}
