import { appendOnceToKafka } from "@artesian/engine";
import type { Catalog, MapService, MapServiceOptions } from "@artesian/maps";
import { type RedisNotices, redisNotices } from "@artesian/server";
import { createdGroups, GROUP_CREATED, onceRecords } from "@artesian/workflows/created-groups.ts";
import type { Logger } from "pino";
import { describeError } from "./exit.ts";

const PATIENCE_MS = 20_000;
const AGAIN_MS = 30_000;

/** The Kafka that the environment names; undefined when it names none. */
function brokersOf(env: NodeJS.ProcessEnv = process.env): string[] | undefined {
  const given = env.ARTESIAN_KAFKA;
  return given === undefined || given === "" ? undefined : given.split(",");
}

/** What servers of a store share through the Redis that the environment names; undefined when it names none. */
export async function sharedNotices(store: string, logger?: Logger): Promise<RedisNotices | undefined> {
  const url = process.env.ARTESIAN_REDIS;
  if (url === undefined || url === "") return undefined;
  const log = logger && {
    log: (level: "info" | "warn", message: string, data: object) => logger[level](data, message),
  };
  return redisNotices({ url, store, clock: Date.now, ...log });
}

/** Puts the event of each version of a catalogue on Kafka that is not there yet. @returns how many entered */
async function announce(brokers: readonly string[], store: string, catalog: Catalog): Promise<number> {
  const records = onceRecords(createdGroups(catalog, store));
  if (records.length === 0) return 0;
  const { accepted } = await appendOnceToKafka({ brokers, patienceMs: PATIENCE_MS }, { topic: GROUP_CREATED, records });
  return accepted;
}

/**
 * Tells others of what was published: servers through Redis, whoever reads `group.created` through Kafka, as far as the environment names them. What
 * was published stays published when one of them is out of reach: the next publisher, or a server, makes up for it.
 * @param say told of trouble
 */
export async function tellOfPublished(
  store: string,
  catalog: Catalog,
  created: readonly string[],
  say: (line: string) => void,
): Promise<void> {
  if (created.length > 0) {
    const notices = await sharedNotices(store);
    await notices?.published(catalog.revision);
    await notices?.close();
  }
  const brokers = brokersOf();
  if (brokers === undefined) return;
  try {
    await announce(brokers, store, catalog);
  } catch (error) {
    say(
      `trouble: ${GROUP_CREATED} on ${brokers.join(",")}: ${describeError(error).message} What is published stays published; the next publisher or server sends the events.`,
    );
  }
}

/**
 * Keeps `group.created` on Kafka in step with the catalogue that is served, whoever publishes: now, after each change, and again after trouble.
 * @returns ends it; undefined when the environment names no Kafka
 */
export function followOnKafka(
  service: MapService,
  log: NonNullable<MapServiceOptions["log"]>,
): (() => Promise<void>) | undefined {
  const brokers = brokersOf();
  if (brokers === undefined) return undefined;
  const stopped = new AbortController();
  let wake = (): void => {};
  let isWanted = true;
  const unfollow = service.onChange(() => {
    isWanted = true;
    wake();
  });
  const pause = (ms: number | undefined): Promise<void> =>
    new Promise((resolve) => {
      const timer = ms === undefined ? undefined : setTimeout(resolve, ms).unref();
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  const follow = async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      if (!isWanted) {
        await pause(undefined);
        continue;
      }
      isWanted = false;
      try {
        const sent = await announce(brokers, service.store.uri, service.catalog());
        if (sent > 0) log("info", "sent group.created", { sent });
      } catch (error) {
        isWanted = true;
        log("warn", "could not send group.created", { problem: describeError(error).message });
        if (!stopped.signal.aborted) await pause(AGAIN_MS);
      }
    }
  };
  const following = follow();
  return async () => {
    stopped.abort();
    unfollow();
    wake();
    await following;
  };
}
