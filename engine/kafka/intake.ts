import { KafkaFencedError } from "../errors.ts";
import type { AppendRecord, AppendResult, LedgerEntry } from "../intake.ts";
import type { Plan } from "../plan.ts";
import type { Batch, Broker, Clock, Producer, RecordOut } from "./broker.ts";
import { batchesOf, inputTopic } from "./intake-batches.ts";
import { layoutOf } from "./layout.ts";

/** What has entered, as the topic of the intake says. */
export interface EnteredLedger {
  hasEntered(topic: string, eventId: string): boolean;
  /** Resolves once everything before this offset of the intake's topic is known. */
  reached(offset: number): Promise<void>;
}

export interface IntakeOptions {
  broker: Broker;
  clock: Clock;
  plans: readonly Plan[];
  ledger: EnteredLedger;
  maxRecordBytes: number;
  transactionTimeoutMs?: number;
  /** Numbers from 0 to 1, by which two that take the door from one another come apart. */
  random?: () => number;
}

const pauseMs = 20;

/**
 * The door to a deployment's input topics. Records with event ids, and what connectors note, go into one transaction with marks in the
 * intake's topic, by a producer that is the only one of its name: whatever fails or is killed, each event id enters once.
 */
export class KafkaIntake {
  readonly #options: IntakeOptions;
  #producer: Producer | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: IntakeOptions) {
    this.#options = options;
  }

  /**
   * Appends records; they are on all in-sync replicas when it resolves.
   * @throws UnknownTopicError, KeyMismatchError, RecordTooLargeError before anything is written; KafkaUnavailableError
   */
  append(topic: string, records: readonly AppendRecord[], ledger: readonly LedgerEntry[] = []): Promise<AppendResult> {
    // one after the other: what one enters, the next must know of
    const result = this.#last.then(() => this.#append(topic, records, ledger));
    this.#last = result.catch(() => {});
    return result;
  }

  async #append(
    topic: string,
    records: readonly AppendRecord[],
    ledger: readonly LedgerEntry[],
  ): Promise<AppendResult> {
    const { broker, clock, plans, maxRecordBytes, random = Math.random } = this.#options;
    const input = inputTopic(plans, topic);
    const limits = { now: clock.now(), maxRecordBytes };
    if (ledger.length === 0 && records.every(({ eventId }) => eventId === undefined)) {
      for (const round of batchesOf(topic, input, records, limits)) await broker.append(round);
      return { accepted: records.length, duplicates: 0 };
    }
    for (let tries = 1; ; tries++) {
      try {
        return await this.#enter(topic, input, records, ledger, limits);
      } catch (error) {
        await this.#producer?.abort().catch(() => {}); // a producer that is void cannot abort
        this.#producer = undefined;
        if (!(error instanceof KafkaFencedError)) throw error;
        // another is at it, and would be voided by us in turn: each waits longer than the last time, none as long as another
        await clock.sleep(pauseMs * 2 ** Math.min(tries, 6) * (0.5 + random()));
      }
    }
  }

  async #enter(
    topic: string,
    input: ReturnType<typeof inputTopic>,
    records: readonly AppendRecord[],
    ledger: readonly LedgerEntry[],
    limits: { now: number; maxRecordBytes: number },
  ): Promise<AppendResult> {
    const place = { topic: layoutOf(input.plan).intake, partition: 0 };
    const producer = this.#producer ?? (await this.#open(place));
    this.#producer = producer;
    const fresh: AppendRecord[] = [];
    const ids = new Set<string>();
    for (const record of records) {
      const { eventId } = record;
      if (eventId !== undefined) {
        if (ids.has(eventId) || this.#options.ledger.hasEntered(topic, eventId)) continue;
        ids.add(eventId);
      }
      fresh.push(record);
    }
    const rounds = batchesOf(topic, input, fresh, limits);
    const marks = [
      ...[...ids].map((id) => idMark(topic, id, limits.now)),
      ...ledger.map((one) => contentMark(one, limits.now)),
    ];
    const result = { accepted: fresh.length, duplicates: records.length - fresh.length };
    if (marks.length === 0) return result;
    await producer.begin([...rounds.flat(), place].map(({ topic: name, partition }) => ({ topic: name, partition })));
    for (const round of rounds) await producer.produce(round);
    let end = 0;
    for (const records of chunksOf(marks)) {
      const batch: Batch = { ...place, records };
      const [base = 0] = await producer.produce([batch]);
      end = base + records.length;
    }
    await producer.commit();
    await this.#options.ledger.reached(end);
    return result;
  }

  /** The one producer of its name: an earlier one's open transaction is void by it, and what was committed is known before it is used. */
  async #open(place: { topic: string; partition: number }): Promise<Producer> {
    const { broker, ledger, transactionTimeoutMs = 15_000 } = this.#options;
    const producer = await broker.openProducer(place.topic, transactionTimeoutMs);
    const [end = 0] = await broker.ends([place]);
    await ledger.reached(end);
    return producer;
  }
}

function idMark(topic: string, id: string, now: number): RecordOut {
  return { key: `event\u0000${topic}\u0000${id}`, value: "{}", timestamp: now };
}

function contentMark(entry: LedgerEntry, now: number): RecordOut {
  const { source, path, sha256 } = entry;
  return { key: `content\u0000${source}\u0000${path}\u0000${sha256}`, value: JSON.stringify(entry), timestamp: now };
}

function chunksOf(records: readonly RecordOut[]): RecordOut[][] {
  const chunks: RecordOut[][] = [];
  for (let at = 0; at < records.length; at += 500) chunks.push(records.slice(at, at + 500));
  return chunks;
}
