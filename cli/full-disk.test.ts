import { describe, expect, it, vi } from "vitest";
import { watchDisk } from "./full-disk.ts";

const diskFull = Object.assign(new Error("No room is left"), { code: "engine/disk-full" });

/** An engine whose log of events grows as told. */
function engine(lastEvent: () => number) {
  return { stats: async () => ({ at: 0, nodes: [], deadLetters: 0, lastEvent: lastEvent() }) };
}

describe("a full disk", () => {
  it("is said once, and ends the run when nothing becomes durable for a while", async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "performance"] });
    try {
      const said: string[] = [];
      const disk = watchDisk(
        (line) => said.push(line),
        () => 4096,
      );
      const stuck = disk.staysFull(engine(() => 7));
      const ended = expect(stuck).rejects.toMatchObject({ code: "cli/disk-stays-full" });
      for (let time = 0; time < 5; time++) disk.told(diskFull);
      await vi.advanceTimersByTimeAsync(25_000);
      await ended;
      expect(said).toEqual(["trouble: No room is left"]);
      disk.stop();
    } finally {
      vi.useRealTimers();
    }
  });

  it.each([
    ["events still become durable", () => 4096, 1],
    ["room was made, though a task takes its time", () => 2 ** 30, 0],
  ])("does not end the run when %s", async (_, freeBytes, eventsPerLook) => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "performance"] });
    try {
      let events = 7;
      let ended = false;
      const disk = watchDisk(() => {}, freeBytes);
      void disk.staysFull(engine(() => (events += eventsPerLook))).catch(() => {
        ended = true;
      });
      disk.told(diskFull);
      await vi.advanceTimersByTimeAsync(60_000);
      expect(ended).toBe(false);
      disk.stop();
    } finally {
      vi.useRealTimers();
    }
  });
});
