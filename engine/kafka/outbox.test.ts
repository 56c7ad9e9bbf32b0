import { setTimeout } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import type { Producer } from "./broker.ts";
import { Outbox } from "./outbox.ts";

const producer: Producer = {
  begin: async () => {},
  produce: async (batches) => batches.map(() => 7),
  sendOffsets: async () => {},
  commit: async () => {},
  abort: async () => {},
};

const nothing = (): void => {};

function change(outbox: Outbox): WeakRef<object> {
  const record = { key: "k", value: "v", timestamp: 0 };
  outbox.change(0, () => [record], nothing);
  return new WeakRef(record);
}

test("a transaction that was committed lets go of what it wrote: partitions hold on to it until their next one", async () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const outbox = new Outbox();
  const record = change(outbox);
  const ref = outbox.add("out", 0, { key: "k", value: "{}", timestamp: 0 });
  await setTimeout(0);
  collect();
  expect(record.deref()).toBeDefined();
  await outbox.commit(producer, { group: "g", generation: 1, memberId: "m" }, "changelog");
  await setTimeout(0);
  collect();
  expect(record.deref()).toBeUndefined();
  expect([ref.offset, outbox.size]).toEqual([7, 1]);
});
