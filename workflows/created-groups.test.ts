import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { folderPlace } from "@artesian/data";
import { type LedgerRuntime, openEmbedded, type Runtime } from "@artesian/engine";
import { openCatalog, publishGroups } from "@artesian/maps";
import { preparedMap } from "@artesian/maps/prepared-map.test-support.ts";
import fc from "fast-check";
import { expect, it, onTestFinished } from "vitest";
import { connectCreated, createdGroups, GROUP_CREATED, onceRecords } from "./created-groups.ts";
import { mapsPlan } from "./maps-runtime.ts";

const newDir = (): string => {
  const dir = mkdtempSync(join(tmpdir(), "artesian-created-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
};

async function openLog(dir: string): Promise<Runtime> {
  const runtime = await openEmbedded({ dir, plans: [mapsPlan()] });
  onTestFinished(() => runtime.stop());
  return runtime;
}

/** Names of the events in a log, in order. */
function namesIn(runtime: Runtime): string[] {
  return runtime
    .partitions(GROUP_CREATED)
    .flatMap(({ partition, first, next }) => runtime.readTopic(GROUP_CREATED, partition, first, next - first))
    .map(({ value }) => String(value.name));
}

const publish = (dir: string, id: string, label = "first") =>
  publishGroups(folderPlace(dir), preparedMap({ id, label }).groups, { force: true, publication: `${id} ${label}` });

it("tells of each version once, also when it looks again, or anew after its process has ended", async () => {
  const [maps, log] = [newDir(), newDir()];
  const store = folderPlace(maps);
  const runtime = await openLog(log);
  expect(await connectCreated({ runtime, store, once: true }).done).toBe(0);
  const { created, catalog } = await publish(maps, "demo");
  expect(await connectCreated({ runtime, store, once: true }).done).toBe(2);
  expect(await connectCreated({ runtime, store, once: true }).done).toBe(0);
  await runtime.stop();
  const later = await openLog(log);
  const second = await publish(maps, "demo", "second");
  expect(await connectCreated({ runtime: later, store, once: true }).done).toBe(2);
  expect(namesIn(later).sort()).toEqual([...created, ...second.created].sort());
  const [event] = later.readTopic(GROUP_CREATED, 0, 0, 1);
  expect(event!.value).toEqual(createdGroups(catalog, maps)[0]);
  expect(event!.timestamp).toBe(Date.parse(String(event!.value.built)));
});

it("tells of what a publisher that was killed after the swap of the catalogue left untold", async () => {
  const [maps, log] = [newDir(), newDir()];
  const store = folderPlace(maps);
  const runtime = await openLog(log);
  // Nothing but the swap is done by a publisher: whatever kills it afterwards changes nothing here.
  const { created } = await publish(maps, "demo");
  const failing: LedgerRuntime = {
    ledger: (source) => runtime.ledger(source),
    append: () => Promise.reject(new Error("killed before the event")),
  };
  await expect(connectCreated({ runtime: failing, store, once: true }).done).rejects.toThrow("killed before");
  expect(namesIn(runtime)).toEqual([]);
  await connectCreated({ runtime, store, once: true }).done;
  expect(namesIn(runtime).sort()).toEqual(created.toSorted());
});

it("gives 50 publishers at once 100 distinct events, each once, while three look", async () => {
  const [maps, log] = [newDir(), newDir()];
  const store = folderPlace(maps);
  const runtime = await openLog(log);
  const stop = new AbortController();
  onTestFinished(() => stop.abort());
  const looking = Array.from({ length: 3 }, () => connectCreated({ runtime, store, pollMs: 5, signal: stop.signal }));
  const ids = Array.from({ length: 50 }, (_, i) => `m${i}`);
  const published = await Promise.all(ids.map((id) => publish(maps, id)));
  const names = published.flatMap(({ created }) => created).sort();
  expect(names).toHaveLength(100);
  await expect.poll(() => namesIn(runtime).length, { timeout: 120_000 }).toBe(100);
  stop.abort();
  await Promise.all(looking.map(({ done }) => done));
  expect(namesIn(runtime).sort()).toEqual(names);
}, 180_000);

it("leaves nothing out and repeats nothing, wherever an append is cut off", async () => {
  const { groups } = preparedMap();
  const cuts = fc.array(fc.constantFrom("before", "after", "none"), { minLength: 1, maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(cuts, async (ends) => {
      const maps = mkdtempSync(join(tmpdir(), "artesian-created-"));
      const log = mkdtempSync(join(tmpdir(), "artesian-created-"));
      const runtime = await openEmbedded({ dir: log, plans: [mapsPlan()] });
      try {
        const store = folderPlace(maps);
        await publishGroups(store, groups);
        for (const end of ends) {
          const cut: LedgerRuntime = {
            ledger: (source) => runtime.ledger(source),
            async append(...given) {
              if (end === "before") throw new Error(end);
              const answer = await runtime.append(...given);
              if (end === "after") throw new Error(end);
              return answer;
            },
          };
          await connectCreated({ runtime: cut, store, once: true }).done.catch(() => {});
        }
        await connectCreated({ runtime, store, once: true }).done;
        expect(namesIn(runtime)).toEqual(
          createdGroups((await openCatalog(store)).catalog, maps).map(({ name }) => name),
        );
      } finally {
        await runtime.stop();
        for (const dir of [maps, log]) rmSync(dir, { recursive: true });
      }
    }),
    { numRuns: 15 },
  );
}, 180_000);

it("makes records for Kafka under the names of the versions", async () => {
  const dir = newDir();
  await publish(dir, "demo");
  const { catalog } = await openCatalog(folderPlace(dir));
  const events = createdGroups(catalog, dir);
  expect(onceRecords(events).map(({ key, value }) => [key, JSON.parse(value)])).toEqual(
    events.map((event) => [event.name, event]),
  );
});
