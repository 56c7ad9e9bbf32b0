import { createServer, type Server } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { Cluster } from "./cluster.ts";
import { Ending } from "./ending.ts";

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** A broker that takes connections and says nothing, as one that hangs. */
function silentBroker(): Promise<string> {
  return new Promise((resolve) => {
    const server = createServer((socket) => socket.on("error", () => {}).resume());
    servers.push(server);
    server.listen(0, "127.0.0.1", () => {
      const at = server.address();
      resolve(`127.0.0.1:${typeof at === "object" && at !== null ? at.port : 0}`);
    });
  });
}

const unavailable = expect.objectContaining({ code: "engine/kafka-unavailable" });
const library = await import("@platformatic/kafka");

describe("the end of a process", () => {
  test.each([
    ["hang", silentBroker],
    ["are not there", async () => "127.0.0.1:1"],
  ])(
    "does not wait for brokers that %s: what was asked before it, what is asked in it, what is asked after",
    async (_, broker) => {
      const ending = new Ending(200);
      const cluster = new Cluster(library, { brokers: [await broker()], ending });
      const before = cluster.partitions(["topic"]).catch((error: unknown) => error);
      expect(await Promise.race([before, new Promise((resolve) => setTimeout(resolve, 300, "waits"))])).toBe("waits");
      ending.begin();
      const began = performance.now();
      const during = cluster.partitions(["topic"]).catch((error: unknown) => error);
      expect(await before).toEqual(unavailable);
      expect(await during).toEqual(unavailable);
      expect(ending.isAway).toBe(true);
      const spanMs = performance.now() - began;
      expect(spanMs).toBeGreaterThan(150);
      await expect(cluster.partitions(["topic"])).rejects.toEqual(unavailable);
      await cluster.close();
      expect(performance.now() - began - spanMs).toBeLessThan(spanMs);
    },
  );

  test("lets an answer that comes in time come, and waits for none after one that did not", async () => {
    const ending = new Ending(50);
    const late = (): Error => new Error("late");
    const after = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms, "answer"));
    // patience lasts as long as the process does
    await expect(ending.within(after(100), late)).resolves.toBe("answer");
    ending.begin();
    await expect(ending.within(after(5), late)).resolves.toBe("answer");
    expect(ending.isAway).toBe(false);
    await expect(ending.within(after(200), late)).rejects.toThrow("late");
    expect(ending.isAway).toBe(true);
    await expect(ending.within(after(20), late)).rejects.toThrow("late");
    // what is there is taken all the same
    await expect(ending.within(Promise.resolve("there"), late)).resolves.toBe("there");
  });
});
