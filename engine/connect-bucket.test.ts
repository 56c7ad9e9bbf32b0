import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { folderPlace, type Place } from "@artesian/data";
import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { compile } from "./compile.ts";
import { type BucketOptions, connectBucket } from "./connect-bucket.ts";
import type { LedgerRuntime } from "./connect-ledger.ts";
import { openEmbedded, type Runtime } from "./embedded.ts";
import { DiskFullError } from "./errors.ts";

const root = mkdtempSync(join(tmpdir(), "artesian-bucket-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let last = 0;
const fresh = (): string => join(root, String(++last));

const plans = [
  compile({
    name: "taken",
    partitions: 2,
    graph: {
      in: { type: "topic-stream", "topic-name": "in", key: "{key}" },
      out: { type: "publish", "topic-name": "out", stream: "in" },
      others: { type: "topic-stream", "topic-name": "others", key: "{key}" },
      end: { type: "publish", "topic-name": "end", stream: "others" },
    },
  }),
];

async function withRuntime<T>(dir: string, work: (runtime: Runtime) => Promise<T>): Promise<T> {
  const runtime = await openEmbedded({ dir, plans, database: { durable: false } });
  try {
    return await work(runtime);
  } finally {
    await runtime.stop(0);
  }
}

/** All values of a topic. */
function values(runtime: Runtime, topic = "in"): unknown[] {
  return runtime
    .partitions(topic)
    .flatMap(({ partition, next }) => runtime.readTopic(topic, partition, 0, next).map(({ value }) => value));
}
const keysIn = (runtime: Runtime, topic = "in"): unknown[] =>
  values(runtime, topic)
    .map((value) => (value as { key: string }).key)
    .sort();

type Given = Partial<BucketOptions> & { runtime: LedgerRuntime; place: Place };
const connect = (given: Given) =>
  connectBucket({ topic: "in", toRecord: ({ key, uri, etag }) => ({ value: { key, uri, etag } }), ...given });

test("a bounded run takes each file once, also over a second session; new content under an old key is a new event", async () => {
  const place = folderPlace(fresh());
  await place.write("run/a.tif", "one");
  await place.write("run/b.tif", "two");
  await place.write("run/notes.txt", "not an image");
  await place.write("elsewhere/c.tif", "three");
  const dir = fresh();
  const take = () =>
    withRuntime(dir, async (runtime) => {
      const accept = (key: string) => key.endsWith(".tif");
      const progress = await connect({ runtime, place, prefix: "run/", accept, once: true }).done;
      return { progress, keys: keysIn(runtime) };
    });
  const keys = ["run/a.tif", "run/b.tif"];
  expect(await take()).toEqual({ progress: { seen: 3, accepted: 2, known: 0, ignored: 1, failed: 0 }, keys });
  expect(await take()).toEqual({ progress: { seen: 3, accepted: 0, known: 2, ignored: 1, failed: 0 }, keys });
  await place.write("run/b.tif", "TWO");
  expect((await take()).keys).toEqual([...keys, "run/b.tif"]);
  await place.remove("run/a.tif");
  expect((await take()).keys).toEqual([...keys, "run/b.tif"]);
});

test("a record says where its file is", async () => {
  const place = folderPlace(fresh());
  await place.write("a b/ü+%.tif", "x");
  await withRuntime(fresh(), async (runtime) => {
    await connect({ runtime, place, once: true }).done;
    expect(values(runtime)).toMatchObject([{ key: "a b/ü+%.tif", uri: `${place.uri}/a b/ü+%.tif` }]);
  });
});

test("no content is read", async () => {
  const place = folderPlace(fresh());
  await place.write("a", "x");
  const refuse = () => {
    throw new Error("read");
  };
  const listed: Place = { ...place, read: refuse, stream: refuse };
  await withRuntime(fresh(), async (runtime) => {
    expect((await connect({ runtime, place: listed, once: true }).done).accepted).toBe(1);
  });
});

test("a file may become several records or none, all or nothing with its mark", async () => {
  const place = folderPlace(fresh());
  await place.write("manifest.csv", "x");
  await place.write("empty.csv", "x");
  const dir = fresh();
  const toRecord: BucketOptions["toRecord"] = ({ key }) =>
    key === "empty.csv" ? [] : [1, 2, 3].map((line) => ({ value: { key: `${key}:${line}` } }));
  for (const accepted of [3, 0]) {
    await withRuntime(dir, async (runtime) => {
      expect(await connect({ runtime, place, toRecord, once: true }).done).toMatchObject({ accepted, ignored: 0 });
      expect(keysIn(runtime)).toEqual(["manifest.csv:1", "manifest.csv:2", "manifest.csv:3"]);
    });
  }
});

test("two topics each get every file of one place", async () => {
  const place = folderPlace(fresh());
  await place.write("a", "x");
  await withRuntime(fresh(), async (runtime) => {
    await connect({ runtime, place, once: true }).done;
    await connect({ runtime, place, topic: "others", once: true }).done;
    expect([keysIn(runtime), keysIn(runtime, "others")]).toEqual([["a"], ["a"]]);
  });
});

/** Looks at a place as often as there are changes, without waiting. */
async function looks(given: Given, changes: readonly (() => Promise<unknown>)[]) {
  const waits: number[] = [];
  const left = [...changes];
  const stopped = new AbortController();
  const pause = async (ms: number): Promise<void> => {
    waits.push(ms);
    const change = left.shift();
    if (change === undefined) stopped.abort();
    else await change();
  };
  const progress = await connect({ ...given, pause, signal: stopped.signal }).done;
  return { progress, waits };
}

test("a followed place gives what comes, at each look, and nothing again", async () => {
  const place = folderPlace(fresh());
  await place.write("a", "1");
  await withRuntime(fresh(), async (runtime) => {
    const { progress, waits } = await looks({ runtime, place, pollMs: 5 }, [
      () => place.write("b", "2"),
      () => Promise.resolve(),
      () => place.write("a", "3"),
      () => place.remove("b"),
    ]);
    expect(progress).toEqual({ seen: 1, accepted: 3, known: 0, ignored: 0, failed: 0 });
    expect(waits).toEqual([5, 5, 5, 5, 5]);
    expect(keysIn(runtime)).toEqual(["a", "a", "b"]);
  });
});

test("a listing that breaks off is told, keeps what it gave, and goes on at the next look; a bounded run says so and fails", async () => {
  const place = folderPlace(fresh());
  for (const key of ["a", "b", "c"]) await place.write(key, key);
  let broken = true;
  const flaky: Place = {
    ...place,
    async *list(prefix, call) {
      for await (const entry of place.list(prefix, call)) {
        if (broken && entry.key === "c") throw new Error("the store is gone");
        yield entry;
      }
    },
  };
  await withRuntime(fresh(), async (runtime) => {
    const told: unknown[] = [];
    const onTrouble = (error: unknown, key: string) => told.push([String(error), key]);
    await expect(connect({ runtime, place: flaky, onTrouble, once: true }).done).rejects.toThrow("the store is gone");
    expect(keysIn(runtime)).toEqual(["a", "b"]);
    await looks({ runtime, place: flaky, onTrouble }, [
      async () => {
        broken = false;
      },
    ]);
    expect(told).toEqual([
      ["Error: the store is gone", ""],
      ["Error: the store is gone", ""],
    ]);
    expect(keysIn(runtime)).toEqual(["a", "b", "c"]);
  });
});

test("a file that cannot become a record is told, counted and tried again; others go on", async () => {
  const place = folderPlace(fresh());
  for (const key of ["a", "b"]) await place.write(key, key);
  await withRuntime(fresh(), async (runtime) => {
    const told: string[] = [];
    const toRecord: BucketOptions["toRecord"] = ({ key }) => {
      if (key === "a" && told.length < 2) throw new Error("not yet");
      return { value: { key } };
    };
    const onTrouble = (_: unknown, key: string) => told.push(key);
    const first = await connect({ runtime, place, toRecord, onTrouble, once: true }).done;
    expect(first).toMatchObject({ accepted: 1, failed: 1 });
    const { progress } = await looks({ runtime, place, toRecord, onTrouble }, [() => Promise.resolve()]);
    expect(progress).toMatchObject({ accepted: 1, failed: 0 });
    expect(told).toEqual(["a", "a"]);
  });
});

test("it ends when it is stopped, also while it waits", async () => {
  const place = folderPlace(fresh());
  await withRuntime(fresh(), async (runtime) => {
    const connection = connect({ runtime, place, pollMs: 3_600_000, onProgress: () => setImmediate(connection.stop) });
    expect((await connection.done).seen).toBe(0);
    expect((await connect({ runtime, place, signal: AbortSignal.abort() }).done).seen).toBe(0);
  });
});

test("what the runtime refuses ends it with the runtime's reason, and is not marked as taken", async () => {
  const place = folderPlace(fresh());
  await place.write("a", "x");
  await withRuntime(fresh(), async (runtime) => {
    const toRecord = () => ({ value: { nothing: true } });
    await expect(connect({ runtime, place, toRecord, once: true }).done).rejects.toMatchObject({
      code: "engine/key-mismatch",
    });
    expect((await connect({ runtime, place, once: true }).done).accepted).toBe(1);
  });
});

test("a full disk is told and waited for while a place is followed, and ends a bounded run", async () => {
  const place = folderPlace(fresh());
  await place.write("a", "x");
  await withRuntime(fresh(), async (runtime) => {
    let full = true;
    const door: LedgerRuntime = {
      ledger: (source) => runtime.ledger(source),
      append: (...given) => (full ? Promise.reject(new DiskFullError("engine")) : runtime.append(...given)),
    };
    await expect(connect({ runtime: door, place, once: true }).done).rejects.toMatchObject({
      code: "engine/disk-full",
    });
    const told: unknown[] = [];
    const onTrouble = (error: unknown) => told.push((error as { code?: unknown }).code);
    await looks({ runtime: door, place, onTrouble }, [
      async () => {
        full = false;
      },
    ]);
    expect(told).toEqual(["engine/disk-full"]);
    expect(keysIn(runtime)).toEqual(["a"]);
  });
});

test("whatever happens between looks and wherever it is killed, each content enters exactly once", async () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant("write" as const), key: fc.constantFrom("a", "b/c", "b/d"), text: fc.nat(3) }),
    fc.record({ kind: fc.constantFrom("look" as const, "restart" as const), crash: fc.boolean() }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
      const files = new Map<string, string>();
      const written = new Set<string>();
      let lookups = 0;
      const place: Place = {
        ...folderPlace(root),
        uri: "s3://model",
        async *list() {
          for (const [key, text] of [...files].sort()) yield { key, sizeBytes: ++lookups, etag: text, modifiedMs: 0 };
        },
      };
      const dir = fresh();
      let runtime = await openEmbedded({ dir, plans, database: { durable: false } });
      const toRecord: BucketOptions["toRecord"] = ({ key, etag }) => ({ value: { key: `${key}=${etag}` } });
      for (const given of [...steps, { kind: "look" as const, crash: false }]) {
        if (given.kind === "write") {
          files.set(given.key, String(given.text));
          continue;
        }
        for (const [key, text] of files) written.add(`${key}=${text}`);
        // A crash: the records are in, but nobody was told so.
        const door: LedgerRuntime = {
          ledger: (source) => runtime.ledger(source),
          async append(topic, records, ledger) {
            const result = await runtime.append(topic, records, ledger);
            if (given.crash) throw new Error("killed");
            return result;
          },
        };
        await connect({ runtime: door, place, toRecord, once: true }).done.catch((error: unknown) => {
          expect(String(error)).toContain("killed");
        });
        if (given.kind === "restart") {
          await runtime.stop(0);
          runtime = await openEmbedded({ dir, plans, database: { durable: false } });
        }
      }
      const found = keysIn(runtime);
      await runtime.stop(0);
      rmSync(dir, { recursive: true });
      expect(found).toEqual([...written].sort());
    }),
    { numRuns: 15 },
  );
});
