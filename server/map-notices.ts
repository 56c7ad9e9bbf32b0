import type { SharedNotices, SharedState } from "@artesian/maps";

/** Names in Redis, below a prefix that each store of maps has for itself. */
const AVAILABLE = "available-groups";
const PUBLISHED = "published";
const USES = "uses";

/** Notices over Redis, and how a publisher tells of a new catalogue. */
export interface RedisNotices extends SharedNotices {
  /** Tells every server that the catalogue changed; false when Redis is out of reach, and servers find out by themselves. */
  published(revision: number): Promise<boolean>;
  close(): Promise<void>;
}

/**
 * What servers of one store share through Redis: `PREFIX:available-groups` (sorted set, score = when the version was built, ms), a channel `PREFIX:published`,
 * and `PREFIX:uses` (hash, uses of each version). No vectors. Redis may go away and come back at any time: nothing waits for it.
 * @param options url "redis://127.0.0.1:6379"; store the uri of the store of maps, which names the prefix
 */
export async function redisNotices(options: {
  url: string;
  store: string;
  clock: () => number;
  log?: (level: "info" | "warn", message: string, data: Record<string, unknown>) => void;
}): Promise<RedisNotices> {
  const { url, store, clock, log = () => {} } = options;
  const { createClient } = await import("@redis/client");
  const prefix = `artesian:${store.replaceAll(/[^\w.-]+/g, "_")}`;
  let lost: { problem: string; sinceMs: number } | undefined;
  const listeners: (() => void)[] = [];
  const client = createClient({
    url,
    // What cannot be sent now is of no use later: the next look tells it anew.
    disableOfflineQueue: true,
    socket: { connectTimeout: 1000, reconnectStrategy: (retries) => Math.min(2000, 100 * (retries + 1)) },
  });
  const hearing = client.duplicate();
  const trouble = (error: Error): void => {
    if (lost === undefined) log("warn", "Redis is out of reach", { url, problem: error.message });
    lost ??= { problem: error.message, sinceMs: clock() };
  };
  client.on("error", trouble);
  hearing.on("error", () => {});
  client.on("ready", () => {
    if (lost !== undefined) log("info", "Redis is back", { url });
    lost = undefined;
    // What was published meanwhile was not heard.
    for (const listener of listeners) listener();
  });
  const attempt = async (work: () => Promise<unknown>): Promise<boolean> => {
    if (!client.isReady) return false;
    try {
      await work();
      return true;
    } catch (error) {
      trouble(error as Error);
      return false;
    }
  };
  const connected = client.connect().catch(trouble);
  const heard = hearing
    .connect()
    .then(() =>
      hearing.subscribe(`${prefix}:${PUBLISHED}`, () => {
        for (const listener of listeners) listener();
      }),
    )
    .catch(() => {});
  // A Redis that is there answers at once; one that is not may not hold a server up.
  await Promise.race([Promise.all([connected, heard]), new Promise((resolve) => setTimeout(resolve, 1000).unref())]);
  if (!client.isReady) trouble(new Error(`no answer from ${url}`));
  return {
    onPublished(listener) {
      listeners.push(listener);
    },
    available(groups) {
      void attempt(() => {
        const key = `${prefix}:${AVAILABLE}`;
        const change = client.multi().del(key);
        if (groups.length > 0)
          change.zAdd(
            key,
            groups.map(({ name, createdMs }) => ({ value: name, score: createdMs })),
          );
        return change.exec();
      });
    },
    used(name) {
      void attempt(() => client.hIncrBy(`${prefix}:${USES}`, name, 1));
    },
    published: (revision) => attempt(() => client.publish(`${prefix}:${PUBLISHED}`, String(revision))),
    state: (): SharedState => (lost === undefined ? { state: "connected" } : { state: "lost", ...lost }),
    async close() {
      client.destroy();
      hearing.destroy();
      await Promise.all([connected, heard]);
    },
  };
}
