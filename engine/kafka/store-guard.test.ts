import { expect, test } from "vitest";
import { compile } from "../compile.ts";
import { SimulatedKafka } from "../fixtures/kafka-simulation.ts";
import type { Plan } from "../plan.ts";
import { layoutOf } from "./layout.ts";
import { holdStores } from "./store-guard.ts";

const planOf = (by: string, above = 1): Plan =>
  compile({
    name: "d",
    partitions: 2,
    graph: {
      in: { type: "topic-stream", "topic-name": "in" },
      large: { type: "stream-operation", inputs: ["in"], function: { filter: { field: "size", above } } },
      counts: { type: "stream-operation", inputs: ["large"], function: { aggregate: { by: [by], count: "n" } } },
    },
  });

test("state on Kafka is gone on with only by a plan that determines it alike; what feeds it may change", async () => {
  const kafka = new SimulatedKafka(() => 0.5);
  const hold = async (plan: Plan): Promise<unknown> => {
    let thrown: unknown;
    let done = false;
    const ended = holdStores(kafka.broker("a"), layoutOf(plan), plan, 5).then(
      () => {},
      (error: unknown) => {
        thrown = error;
      },
    );
    void ended.then(() => {
      done = true;
    });
    for (let turn = 0; !done && turn < 500; turn++) {
      kafka.step();
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
    await ended;
    return thrown;
  };
  const notes = (): number => kafka.read({ topic: layoutOf(planOf("plate")).deployment, partition: 0 }).records.length;
  expect(await hold(planOf("plate"))).toBeUndefined();
  expect(await hold(planOf("plate"))).toBeUndefined();
  expect(notes()).toBe(1);
  expect(await hold(planOf("well"))).toMatchObject({ code: "engine/plan-changed", stores: [{ store: "d.counts" }] });
  expect(notes()).toBe(1);
  expect(await hold(planOf("plate", 2))).toBeUndefined();
  expect(notes()).toBe(2);
  expect(await hold(planOf("well", 2))).toMatchObject({ message: expect.stringContaining("--shadow TEXT") });
  expect(await hold(planOf("well", 2))).toMatchObject({ message: expect.not.stringContaining("--discard-state") });
});
